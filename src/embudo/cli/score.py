"""embudo score: say how well a model knows each row, the most unusual ones first."""

from embudo.cli.options import AsJson, Binarize, Data, DataDir, Model, TableOut, examples

EXAMPLES = examples(
    "embudo score digits.embudo digits -o scores.csv",
    "embudo score customers.embudo customers.csv -o odd.csv",
    "embudo score pictures.embudo pictures/ -o odd.csv",
    "embudo score table.embudo new.csv -o scores.csv --json",
)


def command(
    model: Model,
    data: Data,
    out: TableOut,
    binarize: Binarize = None,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Say how well a trained model knows each row.

    The score is the row's pseudo-log-likelihood; of an autoencoder and of a model with several
    hidden layers, minus the divergence between the row and its reconstruction. FILE gets the rows
    with the lowest scores first: number of the row (from 0), score, and the columns that make the
    row unusual; for a folder of pictures also the name of the file.
    """
    from embudo.applications.score import ScoreRequest, score
    from embudo.applications.sources import DataRequest
    from embudo.cli.advice import shell
    from embudo.cli.document import write_document
    from embudo.cli.progress import rows_watched
    from embudo.cli.screen import conclude, facts, number

    source = DataRequest(data, binarize, data_dir)
    with rows_watched("scoring") as watch:
        result = score(ScoreRequest(model=model, data=source, out=out), watch)
    if as_json:
        write_document(result, notes=watch.taken)
        return
    oddest = ", ".join(
        f"{odd.file or odd.row} ({': '.join([number(odd.score), *odd.columns[:1]])})"
        for odd in result.oddest
    )
    conclude(
        f"wrote {out}: scores of {result.n_rows:,} rows in {result.seconds:.1f} s",
        facts(
            [
                ("mean", number(result.mean)),
                ("median", number(result.median)),
                ("range", f"{number(result.lowest)} to {number(result.highest)}"),
                ("oddest rows", oddest),
            ]
        ),
        then=(shell("reconstruct", model, data, "-o", "rebuilt.npy"),),
    )
