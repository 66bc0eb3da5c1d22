"""Stream csv and tsv files through pyarrow."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from embudo.data.faults import reading
from embudo.data.frames import of_arrow
from embudo.data.idx import is_gzip
from embudo.data.source import Frame, Matrix, Source, regrouped
from embudo.data.text import MISSING, Heading, bounded_lines, explain, heading, open_text, records
from embudo.errors import DataError, MissingExtraError

if TYPE_CHECKING:
    import pyarrow as pa
    from pyarrow import csv

_SMALLEST_BLOCK = 2**22  # bytes pyarrow parses at once; a row must fit
_LARGEST_BLOCK = 2**30


def open_csv(path: Path, delimiter: str | None = None) -> Source:
    """Open a table of delimited text, plain or gzip'd, as rows of float64, or as frames.

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
        If the file is damaged or ragged, or a name occurs twice; while it is read as rows of
        numbers, also if a cell holds text.
    MissingExtraError
        If pyarrow is not installed.
    """
    _require_pyarrow()
    delimiter = delimiter or _delimiter(path)
    head = _heading(path, delimiter)
    table = _Table(path, delimiter, head)
    if table.is_empty():
        raise DataError(f"{path} has names of columns but no row below them: add data")
    return Source(
        name=str(path),
        n_features=head.width,
        stream=lambda rows: regrouped(table.matrices(), rows),
        columns=head.columns,
        texts=tuple(table.names_of(table.texts)),
        frames=table.frames,
        note=head.note,
    )


class _Table:
    """How one file is parsed."""

    def __init__(self, path: Path, delimiter: str, head: Heading) -> None:
        self.path, self.delimiter, self.head = path, delimiter, head
        self._booleans: set[int] | None = None
        self._booleans, self.texts = self._inferred()

    def is_empty(self) -> bool:
        """Tell whether there is no row."""
        return next(self._batches(frozenset(self.texts)), None) is None

    def names_of(self, places: Iterable[int]) -> list[str]:
        """Return the names of some columns, in order."""
        names = self.head.columns or [f"x{i}" for i in range(self.head.width)]
        return [names[place] for place in sorted(places)]

    def matrices(self) -> Iterator[Matrix]:
        """Yield blocks of whatever height pyarrow finds convenient."""
        return map(_matrix, self._batches(frozenset()))

    def frames(self, rows: int, texts: frozenset[str]) -> Iterator[Frame]:
        """Yield frames of at most ``rows`` rows."""
        import pyarrow as pa

        names = self.names_of(range(self.head.width))
        as_text = self.texts | {i for i, name in enumerate(names) if name in texts}
        for batch in self._batches(frozenset(as_text)):
            columns = [_trimmed(c) if i in as_text else c for i, c in enumerate(batch.columns)]
            table = pa.table(columns, names)
            for start in range(0, len(table), rows):
                yield of_arrow(table.slice(start, rows))

    def _batches(self, texts: frozenset[int]) -> Iterator["pa.RecordBatch"]:
        import pyarrow as pa

        try:
            with self._open(self._types(texts)) as reader:
                for batch in reader:
                    if len(batch):
                        yield batch
        except (pa.ArrowException, ValueError, OSError, EOFError) as fault:
            raise self._explained(fault, texts) from None

    def _inferred(self) -> tuple[set[int], set[int]]:
        # Only what pyarrow itself takes for true and false in the first block is boolean, and
        # only what it takes for text there is text; elsewhere a text is a slip to be told.
        import pyarrow as pa

        try:
            with self._open(None) as reader:
                schema = reader.schema
        except (pa.ArrowException, ValueError, OSError, EOFError) as fault:
            raise self._explained(fault, frozenset()) from None
        booleans = {i for i, field in enumerate(schema) if pa.types.is_boolean(field.type)}
        return booleans, {i for i, field in enumerate(schema) if pa.types.is_string(field.type)}

    def _types(self, texts: frozenset[int]) -> "dict[str, pa.DataType]":
        import pyarrow as pa

        kinds = {
            **dict.fromkeys(self._booleans or (), pa.bool_()),
            **dict.fromkeys(texts, pa.string()),
        }
        types = [kinds.get(i, pa.float64()) for i in range(self.head.width)]
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

    def _explained(self, fault: Exception, texts: frozenset[int]) -> DataError:
        with reading(self.path, "a table"):
            known = explain(self.path, self.delimiter, self.head, self._booleans, texts)
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


def _trimmed(column: "pa.Array") -> "pa.Array":
    import pyarrow as pa
    from pyarrow import compute

    trimmed = compute.utf8_trim_whitespace(column)
    return compute.if_else(compute.equal(trimmed, ""), pa.scalar(None, pa.string()), trimmed)


def _floats(column: "pa.Array") -> Any:
    import pyarrow as pa

    return column.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False)
