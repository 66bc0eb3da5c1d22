"""embudo reconstruct: encode rows and decode them again."""

from pathlib import Path
from typing import Annotated

import typer

from embudo.cli.options import (
    AsJson,
    Binarize,
    Data,
    DataDir,
    Model,
    PictureShape,
    Seed,
    TableOut,
    examples,
)

EXAMPLES = examples(
    "embudo reconstruct digits.embudo digits -o rebuilt.npy --picture rebuilt.png",
    "embudo reconstruct digits.embudo digits -o clean.npy --noise salt:0.2 --picture clean.png",
    "embudo reconstruct table.embudo table.csv -o table2.csv",
)


def command(
    model: Model,
    data: Data,
    out: TableOut,
    picture: Annotated[
        Path | None,
        typer.Option(metavar="PNG", help="Picture of the first rows, before and after."),
    ] = None,
    noise: Annotated[
        str | None,
        typer.Option(
            metavar="KIND:X",
            help="Damage the rows first: gaussian:0.3 adds noise of that deviation, mask:0.3 "
            "hides that share of the entries, salt:0.2 sets that share to 0 or 1.",
        ),
    ] = None,
    seed: Seed = 0,
    image_shape: PictureShape = None,
    binarize: Binarize = None,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Encode rows and decode them again.

    Missing values are filled on the way; noise can be put in to see it taken out.
    """
    from embudo.applications.reconstruct import ReconstructRequest, reconstruct
    from embudo.applications.sources import DataRequest
    from embudo.cli.advice import shell
    from embudo.cli.document import write_document
    from embudo.cli.progress import rows_watched
    from embudo.cli.screen import conclude

    request = ReconstructRequest(
        model=model,
        data=DataRequest(data, binarize, data_dir, seed),
        out=out,
        picture=picture,
        noise=noise,
        seed=seed,
        image_shape=image_shape,
    )
    with rows_watched("rebuilding") as watch:
        result = reconstruct(request, watch)
    if as_json:
        write_document(result, notes=watch.taken)
        return
    before = "" if result.noisy_error is None else f", of the noisy rows {result.noisy_error:.4g}"
    conclude(
        f"wrote {out}: {result.n_rows:,} rows of {result.n_columns:,} columns "
        f"in {result.seconds:.1f} s",
        f"root mean squared error {result.error:.4g}{before}",
        *([] if picture is None else [f"wrote {picture}"]),
        then=(
            shell("score", model, data, "-o", "scores.csv"),
            shell("inspect", model),
        ),
    )
