"""Read plain columns of numbers, such as ``.txt`` and ``.data`` files, with numpy alone."""

import itertools
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from embudo.data.faults import reading
from embudo.data.source import Matrix, Source
from embudo.data.text import Heading, bounded_lines, heading, is_number, open_text, text_cell
from embudo.errors import DataError


def open_columns(path: Path) -> Source:
    """Open lines of numbers divided by commas or white space, plain or gzip'd, as float64.

    A first line that is not numbers names the columns. Missing numbers are written nan. Blank
    lines, and lines that begin with #, are passed over.

    Parameters
    ----------
    path : Path

    Raises
    ------
    DataError
        If the file is empty or ragged, or a field is no number.
    """
    head, delimiter = _heading(path)
    return Source(
        name=str(path),
        n_features=head.width,
        stream=lambda rows: _blocks(path, head, delimiter, rows),
        columns=head.columns,
        note=head.note,
    )


def _heading(path: Path) -> tuple[Heading, str | None]:
    with reading(path, "lines of numbers"):
        for number, line in _lines(path):
            delimiter = next((mark for mark in ",;\t" if mark in line), None)
            return heading(path, _fields(line, delimiter), number), delimiter
    raise DataError(f"{path} is empty: give it lines of numbers")


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    with open_text(path) as handle:
        for number, line in enumerate(bounded_lines(handle, path), 1):
            stripped = line.strip(" \r\n")
            if stripped and not stripped.startswith("#"):
                yield number, stripped


def _fields(line: str, delimiter: str | None) -> list[str]:
    return [field.strip() for field in line.split(delimiter)]


def _blocks(path: Path, head: Heading, delimiter: str | None, rows: int) -> Iterator[Matrix]:
    with reading(path, "lines of numbers"):
        lines = itertools.islice(_lines(path), int(head.columns is not None), None)
        start = 0
        while chunk := list(itertools.islice(lines, rows)):
            try:
                texts = [line for _, line in chunk]
                block = np.loadtxt(texts, np.float64, comments=None, delimiter=delimiter, ndmin=2)
            except ValueError as fault:
                raise _explained(path, head, delimiter, chunk, start) or fault from None
            if block.shape != (len(chunk), head.width):
                raise _explained(path, head, delimiter, chunk, start) or DataError(
                    f"{path} changed while it was read: read it again"
                )
            yield block
            start += len(chunk)
    if not start:
        raise DataError(f"{path} has names of columns but no row below them: add data")


def _explained(
    path: Path, head: Heading, delimiter: str | None, chunk: list[tuple[int, str]], start: int
) -> DataError | None:
    for row, (number, line) in enumerate(chunk, start):
        fields = _fields(line, delimiter)
        if len(fields) != head.width:
            return DataError(
                f"{path}, line {number} has {len(fields)} fields where the first line has "
                f"{head.width}: correct the line"
            )
        for column, field in enumerate(fields):
            if not is_number(field):
                name = head.columns[column] if head.columns else str(column)
                return text_cell(path, name, row, field)
    return None
