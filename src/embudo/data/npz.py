"""Read one array, or one sparse matrix, out of an ``.npz`` archive."""

import contextlib
import difflib
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, cast

import numpy as np
import numpy.typing as npt

from embudo.data import npy
from embudo.data.arrays import (
    DEFLATE_RATIO,
    Layout,
    check_numbers,
    fill,
    numeric_source,
    sequential_blocks,
)
from embudo.data.faults import reading
from embudo.data.source import Matrix, Source, float_type
from embudo.errors import DataError

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

_USUAL_KEYS = ("x_train", "X", "data", "features")
_SPARSE_KEYS = {"format", "shape", "data"}  # as scipy.sparse.save_npz writes them


def open_npz(path: Path, key: str | None = None) -> Source:
    """Open an array of an archive as rows of floats.

    Parameters
    ----------
    path : Path
        Written by `numpy.savez`, `numpy.savez_compressed` or `scipy.sparse.save_npz`.
    key : str, optional
        Name of the array. Without it: the only array, or the one called ``x_train``, ``X``,
        ``data`` or ``features``.

    Raises
    ------
    DataError
        If the archive is damaged, or it is not clear which array is meant.
    """
    layouts = read_layouts(path)
    if key is None and layouts.keys() >= _SPARSE_KEYS:
        return _sparse_source(path, layouts)
    key = _chosen(path, layouts, key)
    name, layout = f"{path}:{key}", layouts[key]
    check_numbers(name, layout)
    return numeric_source(name, layout, lambda rows: _blocks(path, key, layout, rows))


def read_layouts(path: Path) -> dict[str, Layout]:
    """Read the headers of all arrays, held against their sizes; no array is loaded."""
    with reading(path, "an .npz archive"), zipfile.ZipFile(path) as archive:
        layouts = {}
        for info in archive.infolist():
            if info.filename.endswith(".npy"):
                key = info.filename.removesuffix(".npy")
                layouts[key] = _member_layout(archive, info, f"{path}:{key}")
    if not layouts:
        raise DataError(f"{path} holds no array: write it with numpy.savez")
    return layouts


def read_array(path: Path, key: str, layout: Layout) -> npt.NDArray[Any]:
    """Read one whole array as it is."""
    with reading(path, "an .npz archive"), _member(path, key) as handle:
        handle.read(layout.offset)
        shape = layout.shape[::-1] if layout.column_major else layout.shape
        array = np.empty(shape, layout.dtype)
        fill(handle, array.reshape(-1), f"{path}:{key}")
        if handle.read(1):  # reading to the end also has the checksum compared
            raise DataError(f"{path}:{key} is longer than its header says: save it anew")
    return array.T if layout.column_major else array


def _member_layout(archive: zipfile.ZipFile, info: zipfile.ZipInfo, name: str) -> Layout:
    with archive.open(info) as handle:
        layout = npy.read_layout(cast(BinaryIO, handle), name)
    inflated = max(info.compress_size, 1) * DEFLATE_RATIO
    if not layout.dtype.hasobject and (
        layout.n_bytes != info.file_size or info.file_size > inflated
    ):
        raise DataError(
            f"{name} cannot have the shape {layout.shape} that its header promises: "
            f"the archive is damaged, save it anew"
        )
    return layout


def _chosen(path: Path, layouts: dict[str, Layout], key: str | None) -> str:
    if key in layouts:
        return key
    if key is None and len(layouts) == 1:
        return next(iter(layouts))
    usual = [name for name in _USUAL_KEYS if name in layouts] if key is None else []
    if usual:
        return usual[0]
    listed = ", ".join(f"{name} {layout.shape}" for name, layout in layouts.items())
    if key is None:
        raise DataError(f"{path} holds several arrays ({listed}): choose one as {path}:KEY")
    close = difflib.get_close_matches(key, layouts, 1)
    hint = f"did you mean {path}:{close[0]}?" if close else "choose one of these"
    raise DataError(f"{path} holds no array {key!r}, only {listed}: {hint}")


@contextlib.contextmanager
def _member(path: Path, key: str) -> Iterator[BinaryIO]:
    with zipfile.ZipFile(path) as archive, archive.open(f"{key}.npy") as handle:
        yield cast(BinaryIO, handle)


def _blocks(path: Path, key: str, layout: Layout, rows: int) -> Iterator[Any]:
    name = f"{path}:{key}"
    with reading(path, "an .npz archive"):
        if layout.column_major:  # an archive cannot be read across, so all of it is held
            array = read_array(path, key, layout)
            for start in range(0, len(array), rows):
                yield array[start : start + rows]
        else:
            yield from sequential_blocks(name, lambda: _member(path, key), layout, rows)


def _sparse_source(path: Path, layouts: dict[str, Layout]) -> Source:
    matrix = _sparse(path, layouts)
    n_rows, n_features = matrix.shape
    if not n_rows or not n_features:
        raise DataError(f"{path} has shape {matrix.shape}, so there is nothing to learn from")

    def stream(rows: int) -> Iterator[Matrix]:
        with reading(path, "a sparse matrix"):
            for start in range(0, n_rows, rows):
                yield matrix[start : start + rows].toarray()

    return Source(
        name=str(path),
        n_features=n_features,
        stream=stream,
        known_rows=n_rows,
        whole=lambda: matrix,
        is_sparse=True,
    )


def _sparse(path: Path, layouts: dict[str, Layout]) -> "csr_matrix":
    from scipy import sparse

    with reading(path, "a sparse matrix"):
        parts = {key: read_array(path, key, layout) for key, layout in layouts.items()}
        kind = bytes(parts["format"].astype("S8").item()).decode()
        shape = tuple(int(length) for length in parts["shape"])
        if kind in ("csr", "csc"):
            build = sparse.csr_matrix if kind == "csr" else sparse.csc_matrix
            matrix = build((parts["data"], parts["indices"], parts["indptr"]), shape=shape)
            matrix.check_format(full_check=True)  # an index out of bounds would read wild memory
        elif kind == "coo":
            matrix = sparse.coo_matrix((parts["data"], (parts["row"], parts["col"])), shape=shape)
        else:
            raise DataError(f"{path} is a sparse {kind} matrix: save it with .tocsr()")
        rows = sparse.csr_matrix(matrix)
        rows.sum_duplicates()
        return rows.astype(float_type(rows.dtype))
