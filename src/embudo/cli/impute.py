"""embudo impute: fill the holes of a table."""

from typing import Annotated

import typer

from embudo.cli.options import AsJson, Data, DataDir, Model, TableOut, examples, whole

EXAMPLES = examples(
    "embudo impute customers.embudo customers.csv -o filled.csv",
    "embudo impute customers.embudo new.parquet -o filled.parquet --steps 1000",
    "embudo impute table.embudo table.csv -o filled.csv --seed 1 --json",
)


def command(
    model: Model,
    data: Data,
    out: TableOut,
    steps: Annotated[
        int | None,
        typer.Option(
            parser=whole,
            metavar="N",
            help="Steps of the chain that is averaged, or of an autoencoder's reconstructions; by "
            "default enough.",
        ),
    ] = None,
    seed: Annotated[
        int | None,
        typer.Option(parser=whole, metavar="N", help="Seed; by default that of the training."),
    ] = None,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Fill the holes of a table with what a trained model expects there.

    A number becomes its mean given the row's known entries, a category the likeliest one. What is
    known stays as it is.
    """
    from embudo.applications.impute import ImputeRequest, impute
    from embudo.applications.sources import DataRequest
    from embudo.cli.advice import shell
    from embudo.cli.document import write_document
    from embudo.cli.progress import rows_watched
    from embudo.cli.screen import conclude

    request = ImputeRequest(
        model=model, data=DataRequest(data, None, data_dir), out=out, steps=steps, seed=seed
    )
    with rows_watched("filling") as watch:
        result = impute(request, watch)
    if as_json:
        write_document(result, notes=watch.taken)
        return
    conclude(
        f"wrote {out}: {result.n_rows:,} rows of {result.n_columns:,} columns, "
        f"{result.n_filled:,} entries filled in {result.seconds:.1f} s",
        then=(
            shell("score", model, data, "-o", "odd.csv"),
            shell("sample", model, "-n", 1000, "-o", "synthetic.csv"),
        ),
    )
