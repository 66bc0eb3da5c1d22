"""What the columns of a table become: the kinds of visible units that suit them."""

import dataclasses
import warnings
from collections.abc import Sequence
from typing import Any, Literal, TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray

from embudo.data.adapt import Table
from embudo.data.frames import (
    Cell,
    Holds,
    Name,
    cells_of,
    declared_categories,
    dtype_name,
    holds,
    is_ordered,
    library_of,
    names_of,
    numbers_of,
    series_at,
)
from embudo.data.layout import Column, Kind, Layout
from embudo.data.survey import column_label
from embudo.data.text import is_number
from embudo.errors import DataError

Visible: TypeAlias = Literal["auto", "bernoulli", "gaussian", "softmax"]

MAX_STATES = 1000
_FEW_ROWS = 20  # below, texts that all differ are no sign of an id
_ID_SHARE = 0.9  # of different texts among all texts of a column that holds an id
_NUMBER_SHARE = 0.9  # of numbers among the texts of a column that was to hold numbers


def layout_of_frame(frame: Any, visible: Visible = "auto") -> Layout:
    """Decide what the columns of a frame become.

    With ``visible="auto"``, texts and categories become Softmax units, or one Bernoulli unit where
    there are two of them; truth values and columns of 0 and 1 become Bernoulli units; other
    numbers become Gaussian ones. A frame of nothing but numbers in [0, 1] keeps to Bernoulli units.

    Parameters
    ----------
    frame : pandas.DataFrame or polars.DataFrame
    visible : {"auto", "bernoulli", "gaussian", "softmax"}
        One kind for all columns.

    Raises
    ------
    DataError
        If a column cannot be what is asked, holds dates or the like, or looks like an id.
    """
    names = names_of(frame)
    columns = [_Look.at(series_at(frame, i), name) for i, name in enumerate(names)]
    probabilities = all(look.is_probability for look in columns)
    made = tuple(look.column(visible, probabilities) for look in columns)
    return Layout(made, library_of(frame))


def softmax_layout(table: Table, names: Sequence[str] | None) -> Layout:
    """Return the layout of an array of whole-number codes, each column a Softmax block.

    Raises
    ------
    DataError
        If a value is no code, naming row and column, or there are too many of them.
    """
    largest = np.ones(table.n_features)
    for rows, block in table.blocks(torch.float64):
        check_codes(block.numpy(), rows.start, names)
        found = np.nan_to_num(block.numpy(), nan=0.0).max(axis=0, initial=0)
        largest = np.maximum(largest, found)
    if largest.max() >= MAX_STATES:
        column = int(largest.argmax())
        raise DataError(
            f"{column_label(column, names)} holds the code {largest[column]:g}, which would make "
            f"more than {MAX_STATES} states: drop the column, or take visible='gaussian'"
        )
    return Layout(tuple(Column(kind="softmax", n_states=int(code) + 1) for code in largest))


def check_codes(
    block: NDArray[Any],
    first_row: int,
    names: Sequence[str] | None,
    n_states: NDArray[np.int64] | None = None,
) -> None:
    """Refuse what is no whole number from 0 up to the last state.

    Raises
    ------
    DataError
        Naming row, column and value.
    """
    known = np.inf if n_states is None else n_states
    wrong = ~np.isnan(block) & ((block < 0) | (block != np.rint(block)) | (block >= known))
    if wrong.any():
        row, column = (int(i) for i in np.argwhere(wrong)[0])
        until = "on" if n_states is None else f"to {int(n_states[column]) - 1}"
        raise DataError(
            f"visible='softmax' needs codes from 0 {until}, but row {first_row + row}, "
            f"{column_label(column, names)} holds {block[row, column]:g}; number the states "
            "with sklearn.preprocessing.OrdinalEncoder, or give a frame with the states' names"
        )


