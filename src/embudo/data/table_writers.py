"""Write tables whose columns are of different types, frame by frame or column by column."""

import contextlib
import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO, TypeAlias

import numpy as np

from embudo.data.frames import Cell, cells_of, holds, names_of, numbers_of, series_at
from embudo.data.writers import harmless, require_parquet
from embudo.errors import ParameterError
from embudo.files import check_target, replacing

Columns: TypeAlias = Mapping[str, Sequence[Cell]]
"""The cells of each column; None or NaN where one is missing."""


@contextlib.contextmanager
def open_table_writer(path: Path) -> Iterator["TableWriter"]:
    """Open a ``.csv`` or ``.parquet`` file for tables of one form, which follow each other.

    The file appears, complete and synced, when the block of ``with`` ends well.

    Raises
    ------
    ParameterError
        If the ending is another one.
    OutputError
        If the file cannot be written.
    MissingExtraError
        If ``.parquet`` is asked for without pyarrow.
    """
    suffix = path.suffix.lower()
    if suffix not in (".csv", ".parquet"):
        raise ParameterError(f"{path} cannot hold texts: give it the ending .csv or .parquet")
    check_target(path)
    with replacing(path) as handle:
        writer = TableWriter(path, handle, suffix == ".csv")
        try:
            yield writer
        finally:
            writer.close()


class TableWriter:
    """Takes tables in order; the first one says what the columns are."""

    def __init__(self, path: Path, handle: BinaryIO, is_csv: bool) -> None:
        self._path, self._handle, self._is_csv = path, handle, is_csv
        self._parquet: Any = None
        self._begun = False

    def write_frame(self, frame: Any) -> None:
        """Append the rows of a frame."""
        names = names_of(frame)
        all_series = [series_at(frame, place) for place in range(len(names))]
        columns = zip(names, all_series, strict=True)
        if self._is_csv:
            self._append_text([str(n) for n in names], [_written(n, s) for n, s in columns])
        else:
            self._append_arrow({str(name): _cells(name, series) for name, series in columns})

    def write(self, columns: Columns) -> None:
        """Append rows, given as columns."""
        if self._is_csv:
            self._append_text(list(columns), [list(map(_text, c)) for c in columns.values()])
        else:
            self._append_arrow(columns)

    def close(self) -> None:
        """Write what comes after the last row."""
        if self._parquet is not None:
            self._parquet.close()

    def _append_text(self, names: Sequence[str], columns: Sequence[Sequence[str]]) -> None:
        text = io.StringIO()
        lines = csv.writer(text, lineterminator="\n")
        if not self._begun:
            lines.writerow(map(harmless, names))
        # A line with one empty cell would be a blank one, which readers pass over.
        lines.writerows(zip(*columns, strict=True))
        self._begun = True
        self._handle.write(text.getvalue().encode("utf-8"))

    def _append_arrow(self, columns: Columns) -> None:
        import pyarrow as pa
        from pyarrow import parquet as pq

        if self._parquet is None:
            require_parquet(self._path, list(columns))
            table = pa.table({name: pa.array(cells) for name, cells in columns.items()})
            self._parquet = pq.ParquetWriter(self._handle, table.schema)
        else:
            table = pa.table(dict(columns), schema=self._parquet.schema)
        self._parquet.write_table(table)


def _written(name: Any, series: Any) -> list[str]:
    if holds(series, name) != "float":
        return list(map(_text, cells_of(series)))
    numbers = numbers_of(series)
    narrow = str(series.dtype).lower() == "float32"
    cells = numbers.astype(np.float32 if narrow else np.float64).astype("U32")
    cells[np.isnan(numbers)] = ""
    found: list[str] = cells.tolist()
    return found


def _cells(name: Any, series: Any) -> Any:
    return numbers_of(series) if holds(series, name) == "float" else cells_of(series)


def _text(cell: Cell) -> str:
    if cell is None or cell != cell:
        return ""
    return str(cell).lower() if isinstance(cell, bool) else str(cell)
