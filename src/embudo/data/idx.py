"""Read IDX files, the format of MNIST, plain or gzip'd.

Format: two zero bytes, a code for the type, the number of axes, one big-endian uint32 an axis,
then the numbers (http://yann.lecun.com/exdb/mnist/).
"""

import gzip
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, cast

import numpy as np
import numpy.typing as npt

from embudo.data.arrays import (
    DEFLATE_RATIO,
    Layout,
    check_numbers,
    fill,
    numeric_source,
    sequential_blocks,
)
from embudo.data.faults import reading
from embudo.data.source import Source
from embudo.errors import DataError

_TYPES = {0x08: "u1", 0x09: "i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}


def open_idx(path: Path) -> Source:
    """Open an IDX file of images or rows of numbers.

    Parameters
    ----------
    path : Path
        Plain or gzip'd.

    Raises
    ------
    DataError
        If the file is damaged, or its size is not what its header promises.
    """
    layout = read_layout(path)
    check_numbers(str(path), layout)
    return numeric_source(str(path), layout, lambda rows: _blocks(path, layout, rows))


def read_idx(path: Path) -> npt.NDArray[Any]:
    """Read a whole IDX file as it is, labels included."""
    layout = read_layout(path)
    with reading(path, "an IDX file"), open_plain(path) as handle:
        handle.read(layout.offset)
        array = np.empty(layout.shape, layout.dtype)
        fill(handle, array, str(path))
    return array


def is_idx(head: bytes) -> bool:
    """Tell whether a file that begins with these bytes is IDX."""
    return len(head) >= 4 and head[:2] == b"\0\0" and head[2] in _TYPES and 0 < head[3] < 9


def read_layout(path: Path) -> Layout:
    """Read the header of an IDX file and hold it against the size of the file.

    Raises
    ------
    DataError
        If this is no IDX file, or its size cannot be what the header promises.
    """
    with reading(path, "an IDX file"), open_plain(path) as handle:
        head = handle.read(4)
        if not is_idx(head):
            raise DataError(f"{path} does not begin like an IDX file: check what it is")
        axes = handle.read(4 * head[3])
        shape = struct.unpack(f">{head[3]}I", axes)
        layout = Layout(shape, np.dtype(_TYPES[head[2]]), 4 + len(axes))
        _check_size(path, layout)
    return layout


def is_gzip(path: Path) -> bool:
    """Tell whether a file is gzip'd, whatever its name says."""
    with path.open("rb") as handle:
        return handle.read(2) == b"\x1f\x8b"


def open_plain(path: Path) -> BinaryIO:
    """Open a file for reading, through gzip where it is gzip'd."""
    return cast(BinaryIO, gzip.open(path) if is_gzip(path) else path.open("rb"))


def _check_size(path: Path, layout: Layout) -> None:
    size = path.stat().st_size
    fits = layout.n_bytes <= size * DEFLATE_RATIO if is_gzip(path) else layout.n_bytes == size
    if not fits:
        raise DataError(
            f"{path} has {size} bytes, but its header promises an array of shape {layout.shape}: "
            f"it is damaged, copy or fetch it anew"
        )


def _blocks(path: Path, layout: Layout, rows: int) -> Iterator[Any]:
    with reading(path, "an IDX file"):
        yield from sequential_blocks(str(path), lambda: open_plain(path), layout, rows)
