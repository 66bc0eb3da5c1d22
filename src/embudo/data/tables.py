"""Stream csv and tsv files through pyarrow."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from embudo.data.faults import reading
from embudo.data.idx import is_gzip
from embudo.data.source import Matrix, Source, regrouped
from embudo.data.text import MISSING, Heading, bounded_lines, explain, heading, open_text, records
from embudo.errors import DataError, MissingExtraError

if TYPE_CHECKING:
    import pyarrow as pa
    from pyarrow import csv

_SMALLEST_BLOCK = 2**22  # bytes pyarrow parses at once; a row must fit
_LARGEST_BLOCK = 2**30


def open_csv(path: Path, delimiter: str | None = None) -> Source:
    """Open a table of delimited text, plain or gzip'd, as rows of float64.

    The first line names the columns; if it holds nothing but numbers it is the first row, except
    for the numbers 0, 1, 2, ... that a frame without names leaves behind. Blank lines are passed
    over. Empty cells and NA, NaN, null and the like become NaN; true and false 1 and 0.

    Parameters
    ----------
    path : Path
    delimiter : str, optional
        By default the one of comma, semicolon and tab that the first line has most of.

    Raises
    ------
    DataError
        If the file is damaged or ragged, a cell holds text, or a name occurs twice.
    MissingExtraError
        If pyarrow is not installed.
    """
    _require_pyarrow()
    delimiter = delimiter or _delimiter(path)
    head = _heading(path, delimiter)
    table = _Table(path, delimiter, head)
    if next(table.matrices(), None) is None:
        raise DataError(f"{path} has names of columns but no row below them: add data")
    return Source(
        name=str(path),
        n_features=head.width,
        stream=lambda rows: regrouped(table.matrices(), rows),
        columns=head.columns,
        note=head.note,
    )


class _Table:
    """How one file is parsed."""

    def __init__(self, path: Path, delimiter: str, head: Heading) -> None:
        self.path, self.delimiter, self.head = path, delimiter, head
        self._booleans: set[int] | None = None
        self._booleans = self._boolean_columns()

    def matrices(self) -> Iterator[Matrix]:
        """Yield blocks of whatever height pyarrow finds convenient."""
        import pyarrow as pa

        try:
            with self._open(self._types()) as reader:
                for batch in reader:
                    if len(batch):
                        yield _matrix(batch)
        except (pa.ArrowException, ValueError, OSError, EOFError) as fault:
            raise self._explained(fault) from None

    def _boolean_columns(self) -> set[int]:
        # Only what pyarrow itself takes for true and false in the first block is boolean.
        import pyarrow as pa

        try:
            with self._open(None) as reader:
                schema = reader.schema
        except (pa.ArrowException, ValueError, OSError, EOFError) as fault:
            raise self._explained(fault) from None
        return {i for i, field in enumerate(schema) if pa.types.is_boolean(field.type)}

    def _types(self) -> "dict[str, pa.DataType]":
        import pyarrow as pa

        booleans = self._booleans or ()
        types = [pa.bool_() if i in booleans else pa.float64() for i in range(self.head.width)]
        return dict(zip(self._names(), types, strict=True))

    def _names(self) -> list[str]:
        # Names of our own: those of the file may carry spaces or a byte-order mark.
        return [f"c{i}" for i in range(self.head.width)]

    def _open(self, types: "dict[str, pa.DataType] | None") -> "csv.CSVStreamingReader":
        import pyarrow as pa
        from pyarrow import csv

        block = min(max(_SMALLEST_BLOCK, 32 * self.head.length), _LARGEST_BLOCK)
        names = self._names()
        return csv.open_csv(
            pa.input_stream(str(self.path), compression="gzip" if is_gzip(self.path) else None),
            read_options=csv.ReadOptions(
                block_size=block,
                column_names=names,
                skip_rows=0 if self.head.columns is None else self.head.lines,
            ),
            parse_options=csv.ParseOptions(delimiter=self.delimiter, newlines_in_values=True),
            convert_options=csv.ConvertOptions(
                column_types=types,
                null_values=[pad.format(word) for word in MISSING for pad in ("{}", " {}", "{} ")],
                strings_can_be_null=True,
            ),
        )

    def _explained(self, fault: Exception) -> DataError:
        with reading(self.path, "a table"):
            known = explain(self.path, self.delimiter, self.head, self._booleans)
        first = str(fault).strip().splitlines() or [type(fault).__name__]
        return known or DataError(f"{self.path} cannot be read as a table ({first[0][:200]})")


def _require_pyarrow() -> None:
    try:
        import pyarrow  # noqa: F401
    except ImportError:
        raise MissingExtraError.of("reading csv and parquet files", "data") from None


def _delimiter(path: Path) -> str:
    with reading(path, "a table"), open_text(path) as handle:
        first = next((line for line in bounded_lines(handle, path) if line.strip()), "")
    return max(",;\t", key=first.count)


def _heading(path: Path, delimiter: str) -> Heading:
    with reading(path, "a table"), open_text(path) as handle:
        for lines, fields in records(handle, path, delimiter):
            return heading(path, fields, lines)
    raise DataError(f"{path} is empty: give a table with a line of names and rows of numbers")


def _matrix(batch: "pa.RecordBatch") -> Matrix:
    matrix = np.empty((batch.num_rows, batch.num_columns))
    for index, column in enumerate(batch.columns):
        matrix[:, index] = _floats(column)
    return matrix


def _floats(column: "pa.Array") -> Any:
    import pyarrow as pa

    return column.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False)
