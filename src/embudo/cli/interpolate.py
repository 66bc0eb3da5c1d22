"""embudo interpolate: walk from code to code."""

from pathlib import Path
from typing import Annotated

import typer

from embudo.cli.options import AsJson, DataDir, Model, PictureShape, examples, whole

EXAMPLES = examples(
    "embudo interpolate digits.embudo -o walk.gif",
    "embudo interpolate digits.embudo --stops 4 --steps 9 --seed 1 -o walk.png",
    "embudo interpolate digits.embudo --data digits -o between.gif",
    "embudo interpolate classes.embudo --label 3 -o threes.gif",
    "embudo interpolate customers.embudo --data customers.csv --stops 2 -o between.csv",
)


def command(
    model: Model,
    out: Annotated[
        Path,
        typer.Option(
            "--out",
            "-o",
            metavar="FILE",
            help="Where to: .gif for a film, .png for a sheet, .csv, .npy or .parquet for rows.",
        ),
    ],
    data: Annotated[
        str | None,
        typer.Option(
            metavar="DATA", help="Visit the first rows of DATA; by default codes are drawn."
        ),
    ] = None,
    stops: Annotated[
        int, typer.Option(parser=whole, metavar="N", help="How many codes to visit.")
    ] = 6,
    steps: Annotated[
        int, typer.Option(parser=whole, metavar="N", help="Steps from one code to the next.")
    ] = 12,
    chain_steps: Annotated[
        int,
        typer.Option(
            parser=whole,
            metavar="N",
            help="Steps of each chain before its row, of a model that draws rows so.",
        ),
    ] = 1000,
    seed: Annotated[
        int | None,
        typer.Option(parser=whole, metavar="N", help="Seed; by default that of the training."),
    ] = None,
    label: Annotated[
        str | None,
        typer.Option(
            metavar="CLASS",
            help="Stay in a class, where the model knows classes; by default in the most frequent.",
        ),
    ] = None,
    image_shape: PictureShape = None,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Walk from code to code of a trained model, and show what it makes on the way.

    A film ends where it started; a sheet has a line from each code to the next. Where all that is
    met could be data, the model has learned what rows have in common.
    """
    from embudo.applications.interpolate import InterpolateRequest, interpolate
    from embudo.applications.sources import DataRequest
    from embudo.cli.advice import shell
    from embudo.cli.document import write_document
    from embudo.cli.progress import busy
    from embudo.cli.screen import Notes, conclude

    request = InterpolateRequest(
        model=model,
        out=out,
        data=None if data is None else DataRequest(data, None, data_dir),
        stops=stops,
        steps=steps,
        chain_steps=chain_steps,
        seed=seed,
        label=label,
        image_shape=image_shape,
    )
    notes = Notes()
    with busy("walking from code to code"):
        result = interpolate(request, notes)
    if as_json:
        write_document(result, notes=notes.taken)
        return
    what = {".gif": "frames", ".png": "pictures"}.get(out.suffix.lower(), "rows")
    where = "" if result.label is None else f" in class {result.label}"
    another = shell("interpolate", model, "--seed", (seed or 0) + 1, "-o", out)
    conclude(
        f"wrote {out}: {result.n_rows:,} {what} on a walk of {result.n_stops} stops{where} "
        f"in {result.seconds:.1f} s",
        then=(
            another if data is None else shell("interpolate", model, "-o", out),
            shell("inspect", model),
        ),
    )
