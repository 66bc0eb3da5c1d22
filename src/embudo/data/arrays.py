"""Arrays stored as raw bytes behind a short header: what npy, npz and IDX files share.

What becomes of an array:

- Two axes are rows and columns. More are images: ``(n, height, width)``, ``(n, height, width,
  channels)`` or ``(n, channels, height, width)``, flattened row by row with the channels last.
- uint8 images are divided by 255. So is a uint8 matrix, unless all of it is 0 and 1 already.
- float32 and float64 stay as they are; other numbers take the narrower of the two that holds
  every value of their type.
"""

import math
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, BinaryIO, TypeAlias

import numpy as np
import numpy.typing as npt

from embudo.data.source import ImageShape, Matrix, Source, block_rows, float_type
from embudo.errors import DataError

# No deflate stream can grow by more (zlib's technical notes), so a header that promises more lies.
DEFLATE_RATIO = 1032

# Opens the bytes of an array anew, at their beginning.
Opener: TypeAlias = Callable[[], AbstractContextManager[BinaryIO]]

_PLAIN_KINDS = "biuf"


@dataclass(frozen=True)
class Layout:
    """Where the numbers of an array lie in its bytes.

    Parameters
    ----------
    shape : tuple of int
    dtype : dtype
        Type in the file, byte order included.
    offset : int
        Bytes before the first number.
    column_major : bool
        Whether the first axis runs fastest (Fortran order).
    """

    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    offset: int
    column_major: bool = False

    @property
    def n_bytes(self) -> int:
        """Bytes of the header and the numbers together."""
        return self.offset + math.prod(self.shape) * self.dtype.itemsize

    @property
    def n_features(self) -> int:
        """Numbers in a row."""
        return math.prod(self.shape[1:])


def numeric_source(
    name: str, layout: Layout, stream: Callable[[int], Iterator[npt.NDArray[Any]]]
) -> Source:
    """Make a source of float rows out of raw blocks.

    Parameters
    ----------
    name : str
        What messages call the array.
    layout : Layout
    stream : callable
        ``stream(rows)`` yields blocks of shape (at most rows, *shape[1:]) in the file's dtype.

    Raises
    ------
    DataError
        If the array is no matrix of plain numbers.
    """
    check_numbers(name, layout)
    dtype = float_type(layout.dtype)
    divisor = 255 if _is_scaled(layout, stream) else 1

    def floats(rows: int) -> Iterator[Matrix]:
        for raw in stream(rows):
            block = _channels_last(raw).reshape(len(raw), -1).astype(dtype, copy=False)
            if divisor != 1:
                block /= divisor
            yield block

    return Source(
        name=name,
        n_features=layout.n_features,
        stream=floats,
        known_rows=layout.shape[0],
        image_shape=_image_shape(layout.shape),
    )


def check_numbers(name: str, layout: Layout) -> None:
    """Refuse objects, texts, records, complex numbers, and what has no rows or columns."""
    if layout.dtype.hasobject:
        raise DataError(
            f"{name} holds Python objects, which embudo never unpickles: "
            f"save it as numbers, with astype(float)"
        )
    if layout.dtype.kind not in _PLAIN_KINDS:
        raise DataError(f"{name} holds {layout.dtype}, no real numbers: save it with astype(float)")
    if len(layout.shape) < 2:
        raise DataError(
            f"{name} has shape {layout.shape}, but rows and columns are needed: "
            f"reshape it to (rows, columns)"
        )
    if 0 in layout.shape:
        raise DataError(f"{name} has shape {layout.shape}, so there is nothing in it to learn from")


def sequential_blocks(name: str, open_: Opener, layout: Layout, rows: int) -> Iterator[Any]:
    """Read an array in row order from front to back, a block at a time.

    Every block owns its memory and is writable. The bytes must end where the header says.
    """
    with open_() as handle:
        handle.read(layout.offset)
        for start in range(0, layout.shape[0], rows):
            height = min(rows, layout.shape[0] - start)
            block = np.empty((height, *layout.shape[1:]), layout.dtype)
            fill(handle, block, name)
            yield block
        if handle.read(1):
            raise DataError(f"{name} goes on after its last row: it is damaged, write it anew")


def fill(handle: BinaryIO, block: npt.NDArray[Any], name: str) -> None:
    """Fill a contiguous array with the next bytes of a file, however slowly they come."""
    view = block.reshape(-1).view(np.uint8).data
    done = 0
    while done < len(view):
        got = handle.readinto(view[done:])  # type: ignore[attr-defined]
        if not got:
            raise DataError(f"{name} ends too early: it is cut short, copy or write it anew")
        done += got


def _is_scaled(layout: Layout, stream: Callable[[int], Iterator[npt.NDArray[Any]]]) -> bool:
    if layout.dtype != np.uint8:
        return False
    if len(layout.shape) > 2:
        return True
    rows = block_rows(8192, layout.n_features)
    return any(block.max() > 1 for block in stream(rows))


def _channels_last(raw: npt.NDArray[Any]) -> npt.NDArray[Any]:
    return np.moveaxis(raw, 1, -1) if _is_channels_first(raw.shape) else raw


def _is_channels_first(shape: tuple[int, ...]) -> bool:
    return len(shape) == 4 and shape[1] in (1, 3) and shape[3] not in (1, 3)


def _image_shape(shape: tuple[int, ...]) -> ImageShape | None:
    if _is_channels_first(shape):
        shape = (shape[0], shape[2], shape[3], shape[1])
    if len(shape) == 3 or (len(shape) == 4 and shape[3] == 1):
        return shape[1], shape[2]
    if len(shape) == 4 and shape[3] == 3:
        return shape[1], shape[2], 3
    return None
