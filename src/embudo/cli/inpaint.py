"""embudo inpaint: fill holes in pictures or rows."""

from pathlib import Path
from typing import Annotated

import typer

from embudo.cli.options import (
    AsJson,
    Data,
    DataDir,
    Model,
    PictureShape,
    Seed,
    decimal,
    examples,
    whole,
)

EXAMPLES = examples(
    "embudo inpaint digits.embudo scans/ -o filled/ --mask masks/ --picture filled.png",
    "embudo inpaint digits.embudo page.png -o page_filled.png --holes 0.2",
    "embudo inpaint digits.embudo digits -o filled.npy --holes 0.3",
)


def command(
    model: Model,
    data: Data,
    out: Annotated[
        Path,
        typer.Option(
            "--out",
            "-o",
            metavar="OUT",
            help="Where to: a folder for pictures, or a picture; .npy, .csv or .parquet for a "
            "table.",
        ),
    ],
    mask: Annotated[
        Path | None,
        typer.Option(
            metavar="MASK",
            help="What to fill: a picture that is not black there, or a folder of them with the "
            "same names; for a table a .npy file that is not 0 there.",
        ),
    ] = None,
    holes: Annotated[
        float | None,
        typer.Option(
            parser=decimal, metavar="X", help="Cut out this share at random instead, to see it."
        ),
    ] = None,
    seed: Seed = 0,
    steps: Annotated[
        int | None,
        typer.Option(parser=whole, metavar="N", help="As of 'embudo impute'."),
    ] = None,
    picture: Annotated[
        Path | None,
        typer.Option(metavar="PNG", help="Sheet of the first pictures, before and after."),
    ] = None,
    image_shape: PictureShape = None,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Fill holes with what a trained model expects there.

    All that is not cut out stays as it is. With neither --mask nor --holes the transparent parts
    of pictures are filled.
    """
    from embudo.applications.inpaint import InpaintRequest, inpaint
    from embudo.applications.sources import DataRequest
    from embudo.cli.advice import shell
    from embudo.cli.document import write_document
    from embudo.cli.progress import rows_watched
    from embudo.cli.screen import conclude

    request = InpaintRequest(
        model=model,
        data=DataRequest(data, None, data_dir),
        out=out,
        mask=mask,
        holes=holes,
        seed=seed,
        steps=steps,
        picture=picture,
        image_shape=image_shape,
    )
    with rows_watched("filling") as watch:
        result = inpaint(request, watch)
    if as_json:
        write_document(result, notes=watch.taken)
        return
    filled = "points" if result.kind == "pictures" else "entries"
    conclude(
        f"wrote {out}: {result.n_done:,} {result.kind}, {result.n_filled:,} {filled} filled in "
        f"{result.seconds:.1f} s",
        *([] if picture is None else [f"wrote {picture}"]),
        then=(shell("denoise", model, data, "-o", "clean"),),
    )
