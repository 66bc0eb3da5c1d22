"""Columns of a table on one side, codes for visible units on the other, both ways."""

import dataclasses
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from embudo.data.frame_builder import build
from embudo.data.frames import (
    Cell,
    Cells,
    Name,
    cells_of,
    holds,
    is_narrow,
    names_of,
    numbers_of,
    series_at,
)
from embudo.data.text import is_number
from embudo.errors import DataError

Kind: TypeAlias = Literal["bernoulli", "gaussian", "softmax"]
Codes: TypeAlias = NDArray[np.floating[Any]]

_LISTED = 5  # categories that a message names


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column: what it is called, what units it becomes, what its cells look like.

    Parameters
    ----------
    name : str or int, optional
        As the frame has it; a column of an array has none.
    kind : {"bernoulli", "gaussian", "softmax"}
    n_states : int, default=1
        Units that it becomes: one, or one for each state of a Softmax block.
    categories : tuple, optional
        What the codes 0, 1, ... stand for; without them a cell is its own code.
    dtype : str
        Type of the cells as the frame's library calls it; "" for a column of an array.
    ordered : bool
        Whether the categories have an order (pandas).
    """

    name: Name | None = None
    kind: Kind
    n_states: int = 1
    categories: tuple[Cell, ...] | None = None
    dtype: str = ""
    ordered: bool = False

    def codes(self, series: Any, first_row: int = 0) -> NDArray[np.float64]:
        """Return the codes of a column's cells, NaN where one is missing.

        Raises
        ------
        DataError
            If a cell holds what the column did not hold in training.
        """
        found = holds(series, "" if self.name is None else self.name)
        if self.categories is not None:
            return self._coded(series, first_row, is_number=found in ("integer", "float"))
        if found == "text":
            texts = [(r, c) for r, c in enumerate(cells_of(series)) if c is not None]
            row, cell = next(((r, c) for r, c in texts if not is_number(str(c))), texts[0])
            raise self._refused(first_row + row, cell, "held numbers in training")
        if found is None:
            return np.full(len(series), np.nan)
        numbers = numbers_of(series)
        if self.kind == "bernoulli":
            self._check_unit_interval(numbers, first_row)
        return numbers

    def cells(self, codes: Codes) -> Cells:
        """Return the cells that codes, or means of the units, stand for; None or NaN for NaN."""
        whole_numbers = "int" in self.dtype.lower()
        if self.categories is None and not whole_numbers and not self._is_bool:
            return codes
        missing = np.isnan(codes)
        if self.categories is None and whole_numbers:
            return _within(np.where(missing, np.nan, np.rint(codes)), self.dtype)
        last = len(self.categories) - 1 if self.categories is not None else 1
        nearest = codes >= 0.5 if self.kind == "bernoulli" else np.rint(codes)
        places = np.where(missing, 0, nearest).clip(0, last).astype(np.int64)
        known = (False, True) if self.categories is None else self.categories
        pairs = zip(places.tolist(), missing.tolist(), strict=True)
        return [None if hole else known[place] for place, hole in pairs]

    @property
    def _is_bool(self) -> bool:
        return self.dtype.lower().startswith("bool")

    def _coded(self, series: Any, first_row: int, is_number: bool) -> NDArray[np.float64]:
        assert self.categories is not None
        places: dict[Cell, float] = {c: float(i) for i, c in enumerate(self.categories)}
        places[None] = np.nan
        cells = cells_of(series)
        if is_number:  # a column with nothing in it comes as numbers that are all NaN
            cells = [None if cell != cell else cell for cell in cells]
        try:
            return np.fromiter((places[cell] for cell in cells), np.float64, len(cells))
        except KeyError:
            row, cell = next((r, c) for r, c in enumerate(cells) if c not in places)
        listed = ", ".join(repr(category) for category in self.categories[:_LISTED])
        more = ", ..." if len(self.categories) > _LISTED else ""
        raise self._refused(first_row + row, cell, f"held {listed}{more} in training")

    def _check_unit_interval(self, numbers: NDArray[np.float64], first_row: int) -> None:
        outside = (numbers < 0) | (numbers > 1)
        if outside.any():
            row = int(outside.argmax())
            raise self._refused(
                first_row + row, float(numbers[row]), "lay between 0 and 1 in training"
            )

    def _refused(self, row: int, cell: Cell, before: str) -> DataError:
        shown = f"{cell:g}" if isinstance(cell, float) else repr(cell)
        shown = shown if len(shown) <= 60 else shown[:59] + "…"
        return DataError(
            f"column {self.name!r} holds {shown} in row {row}, but {before}: mend the cell, "
            "empty it to have it treated as missing, or train on data that hold it"
        )


@dataclass(frozen=True)
class Layout:
    """The columns that a model was trained on.

    Parameters
    ----------
    columns : tuple of Column
    library : {"pandas", "polars"} or None
        Where the frame came from; None for arrays.
    """

    columns: tuple[Column, ...]
    library: str | None = None

    def __repr__(self) -> str:
        """Name the kinds in order, and the frame's library."""
        kinds = ", ".join(f"{count} {kind}" for kind, _, count in self.kinds)
        return f"Layout({kinds})" if self.library is None else f"Layout({kinds}; {self.library})"

    @classmethod
    def of_array(cls, kind: Kind, n_features: int) -> "Layout":
        """Return the layout of an array whose columns are all of one kind, Softmax excepted."""
        return cls((Column(kind=kind),) * n_features)

    @property
    def kinds(self) -> list[tuple[str, int, int]]:
        """The columns' kinds in order, as (kind, number of states, columns in a row with them)."""
        alike = groupby((column.kind, column.n_states) for column in self.columns)
        return [(kind, states, len(list(same))) for (kind, states), same in alike]

    @property
    def is_frame(self) -> bool:
        """Whether the columns were those of a frame."""
        return self.library is not None

    @property
    def summary(self) -> dict[str, int]:
        """How many columns there are of each kind."""
        kinds = [column.kind for column in self.columns]
        return {kind: kinds.count(kind) for kind in sorted(set(kinds))}

    def columns_of(self, kind: Kind) -> list[int]:
        """Return the places of the columns of one kind."""
        return [place for place, column in enumerate(self.columns) if column.kind == kind]

    def codes(self, frame: Any, first_row: int = 0) -> Codes:
        """Return the codes of a frame that has these columns, in this order.

        Parameters
        ----------
        frame : pandas.DataFrame or polars.DataFrame
        first_row : int
            What messages call the frame's first row.

        Returns
        -------
        codes : ndarray of shape (n_rows, n_columns)
            NaN where a cell is missing; float32 if that holds all values of the columns' types,
            else float64.

        Raises
        ------
        DataError
            Naming column, row and value, if a cell holds what the column did not hold in training.
        """
        names_of(frame)
        all_series = [series_at(frame, index) for index in range(len(self.columns))]
        narrow = all(map(is_narrow, all_series))
        codes = np.empty((len(frame), len(self.columns)), np.float32 if narrow else np.float64)
        with np.errstate(over="ignore"):
            for index, (column, series) in enumerate(zip(self.columns, all_series, strict=True)):
                codes[:, index] = column.codes(series, first_row)
        return codes

    def check_array(self) -> None:
        """Refuse an array in place of a frame, where it cannot say which categories it means.

        Raises
        ------
        DataError
            If a column of the frame has categories.
        """
        named = next((c.name for c in self.columns if self.is_frame and c.categories), None)
        if named is not None:
            raise DataError(
                f"the model was trained on a frame whose column {named!r} has categories: give a "
                "frame with the same columns, not an array"
            )

    def frame(self, codes: Codes, index: Any = None) -> Any:
        """Return codes, or means of the columns' units, as a frame like the one trained on.

        Names, order, types and categories are the caller's. Integers are rounded; categories are
        the likeliest ones; where NaN is left, types give way to those that can be missing.

        Parameters
        ----------
        codes : ndarray of shape (n_rows, n_columns)
        index : pandas.Index, optional
            Labels of the rows.
        """
        assert self.library is not None
        made = [
            (
                place if column.name is None else column.name,
                column.dtype,
                column.cells(codes[:, place]),
                column.categories or (),
                column.ordered,
            )
            for place, column in enumerate(self.columns)
        ]
        return build(self.library, made, index)

    def to_json(self) -> dict[str, Any]:
        """Return the layout as what JSON knows; equal neighbours are counted together."""
        runs = [(column, len(list(same))) for column, same in groupby(self.columns)]
        return {
            "library": self.library,
            "columns": [
                {**_without_defaults(column), **({"count": n} if n > 1 else {})}
                for column, n in runs
            ],
        }

    @classmethod
    def from_json(cls, facts: dict[str, Any]) -> "Layout":
        """Return the layout that `to_json` described."""
        columns: list[Column] = []
        for entry in facts["columns"]:
            entry = dict(entry)
            count = entry.pop("count", 1)
            categories = entry.pop("categories", None)
            known = None if categories is None else tuple(categories)
            columns += [Column(**entry, categories=known)] * count
        return cls(tuple(columns), facts["library"])


def _without_defaults(column: Column) -> dict[str, Any]:
    given = {field.name: getattr(column, field.name) for field in dataclasses.fields(column)}
    defaults = {field.name: field.default for field in dataclasses.fields(column)}
    return {name: value for name, value in given.items() if value != defaults[name]}


def _within(numbers: NDArray[Any], dtype: str) -> NDArray[Any]:
    """Keep numbers inside the range of an integer type; pandas and polars name it alike."""
    try:
        limits = np.iinfo(dtype.lower().partition("[")[0])
    except (TypeError, ValueError):
        return numbers
    # The largest float64 below the limit of 64 bits: the limit itself would round upwards.
    highest = np.nextafter(float(limits.max), 0) if limits.bits == 64 else limits.max
    clipped: NDArray[Any] = np.asarray(numbers, np.float64).clip(limits.min, highest)
    return clipped
