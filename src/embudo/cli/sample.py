"""embudo sample: draw new rows."""

from pathlib import Path
from typing import Annotated

import typer

from embudo.cli.options import AsJson, Model, PictureShape, examples, whole

EXAMPLES = examples(
    "embudo sample digits.embudo -n 64 -o samples.png",
    "embudo sample digits.embudo -n 1000 --steps 5000 --seed 1 -o samples.npy",
    "embudo sample customers.embudo -n 1000 -o synthetic.csv",
    "embudo sample classes.embudo -n 64 --label 3 -o threes.png",
)


def command(
    model: Model,
    out: Annotated[
        Path,
        typer.Option(
            "--out", "-o", metavar="FILE", help="Where to: .npy, .csv, .parquet, or .png to look."
        ),
    ],
    n_samples: Annotated[
        int,
        typer.Option("--n-samples", "-n", parser=whole, metavar="N", help="How many rows to draw."),
    ] = 64,
    steps: Annotated[
        int,
        typer.Option(parser=whole, metavar="N", help="Steps that each chain takes before its row."),
    ] = 1000,
    seed: Annotated[
        int | None,
        typer.Option(parser=whole, metavar="N", help="Seed; by default that of the training."),
    ] = None,
    means: Annotated[
        bool | None,
        typer.Option(
            "--means/--states",
            show_default="means for .png, else states",
            help="Whether to give the last step's means, or states drawn from them.",
        ),
    ] = None,
    image_shape: PictureShape = None,
    label: Annotated[
        str | None,
        typer.Option(metavar="CLASS", help="Draw from a class, where the model knows classes."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Draw new rows from a trained model.

    They are written as a picture, or as a table with the columns and categories of the training.
    """
    from embudo.applications.sample import SampleRequest, sample
    from embudo.cli.advice import shell
    from embudo.cli.document import write_document
    from embudo.cli.progress import busy
    from embudo.cli.screen import conclude

    request = SampleRequest(
        model=model,
        out=out,
        n_samples=n_samples,
        steps=steps,
        seed=seed,
        means=means,
        image_shape=image_shape,
        label=label,
    )
    with busy(f"drawing {n_samples:,} rows"):
        result = sample(request)
    if as_json:
        write_document(result)
        return
    more: tuple[str | int, ...] = ("-n", 10 * n_samples)
    if result.steps is not None:
        more = ("-n", n_samples, "--steps", 10 * result.steps)
    conclude(
        f"wrote {out}: {result.n_rows:,} rows of {result.n_columns:,} columns "
        f"in {result.seconds:.1f} s",
        then=(
            shell("sample", model, *more, "-o", out),
            shell("inspect", model),
        ),
    )
