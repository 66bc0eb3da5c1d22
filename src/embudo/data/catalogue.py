"""What is known of items beside who rated them: titles, genres, years, texts and numbers."""

import re
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from embudo.data.frames import Cell, cells_of, holds, names_of, series_at
from embudo.data.ids import UNKNOWN, Ids
from embudo.errors import DataError, ParameterError

_ID_NAMES = ("item", "item_id", "itemid", "movieid", "movie_id", "id", "product_id", "sku", "isbn")
_TITLE_NAMES = ("title", "movie_title", "name", "item_name", "product_name")
_WORD_NAMES = ("genre", "genres", "class", "tags", "category", "categories", "keywords")
_YEAR_NAMES = ("year", "release_year")
_YEAR_IN_TITLE = re.compile(r"\((\d{4})\)\s*$")
_NOT_A_GENRE = {"(no genres listed)", ""}


class Catalogue:
    """Columns of cells, one cell for each item that is listed.

    Parameters
    ----------
    items : sequence
        Ids, all different.
    columns : mapping of str to sequence
        None where a cell is missing.
    what : {"item", "user"}, default="item"
        What is listed.
    """

    def __init__(
        self, items: Sequence[Any], columns: Mapping[str, Sequence[Cell]], what: str = "item"
    ) -> None:
        self.items = Ids(items, what)
        self.columns = {name: list(cells) for name, cells in columns.items()}

    @classmethod
    def from_frame(cls, frame: Any, *, item: str | None = None, what: str = "item") -> "Catalogue":
        """Take items, or users, from a frame of pandas or polars, one a row.

        Parameters
        ----------
        frame : DataFrame
        item : str, optional
            Name of the column of ids; by default one with a usual name, or else the first.
        what : {"item", "user"}, default="item"
            What is listed.

        Raises
        ------
        DataError
            If there is no such column, or an id is missing or occurs twice.
        """
        names = [str(name) for name in names_of(frame)]
        item = id_column(names) if item is None else item
        if item not in names:
            raise DataError(f"there is no column {item!r}: choose from {', '.join(names)}")
        cells = {name: cells_of(series_at(frame, place)) for place, name in enumerate(names)}
        ids = cells.pop(item)
        if None in ids:
            raise DataError(f"column {item!r} lacks an id in row {ids.index(None)}: fill it")
        kept = {
            name: column
            for name, column in cells.items()
            if holds(series_at(frame, names.index(name)), name) is not None
        }
        return cls(ids, kept, what)

    def some(self, codes: NDArray[np.int64]) -> "Catalogue":
        """Return some of the items, by their places; UNKNOWN among them is passed over."""
        places = [int(code) for code in codes if code != UNKNOWN]
        columns = {name: [cells[at] for at in places] for name, cells in self.columns.items()}
        return Catalogue([self.items[at] for at in places], columns, self.items.what)

    @cached_property
    def titles(self) -> dict[Any, str]:
        """The titles of the items that have one."""
        name = named_like(list(self.columns), _TITLE_NAMES)
        if name is None:
            return {}
        pairs = zip(self.items, self.columns[name], strict=True)
        return {one: str(cell) for one, cell in pairs if cell is not None}

    @cached_property
    def words(self) -> list[frozenset[str]]:
        """The genres, tags or categories of each item."""
        found = [frozenset[str]() for _ in self.items]
        for name in self._word_columns:
            split = _splitter(self.columns[name])
            found = [
                words | split(cell) for words, cell in zip(found, self.columns[name], strict=True)
            ]
        return found

    @cached_property
    def years(self) -> NDArray[np.float64]:
        """The year of each item, from a column of that name or the end of the title, else NaN."""
        name = self._year_column
        if name is not None:
            return np.array([_number(cell) for cell in self.columns[name]])
        matches = [_YEAR_IN_TITLE.search(self.titles.get(one, "")) for one in self.items]
        return np.array([float(match[1]) if match else np.nan for match in matches])

    @cached_property
    def texts(self) -> list[str]:
        """The free text of each item: its title, without the year, and descriptions."""
        names = [
            name
            for name, cells in self.columns.items()
            if name not in (*self._word_columns, self._year_column)
            and any(isinstance(cell, str) for cell in cells)
        ]
        rows = zip(*(self.columns[name] for name in names), strict=True) if names else ()
        texts = [" ".join(str(cell) for cell in row if cell is not None) for row in rows]
        return [_YEAR_IN_TITLE.sub("", text) for text in texts] or [""] * len(self.items)

    def numbers(self) -> dict[str, NDArray[np.float64]]:
        """Return the columns of numbers but the year, NaN where one is missing."""
        return {
            name: np.array([_number(cell) for cell in cells])
            for name, cells in self.columns.items()
            if name != self._year_column and not any(isinstance(cell, str) for cell in cells)
        }

    def matching(self, only: Mapping[str, Any]) -> NDArray[np.bool_]:
        """Say which items have what is asked for.

        Parameters
        ----------
        only : mapping
            By name of a column, a value that the cell equals or that is among its words; for
            numbers also a pair, from and to. "genre" means any column of words, "year" also the
            year at the end of a title.

        Raises
        ------
        ParameterError
            If there is no such column, or nothing matches.
        """
        found = np.ones(len(self.items), bool)
        for name, wanted in only.items():
            here = self._matching(name, wanted)
            if not here.any():
                raise ParameterError(
                    f"no {self.items.what} has {name} {wanted!r}: {self._examples(name)}"
                )
            found &= here
        if not found.any():
            raise ParameterError(
                f"no {self.items.what} has all of {dict(only)!r}: ask for less at once"
            )
        return found

    def _matching(self, name: str, wanted: Any) -> NDArray[np.bool_]:
        if name.lower() in _WORD_NAMES and self._word_columns:
            lower = str(wanted).lower()
            return np.array([lower in {word.lower() for word in words} for words in self.words])
        if name.lower() == "year" or name in self.columns:
            is_year = name.lower() == "year" and name not in self.columns
            cells: Sequence[Any] = self.years.tolist() if is_year else self.columns[name]
            if isinstance(wanted, tuple | list):
                low, high = (float(end) for end in wanted)
                return np.array([low <= _number(cell) <= high for cell in cells])
            same = str(wanted).lower()
            return np.array([_written(cell) == same for cell in cells])
        raise ParameterError(
            f"{self.items.what}s have no column {name!r}: choose from "
            f"{', '.join(['year', *self.columns])}"
        )

    def _examples(self, name: str) -> str:
        if name.lower() in _WORD_NAMES:
            return f"choose from {', '.join(sorted(frozenset().union(*self.words))[:30])}"
        return "choose another value"

    @cached_property
    def _year_column(self) -> str | None:
        return named_like(list(self.columns), _YEAR_NAMES)

    @cached_property
    def _word_columns(self) -> list[str]:
        return [
            name
            for name, cells in self.columns.items()
            if name.lower() in _WORD_NAMES and any(isinstance(cell, str) for cell in cells)
        ]

    def to_json(self) -> dict[str, Any]:
        """Return what :meth:`from_json` makes the same catalogue of."""
        return {"items": self.items.to_json(), "columns": self.columns}

    @classmethod
    def from_json(cls, facts: dict[str, Any]) -> "Catalogue":
        """Return the catalogue that :meth:`to_json` described."""
        items = Ids.from_json(facts["items"])
        return cls(list(items), facts["columns"], items.what)


def id_column(names: Sequence[str]) -> str:
    """Return the name of the column of ids: a usual one, or else the first."""
    return named_like(names, _ID_NAMES) or names[0]


def named_like(names: Sequence[str], usual: Sequence[str]) -> str | None:
    """Return the name that is first among the usual ones, without regard to case; None if none."""
    by_lower = {name.lower(): name for name in reversed(names)}
    return next((by_lower[name] for name in usual if name in by_lower), None)


def _splitter(cells: Sequence[Cell]) -> Any:
    texts = [cell for cell in cells if isinstance(cell, str)]
    mark = next((mark for mark in "|;," if any(mark in text for text in texts)), None)

    def split(cell: Cell) -> frozenset[str]:
        if not isinstance(cell, str):
            return frozenset()
        whole = cell in _NOT_A_GENRE
        parts = [] if whole else [part.strip() for part in cell.split(mark)]
        return frozenset(parts) - _NOT_A_GENRE

    return split


def _number(cell: Any) -> float:
    try:
        return float("nan") if cell is None else float(cell)
    except ValueError:
        return float("nan")


def _written(cell: Any) -> str:
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).lower()
