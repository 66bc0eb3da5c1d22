"""What every file of text has: lines of bounded length, a first line, cells that may be numbers."""

import csv
import io
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from embudo.data.idx import open_plain
from embudo.errors import DataError

MISSING = ("", "NA", "N/A", "n/a", "#N/A", "NaN", "nan", "NAN", "-nan", "null", "NULL", "None")
BOOLEANS = ("true", "True", "TRUE", "false", "False", "FALSE")

_LONGEST_LINE = 2**26
_SMALLEST_COUNT = 4  # names 0, 1, 2, 3 are taken for names; a row 0, 1, 2 may well be data


@dataclass(frozen=True)
class Heading:
    """What the first line of a text file tells.

    Parameters
    ----------
    columns : tuple of str or None
        Names; None where the first line holds numbers and is the first row.
    width : int
        Number of fields.
    lines : int
        Lines of the file down to it, blank ones and quoted line breaks included.
    length : int
        Characters of the line.
    note : str
        What had to be decided; may be empty.
    """

    columns: tuple[str, ...] | None
    width: int
    lines: int
    length: int
    note: str = ""


def open_text(path: Path) -> TextIO:
    """Open a plain or gzip'd file of UTF-8 text, with or without a byte-order mark."""
    return io.TextIOWrapper(open_plain(path), encoding="utf-8-sig", newline="")


def bounded_lines(handle: TextIO, path: Path) -> Iterator[str]:
    """Yield the lines of a file; a line without end is refused before it fills the memory."""
    number = 0
    try:
        while line := handle.readline(_LONGEST_LINE):
            number += 1
            if len(line) == _LONGEST_LINE:
                raise DataError(f"{path}, line {number} is endless: this is no table of text")
            yield line
    except UnicodeDecodeError as fault:
        line_number = number + 1 + fault.object[: fault.start].count(b"\n")
        raise DataError(
            f"{path}, line {line_number} is not UTF-8 text (byte 0x{fault.object[fault.start]:02x})"
            f": save the file with the encoding UTF-8"
        ) from None


def records(handle: TextIO, path: Path, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Yield (line number, fields) of every line that is not blank, quotes undone."""
    reader = csv.reader(bounded_lines(handle, path), delimiter=delimiter)
    try:
        for row in reader:
            if row and (len(row) > 1 or row[0].strip()):
                yield reader.line_num, [field.strip() for field in row]
    except csv.Error as fault:
        raise DataError(
            f"{path}, line {reader.line_num} cannot be split into fields ({fault}): correct it"
        ) from None


def heading(path: Path, fields: Sequence[str], lines: int) -> Heading:
    """Tell names from numbers in the first line.

    Numbers make it the first row of data, except for the numbers 0, 1, 2, ... that a frame
    without names leaves behind.

    Raises
    ------
    DataError
        If a name occurs twice.
    """
    length = sum(map(len, fields)) + len(fields)
    unnamed = list(fields[1:] if fields[0] == "" else fields)
    counted = unnamed == [str(i) for i in range(len(unnamed))] and len(unnamed) >= _SMALLEST_COUNT
    if not counted and all(field in MISSING or is_number(field) for field in fields):
        return Heading(None, len(fields), lines, length)
    require_different(path, fields)
    note = f"The first line of {path.name}, 0 to {len(unnamed) - 1}, was taken for names."
    index = f"Column 1 of {path.name} has no name: drop it if it only numbers the rows."
    notes = [note] * counted + [index] * (fields[0] == "")
    return Heading(tuple(fields), len(fields), lines, length, " ".join(notes))


def require_different(path: Path, names: Sequence[str]) -> None:
    """Refuse a column name that occurs twice."""
    seen: dict[str, int] = {}
    for position, name in enumerate(names, 1):
        if name in seen:
            raise DataError(
                f"{path} has two columns named {name!r}, number {seen[name]} and {position}: "
                f"rename one"
            )
        seen[name] = position


def is_number(text: str) -> bool:
    """Tell whether a cell is a number as data files write them."""
    try:
        float(text)
    except ValueError:
        return False
    return "_" not in text and text.isascii()


def explain(
    path: Path,
    delimiter: str,
    head: Heading,
    booleans: Collection[int] | None,
    texts: Collection[int] = (),
) -> DataError | None:
    """Find the first line or cell of a delimited file that keeps it from being read.

    Slow and exact, for the message; returns None if nothing is wrong with the text itself. True
    and false are numbers in the columns of ``booleans``, or in all of them while it is None; the
    columns of ``texts`` may hold anything.
    """
    with open_text(path) as handle:
        rows = records(handle, path, delimiter)
        if head.columns is not None:
            next(rows, None)
        for number, (line, fields) in enumerate(rows):
            if len(fields) != head.width:
                return DataError(
                    f"{path}, line {line} has {len(fields)} fields where the first line has "
                    f"{head.width}: correct the line"
                )
            for column, field in enumerate(fields):
                is_boolean = field in BOOLEANS and (booleans is None or column in booleans)
                if column not in texts and not (field in MISSING or is_boolean or is_number(field)):
                    name = head.columns[column] if head.columns else str(column)
                    return text_cell(path, name, number, field)
    return None


def text_cell(path: Path, column: str, row: int, value: str) -> DataError:
    """Build the error for text where a number is needed."""
    shown = value if len(value) <= 40 else value[:39] + "…"
    return DataError(
        f"column {column!r} of {path} holds text (row {row} is {shown!r}): "
        f"drop the column, or write its values as numbers, one 0/1 column for each value"
    )
