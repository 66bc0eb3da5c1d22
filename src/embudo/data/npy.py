"""Read ``.npy`` files; a header that lies about the size is refused before memory is taken."""

import dataclasses
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from embudo.data.arrays import Layout, check_numbers, fill, numeric_source, sequential_blocks
from embudo.data.faults import reading
from embudo.data.source import Matrix, Source
from embudo.errors import DataError

_MAPPED_BYTES = 2**28  # from this size on, a file that needs no conversion is mapped, not read


def open_npy(path: Path) -> Source:
    """Open a ``.npy`` file as rows of floats.

    Parameters
    ----------
    path : Path

    Raises
    ------
    DataError
        If the file is damaged, or holds anything but a matrix or images of plain numbers.
    """
    with reading(path, "a .npy array"), path.open("rb") as handle:
        layout = read_layout(handle, str(path))
        check_numbers(str(path), layout)
        size = path.stat().st_size
    if size != layout.n_bytes:
        raise DataError(
            f"{path} has {size} bytes where its header promises {layout.n_bytes}: "
            f"it is damaged, copy or save it anew"
        )
    source = numeric_source(str(path), layout, lambda rows: _blocks(path, layout, rows))
    if layout.n_bytes >= _MAPPED_BYTES and _needs_no_conversion(layout):
        return dataclasses.replace(source, whole=lambda: _mapped(path, layout))
    return source


def read_layout(handle: BinaryIO, name: str) -> Layout:
    """Read the header of an array in numpy's own format.

    Raises
    ------
    DataError
        If the format is newer than this, or the array is a record.
    """
    version = np.lib.format.read_magic(handle)
    readers = {
        (1, 0): np.lib.format.read_array_header_1_0,
        (2, 0): np.lib.format.read_array_header_2_0,
    }
    if version not in readers:  # version 3 exists for the names of records only
        raise DataError(f"{name} is no plain array of numbers: save it with astype(float)")
    with warnings.catch_warnings():  # a header written by Python 2 is read all the same
        warnings.simplefilter("ignore")
        shape, column_major, dtype = readers[version](handle)
    if any(length < 0 for length in shape):
        raise DataError(f"{name} has the impossible shape {shape}: it is damaged, save it anew")
    return Layout(shape, dtype, handle.tell(), column_major)


def _blocks(path: Path, layout: Layout, rows: int) -> Iterator[Any]:
    # Plain reads, not a memory map: mapped pages would count as this process's memory.
    with reading(path, "a .npy array"):
        if layout.column_major:
            yield from _column_major_blocks(path, layout, rows)
        else:
            yield from sequential_blocks(str(path), lambda: path.open("rb"), layout, rows)


def _column_major_blocks(path: Path, layout: Layout, rows: int) -> Iterator[Any]:
    n_rows, item = layout.shape[0], layout.dtype.itemsize
    with path.open("rb", buffering=0) as handle:
        for start in range(0, n_rows, rows):
            height = min(rows, n_rows - start)
            columns = np.empty((layout.n_features, height), layout.dtype)
            for index, column in enumerate(columns):
                handle.seek(layout.offset + (index * n_rows + start) * item)
                fill(handle, column, str(path))
            yield columns.T.reshape((height, *layout.shape[1:]), order="F")


def _needs_no_conversion(layout: Layout) -> bool:
    plain = layout.dtype in (np.float32, np.float64) and layout.dtype.isnative
    return plain and len(layout.shape) == 2 and not layout.column_major


def _mapped(path: Path, layout: Layout) -> Matrix:
    with reading(path, "a .npy array"):
        return np.memmap(path, layout.dtype, "r", layout.offset, layout.shape)
