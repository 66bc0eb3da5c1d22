"""Write results block by block, in memory that does not grow with the number of rows."""

import contextlib
import csv
import io
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, TypeAlias

import numpy as np
import numpy.typing as npt

from embudo.errors import MissingExtraError, OutputError, ParameterError
from embudo.files import check_target, replacing

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

Block: TypeAlias = npt.NDArray[Any]

_FORMULA = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet would run (OWASP, CSV injection)
_CELLS = 2**17  # cells of a csv that are text in memory at one time


class Writer(ABC):
    """Takes blocks of rows in order."""

    @abstractmethod
    def write(self, block: Block) -> None:
        """Append rows.

        Parameters
        ----------
        block : ndarray of shape (any, n_columns)
        """


def open_writer(
    path: str | Path,
    n_rows: int,
    columns: Sequence[str],
    dtype: npt.DTypeLike = np.float32,
) -> "AbstractContextManager[Writer]":
    """Open a file for a matrix of results; the ending of its name chooses the format.

    The file appears, complete and synced, when the block of ``with`` ends well. After an exception
    what stood there before is untouched.

    Parameters
    ----------
    path : str or Path
        ``.npy``, ``.csv`` or ``.parquet``.
    n_rows : int
        Rows that will be written.
    columns : sequence of str
        Names of the columns; ``.npy`` keeps only their number.
    dtype : dtype, default=float32
        Type of the numbers in ``.npy`` and ``.parquet``; of the shortest text in ``.csv``.

    Returns
    -------
    context manager of Writer

    Raises
    ------
    ParameterError
        If the ending is unknown, or two columns of a table have one name.
    OutputError
        If the file cannot be written; at once where that can be known.
    MissingExtraError
        If ``.parquet`` is asked for without pyarrow.
    """
    kinds: dict[str, _Kind] = {
        ".npy": _NpyWriter,
        ".csv": _CsvWriter,
        ".parquet": _ParquetWriter,
    }
    suffix = Path(path).suffix.lower()
    if suffix not in kinds:
        known = ", ".join(kinds)
        raise ParameterError(f"{path} has no ending that embudo writes: use one of {known}")
    if suffix == ".parquet":
        require_parquet(path, columns)
    check_target(path)
    return _opened(path, kinds[suffix], n_rows, tuple(columns), np.dtype(dtype))


@contextlib.contextmanager
def _opened(
    path: str | Path,
    kind: "_Kind",
    n_rows: int,
    columns: tuple[str, ...],
    dtype: np.dtype[Any],
) -> Iterator[Writer]:
    with replacing(path) as handle:
        inner = kind(handle, n_rows, columns, dtype)
        try:
            counted = _Counted(inner, len(columns), dtype)
            yield counted
        finally:
            inner.close()
        if counted.rows != n_rows:
            raise OutputError(
                f"{path} was to get {n_rows} rows but got {counted.rows}: it was not written"
            )


class _Counted(Writer):
    """Checks the shape of what passes."""

    def __init__(self, inner: "_Format", n_columns: int, dtype: np.dtype[Any]) -> None:
        self.rows = 0
        self._inner, self._n_columns, self._dtype = inner, n_columns, dtype

    def write(self, block: Block) -> None:
        if block.ndim != 2 or block.shape[1] != self._n_columns:
            raise OutputError(f"a block of shape {block.shape} has not {self._n_columns} columns")
        self._inner.write(np.ascontiguousarray(block, self._dtype))
        self.rows += len(block)


class _Format(Writer):
    """A writer that is told when no more rows will come."""

    @abstractmethod
    def close(self) -> None:
        """Write what comes after the last row."""


_Kind: TypeAlias = Callable[[BinaryIO, int, tuple[str, ...], np.dtype[Any]], _Format]


class _NpyWriter(_Format):
    def __init__(
        self, handle: BinaryIO, n_rows: int, columns: tuple[str, ...], dtype: np.dtype[Any]
    ) -> None:
        self._handle = handle
        header = {
            "descr": np.lib.format.dtype_to_descr(dtype),
            "fortran_order": False,
            "shape": (n_rows, len(columns)),
        }
        np.lib.format.write_array_header_1_0(handle, header)

    def write(self, block: Block) -> None:
        self._handle.write(block.data)

    def close(self) -> None:
        pass


class _CsvWriter(_Format):
    def __init__(
        self, handle: BinaryIO, n_rows: int, columns: tuple[str, ...], dtype: np.dtype[Any]
    ) -> None:
        self._handle = handle
        line = io.StringIO()
        csv.writer(line, lineterminator="\n").writerow(harmless(name) for name in columns)
        handle.write(line.getvalue().encode("utf-8"))

    def write(self, block: Block) -> None:
        height = max(1, _CELLS // block.shape[1])
        for start in range(0, len(block), height):
            rows = block[start : start + height]
            cells = rows.astype("U32")  # the shortest text that reads back the same
            if rows.dtype.kind == "f":
                cells[np.isnan(rows)] = ""
            lines = [",".join(row) + "\n" for row in cells.tolist()]
            self._handle.write("".join(lines).encode("ascii"))

    def close(self) -> None:
        pass


class _ParquetWriter(_Format):
    def __init__(
        self, handle: BinaryIO, n_rows: int, columns: tuple[str, ...], dtype: np.dtype[Any]
    ) -> None:
        import pyarrow as pa
        from pyarrow import parquet as pq

        self._schema = pa.schema([(name, pa.from_numpy_dtype(dtype)) for name in columns])
        self._writer = pq.ParquetWriter(handle, self._schema)

    def write(self, block: Block) -> None:
        import pyarrow as pa

        arrays = [pa.array(column) for column in block.T]
        self._writer.write_batch(pa.record_batch(arrays, schema=self._schema))

    def close(self) -> None:
        try:
            self._writer.close()
        finally:
            self._writer.is_open = False  # or it would try again when it is collected


def harmless(text: str) -> str:
    """Return a heading or a cell that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def require_parquet(path: str | Path, columns: Sequence[str]) -> None:
    """Refuse what a parquet file cannot be made of, or without pyarrow."""
    if len(set(columns)) != len(columns):
        raise ParameterError(f"{path} cannot have two columns of one name: rename one")
    try:
        import pyarrow  # noqa: F401
    except ImportError:
        raise MissingExtraError.of("writing parquet files", "data") from None
