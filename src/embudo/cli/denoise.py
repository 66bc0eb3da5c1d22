"""embudo denoise: take noise off rows or pictures."""

from pathlib import Path
from typing import Annotated

import typer

from embudo.cli.options import AsJson, Data, DataDir, Model, PictureShape, Seed, examples

EXAMPLES = examples(
    "embudo denoise digits.embudo scans/ -o clean/ --picture before_after.png",
    "embudo denoise digits.embudo page.png -o page_clean.png",
    "embudo denoise digits.embudo digits -o clean.npy --noise gaussian:0.3",
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
    picture: Annotated[
        Path | None,
        typer.Option(metavar="PNG", help="Sheet of the first ones, before and after."),
    ] = None,
    noise: Annotated[
        str | None,
        typer.Option(
            metavar="KIND:X",
            help="Put noise on first, to see it taken off: gaussian:0.3, mask:0.3 or salt:0.2.",
        ),
    ] = None,
    seed: Seed = 0,
    image_shape: PictureShape = None,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Clean rows or pictures with a trained model.

    Pictures keep their size and mode; those larger than the model's are taken in tiles that
    overlap, smaller ones are mirrored at their edges. A denoising autoencoder does it best.
    """
    from embudo.applications.denoise import DenoiseRequest, denoise
    from embudo.applications.sources import DataRequest
    from embudo.cli.advice import shell
    from embudo.cli.document import write_document
    from embudo.cli.progress import rows_watched
    from embudo.cli.screen import conclude

    request = DenoiseRequest(
        model=model,
        data=DataRequest(data, None, data_dir, seed),
        out=out,
        noise=noise,
        seed=seed,
        picture=picture,
        image_shape=image_shape,
    )
    with rows_watched("cleaning") as watch:
        result = denoise(request, watch)
    if as_json:
        write_document(result, notes=watch.taken)
        return
    gained = ""
    if result.decibels is not None:
        gained = (
            f"signal to noise {result.noisy_decibels:.2f} dB before, {result.decibels:.2f} dB after"
        )
    conclude(
        f"wrote {out}: {result.n_done:,} {result.kind} in {result.seconds:.1f} s",
        *([gained] if gained else []),
        *([] if picture is None else [f"wrote {picture}"]),
        then=(shell("inpaint", model, data, "-o", "filled", "--holes", 0.2),),
    )
