"""embudo predict: tell the classes of rows."""

from typing import Annotated

import typer

from embudo.cli.options import AsJson, Binarize, Data, DataDir, Model, TableOut, examples

EXAMPLES = examples(
    "embudo predict digits.embudo digits -o classes.csv",
    "embudo predict flowers.embudo new.csv -o classes.csv",
    "embudo predict flowers.embudo known.csv --labels species -o classes.parquet --json",
)


def command(
    model: Model,
    data: Data,
    out: TableOut,
    labels: Annotated[
        str | None,
        typer.Option(metavar="COLUMN", help="The column of the true classes, to count errors."),
    ] = None,
    binarize: Binarize = None,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Tell the classes of rows with a trained classifier.

    FILE gets the prediction of each row and the probability of each class.
    """
    from embudo.applications.predict import PredictRequest, predict
    from embudo.applications.sources import DataRequest
    from embudo.cli.document import write_document
    from embudo.cli.progress import rows_watched
    from embudo.cli.screen import conclude, facts

    source = DataRequest(data, binarize, data_dir)
    with rows_watched("predicting") as watch:
        result = predict(PredictRequest(model=model, data=source, out=out, labels=labels), watch)
    if as_json:
        write_document(result, notes=watch.taken)
        return
    rows: list[tuple[str, object]] = [
        (name, f"{count:,} rows") for name, count in zip(result.classes, result.counts, strict=True)
    ]
    if result.accuracy is not None:
        rows.append(("told right", f"{result.accuracy:.2%}"))
    conclude(f"wrote {out}: {result.n_rows:,} rows in {result.seconds:.1f} s", facts(rows))
