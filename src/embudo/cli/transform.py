"""embudo transform: encode rows."""

from embudo.cli.options import AsJson, Binarize, Data, DataDir, Model, TableOut, examples

EXAMPLES = examples(
    "embudo transform digits.embudo digits -o codes.csv",
    "embudo transform table.embudo new.parquet -o codes.parquet",
    "embudo transform model.embudo rows.npy -o codes.npy --json",
)


def command(
    model: Model,
    data: Data,
    out: TableOut,
    binarize: Binarize = None,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Encode rows with a trained model.

    Files larger than memory are read block by block.
    """
    from embudo.applications.sources import DataRequest
    from embudo.applications.transform import TransformRequest, transform
    from embudo.cli.advice import shell
    from embudo.cli.document import write_document
    from embudo.cli.progress import rows_watched
    from embudo.cli.screen import conclude

    source = DataRequest(data, binarize, data_dir)
    with rows_watched("encoding") as watch:
        result = transform(TransformRequest(model=model, data=source, out=out), watch)
    if as_json:
        write_document(result, notes=watch.taken)
        return
    conclude(
        f"wrote {out}: {result.n_rows:,} rows of {result.n_columns:,} columns "
        f"in {result.seconds:.1f} s",
        then=(
            shell("reconstruct", model, data, "-o", "rebuilt.npy"),
            shell("score", model, data, "-o", "scores.csv"),
        ),
    )
