"""Arguments and options that several commands share."""

from pathlib import Path
from typing import Annotated, Any, TypeAlias

import typer

_DATA_HELP = (
    "A file (.csv, .tsv, .parquet, .npy, .npz or file.npz:key, .txt, IDX, also gzip'd), "
    "a folder of pictures, or a data set: digits, mnist, fashion-mnist, movielens-small."
)

Model: TypeAlias = Annotated[
    Path, typer.Argument(metavar="MODEL", help="A file that 'embudo train' wrote.")
]
Data: TypeAlias = Annotated[str, typer.Argument(metavar="DATA", help=_DATA_HELP)]
TableOut: TypeAlias = Annotated[
    Path, typer.Option("--out", "-o", metavar="FILE", help="Where to: .npy, .csv or .parquet.")
]
Binarize: TypeAlias = Annotated[
    str | None,
    typer.Option(
        metavar="HOW",
        help="Make the data 0 and 1: a threshold such as 0.5, or 'sample' to draw them.",
    ),
]
DataDir: TypeAlias = Annotated[
    Path | None,
    typer.Option(metavar="DIR", help="Where data sets lie; EMBUDO_DATA names another folder."),
]
AsJson: TypeAlias = Annotated[
    bool,
    typer.Option("--json", help="Print the result as one JSON document."),
]


def whole(text: Any) -> int:
    """Read a whole number; what typer itself says of a bad one does not show it."""
    try:
        return int(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is no whole number") from None


def decimal(text: Any) -> float:
    """Read a number."""
    try:
        return float(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is no number") from None


Seed: TypeAlias = Annotated[
    int, typer.Option(parser=whole, metavar="N", help="Seed of what is drawn.")
]


def _shape(text: str) -> tuple[int, ...]:
    parts = text.lower().split("x")
    if len(parts) not in (2, 3) or not all(part.isdigit() and int(part) for part in parts):
        raise typer.BadParameter(f"{text!r} is no shape; write it as 28x28 or 32x32x3")
    return tuple(int(part) for part in parts)


PictureShape: TypeAlias = Annotated[
    tuple | None,  # type: ignore[type-arg]
    typer.Option(
        "--image-shape",
        parser=_shape,
        metavar="HxW",
        help="Shape of the picture in a row, where it is no square, such as 28x20 or 32x32x3.",
    ),
]


def examples(*lines: str) -> str:
    """Return the examples that end a command's help."""
    return "\n".join(["\b", "Examples:", *(f"  {line}" for line in lines)])
