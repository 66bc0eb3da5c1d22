"""Results go to files row by row; what cannot be written is refused before any work starts."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from embudo.applications.listener import SILENT, Listener
from embudo.data.images import png_bytes
from embudo.data.source import Matrix, Source
from embudo.data.survey import check_finite
from embudo.data.writers import open_writer
from embudo.errors import ParameterError
from embudo.files import check_target, replacing

if TYPE_CHECKING:
    from PIL.Image import Image

BLOCK_ROWS = 8192
TABLES = (".npy", ".csv", ".parquet")
"""Endings of tables that are written."""

_NOT_MODELS = frozenset(
    (".csv", ".tsv", ".txt", ".data", ".parquet", ".pq", ".npy", ".npz", ".gz", ".zip")
    + (".png", ".jpg", ".jpeg", ".pdf", ".svg", ".json", ".jsonl", ".html", ".md", ".py")
    + (".pkl", ".pickle", ".joblib", ".pt", ".pth", ".onnx", ".h5")
)
"""Endings that clearly say something else than a model."""


def check_model_path(path: Path) -> None:
    """Make sure that a model can be saved there.

    Raises
    ------
    ParameterError
        If the name clearly belongs to something else.
    OutputError
        If nothing can be written there.
    """
    if path.suffix.lower() in _NOT_MODELS:
        raise ParameterError(
            f"{path} does not end like a model: call it {path.with_suffix('.embudo').name}"
        )
    check_target(path)


def check_table_path(path: Path, data: str = "") -> None:
    """Make sure that a table of numbers made of ``data`` can be written there.

    Raises
    ------
    ParameterError
        If the ending is none of ``.npy``, ``.csv`` and ``.parquet``, or these are the data.
    OutputError
        If nothing can be written there.
    MissingExtraError
        If the format needs a package that is not installed.
    """
    if data and path.exists() and Path(data).exists() and path.samefile(data):
        raise ParameterError(f"{path} would replace the data it is made of: name another file")
    open_writer(path, 0, ())  # checks everything at once, and opens nothing before it is entered


def check_picture_path(path: Path) -> None:
    """Make sure that a picture can be written there.

    Raises
    ------
    ParameterError
        If the ending is not ``.png``.
    OutputError
        If nothing can be written there.
    """
    _check_ending(path, ".png", "a picture")


def check_report_path(path: Path) -> None:
    """Make sure that a report can be written there.

    Raises
    ------
    ParameterError
        If the ending is not ``.html``.
    OutputError
        If nothing can be written there.
    """
    _check_ending(path, ".html", "a report")


def _check_ending(path: Path, ending: str, what: str) -> None:
    if path.suffix.lower() != ending:
        raise ParameterError(f"{path} is to be {what}: give it the ending {ending}")
    check_target(path)


def write_picture(path: Path, picture: "Image") -> None:
    """Write a PNG file in one move."""
    with replacing(path) as file:
        file.write(png_bytes(picture))


def write_rows(
    path: Path,
    source: Source,
    function: Callable[[Matrix], Any],
    columns: Sequence[str],
    listener: Listener = SILENT,
) -> None:
    """Write what a function makes of the source's rows, block by block in bounded memory.

    Parameters
    ----------
    path : Path
        ``.npy``, ``.csv`` or ``.parquet``.
    source : Source
    function : callable
        From a block of rows to as many rows of results.
    columns : sequence of str
        Names of the results.
    listener : Listener
        Told after each block.
    """
    results = map(function, finite_blocks(source, listener))
    first = next(results)
    with open_writer(path, source.n_rows, columns, first.dtype) as writer:
        writer.write(first)
        for result in results:
            writer.write(result)


def finite_blocks(source: Source, listener: Listener = SILENT) -> Iterator[Matrix]:
    """Yield the source's blocks; infinities are refused by their row in the whole file.

    Raises
    ------
    DataError
        Naming row and column.
    """
    done = 0
    for block in source.blocks(BLOCK_ROWS):
        check_finite(torch.from_numpy(block), done, source.columns)
        yield block
        done += len(block)
        listener.rows(done, source.n_rows)