@dataclasses.dataclass(frozen=True)
class _Look:
    """What one column holds."""

    name: Name
    what: Holds
    dtype: str
    ordered: bool
    texts: tuple[Cell, ...] | None
    numbers: NDArray[np.float64]

    @classmethod
    def at(cls, series: Any, name: Name) -> "_Look":
        what = holds(series, name)
        declared = declared_categories(series)
        if what is None or (what == "text" and declared is None and not _any(series)):
            raise DataError(f"column {name!r} holds nothing at all: drop it")
        texts, numbers = None, np.empty(0)
        if what == "text":
            texts = _categories(series, name, declared)
        else:
            numbers = numbers_of(series)
        return cls(name, what, dtype_name(series), is_ordered(series), texts, numbers)

    @property
    def is_probability(self) -> bool:
        """Whether the column holds numbers in [0, 1]."""
        outside = (self.numbers < 0) | (self.numbers > 1)
        return self.texts is None and not bool(outside.any())

    @property
    def is_binary(self) -> bool:
        """Whether the column holds truth values, or nothing but 0 and 1."""
        seen = self.numbers[~np.isnan(self.numbers)]
        return self.what == "bool" or (len(seen) > 0 and bool(np.isin(seen, (0, 1)).all()))

    def column(self, visible: Visible, probabilities: bool) -> Column:
        """Return the column that this one becomes."""
        if self.texts is not None:
            return self._of_texts(self.texts, visible)
        if visible == "softmax":
            return self._of_numbers()
        if self.what == "bool" and self.dtype == "object" and visible != "gaussian":
            return self._categorical("bernoulli", (False, True))
        kind: Kind = "bernoulli" if probabilities or self.is_binary else "gaussian"
        if visible != "auto":
            kind = visible
        return Column(name=self.name, kind=kind, dtype=self.dtype)

    def _of_texts(self, texts: tuple[Cell, ...], visible: Visible) -> Column:
        if visible == "gaussian" or (visible == "bernoulli" and len(texts) > 2):
            need = "numbers" if visible == "gaussian" else "two values in a column"
            raise DataError(
                f"visible={visible!r} needs {need}, but column {self.name!r} holds "
                f"{len(texts)} different texts, such as {texts[0]!r}: take visible='auto'"
            )
        single = visible != "softmax" and len(texts) <= 2
        return self._categorical("bernoulli" if single else "softmax", texts)

    def _of_numbers(self) -> Column:
        if self.what == "bool":
            return self._categorical("softmax", (False, True))
        states = np.unique(self.numbers[~np.isnan(self.numbers)])
        if len(states) > MAX_STATES or (states != np.rint(states)).any():
            raise DataError(
                f"visible='softmax' needs few whole numbers in a column, but column {self.name!r} "
                f"holds {len(states):,} different ones: take visible='auto'"
            )
        whole = self.what == "integer"
        found = [int(state) if whole else float(state) for state in states]
        return self._categorical("softmax", tuple(found))

    def _categorical(self, kind: Kind, categories: tuple[Cell, ...]) -> Column:
        states = max(2, len(categories)) if kind == "softmax" else 1
        return Column(
            name=self.name,
            kind=kind,
            n_states=states,
            categories=categories,
            dtype=self.dtype,
            ordered=self.ordered,
        )


def _any(series: Any) -> bool:
    return any(cell is not None for cell in cells_of(series))


def _categories(series: Any, name: Name, declared: list[Cell] | None) -> tuple[Cell, ...]:
    cells = [cell for cell in cells_of(series) if cell is not None]
    seen = set(cells)
    if len(seen) > MAX_STATES or (len(cells) > _FEW_ROWS and len(seen) > _ID_SHARE * len(cells)):
        raise DataError(
            f"column {name!r} holds {len(seen):,} different texts in {len(cells):,} rows, like a "
            f"name or a number of a row (one is {cells[0]!r}): drop it"
        )
    if declared is None:
        _refuse_spoilt_numbers(series, name)
    if len(seen) < 2:
        only = f"nothing but {cells[0]!r}" if cells else "nothing"
        warnings.warn(
            f"column {name!r} holds {only}, from which nothing can be learned: drop it",
            UserWarning,
            stacklevel=2,
        )
    if declared is None:
        return tuple(sorted(seen, key=str))
    if len(declared) > MAX_STATES:
        raise DataError(
            f"column {name!r} declares {len(declared):,} categories, where {MAX_STATES:,} are the "
            "limit: drop it, or join the rare ones"
        )
    return tuple(declared)


def _refuse_spoilt_numbers(series: Any, name: Name) -> None:
    """Refuse a column of numbers in which a slip of the pen made all of them texts."""
    texts = [(row, str(cell)) for row, cell in enumerate(cells_of(series)) if cell is not None]
    others = [(row, text) for row, text in texts if not is_number(text)]
    if others and len(texts) - len(others) > _NUMBER_SHARE * len(texts):
        row, text = others[0]
        raise DataError(
            f"column {name!r} holds numbers but for {len(others):,} of its cells (row {row} is "
            f"{text[:40]!r}): mend or empty them, or declare the column categorical"
        )
