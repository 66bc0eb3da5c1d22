"""Who is asked for: users by their ids, or somebody by a history, as rows of what they have."""

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.sparse
from numpy.typing import NDArray

from embudo.data.ids import UNKNOWN
from embudo.data.ratings import Ratings
from embudo.errors import DataError, ParameterError


@dataclass(frozen=True, eq=False)
class Asked:
    """Rows of what somebody has.

    Attributes
    ----------
    labels : list
        What an answer calls each row: a user's id, or None for a history.
    codes : ndarray of shape (rows,), int64
        The users' codes; UNKNOWN for whoever was not trained on.
    histories : csr_array of shape (rows, items)
    """

    labels: list[Any]
    codes: NDArray[np.int64]
    histories: scipy.sparse.csr_array

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.labels)

    def some(self, rows: slice | NDArray[np.int64]) -> "Asked":
        """Return some of the rows."""
        numbers = np.arange(len(self))[rows]
        labels = [self.labels[number] for number in numbers]
        return Asked(labels, self.codes[numbers], self.histories[numbers])

    def without(self, item: int) -> "Asked":
        """Return the same rows without one item."""
        rest = self.histories.tolil(copy=True)
        rest[:, [item]] = 0
        found = scipy.sparse.csr_array(rest)
        found.eliminate_zeros()
        return Asked(self.labels, self.codes, found)

    def as_strangers(self) -> "Asked":
        """Return the same histories of people who were not trained on."""
        return Asked(self.labels, np.full_like(self.codes, UNKNOWN), self.histories)


def asked_users(ratings: Ratings, users: Any, *, strict: bool = False) -> Asked:
    """Return the rows of users.

    Raises
    ------
    DataError
        With ``strict``, if a user is unknown.
    """
    labels = list(users) if _is_many(users) else [users]
    codes = np.array(
        [ratings.users.known(one) if strict else ratings.users.code(one) for one in labels],
        np.int64,
    )
    known = scipy.sparse.vstack(
        [ratings.matrix, scipy.sparse.csr_array((1, len(ratings.items)), dtype=np.float32)]
    ).tocsr()
    return Asked(labels, codes, scipy.sparse.csr_array(known[codes]))  # the last row is empty


def everybody(ratings: Ratings) -> Asked:
    """Return the rows of all users."""
    codes = np.arange(len(ratings.users))
    return Asked(list(ratings.users), codes, ratings.matrix)


def asked_history(ratings: Ratings, history: Mapping[Any, float] | Iterable[Any]) -> Asked:
    """Return the row of somebody who rated, or has, these items.

    Parameters
    ----------
    ratings : Ratings
    history : mapping of item to rating, or iterable of items
        Items by id or by title. Without ratings, each item has the best one.

    Raises
    ------
    DataError
        If an item is unknown, a title is that of several items, or a rating is not on the scale.
    """
    best = 1.0 if ratings.scale is None else ratings.scale[-1]
    pairs = dict(history) if isinstance(history, Mapping) else dict.fromkeys(history, best)
    row = {item_code(ratings, item): _level(ratings, item, value) for item, value in pairs.items()}
    columns = np.array(sorted(row), np.int64)
    values = np.array([row[column] for column in columns], np.float32)
    shape = (1, len(ratings.items))
    matrix = scipy.sparse.csr_array((values, (np.zeros_like(columns), columns)), shape=shape)
    return Asked([None], np.array([UNKNOWN]), matrix)


def item_code(ratings: Ratings, item: Any) -> int:
    """Return the code of an item, given by its id or its title.

    Raises
    ------
    DataError
        If there is none, or several items have the title; the message names those meant perhaps.
    """
    code = ratings.items.code(item) if isinstance(item, str) or not _is_many(item) else UNKNOWN
    if code != UNKNOWN:
        return code
    named = [code for code, title in enumerate(ratings.titles) if title == item]
    if not named and isinstance(item, str):
        lower = item.lower()
        named = [code for code, title in enumerate(ratings.titles) if title.lower() == lower]
    if len(named) > 1:
        ids = ", ".join(repr(ratings.items[code]) for code in named)
        raise DataError(f"several items are called {item!r}: give one of the ids {ids}")
    if named:
        return named[0]
    close = titles_like(ratings, str(item), 3)
    titled = ratings.catalogue is not None and bool(ratings.catalogue.titles)
    hint = (
        f"did you mean {' or '.join(map(repr, close))}?" if close else "give an id of the ratings"
    )
    raise DataError(f"there is no item {item!r}: {hint}" if titled else _no_title(ratings, item))


def titles_like(ratings: Ratings, words: str, most: int) -> list[str]:
    """Return the titles that are most like some words, best first."""
    asked = words.lower()
    by_lower = {title.lower(): title for title in reversed(ratings.titles)}
    beginning = sorted((t for t in by_lower if t.startswith(asked)), key=len)
    within = sorted((t for t in by_lower if asked in t), key=len)
    close = difflib.get_close_matches(asked, by_lower, most, cutoff=0.6)
    found = list(dict.fromkeys([*beginning, *within, *close]))[:most]
    return [by_lower[title] for title in found]


def _no_title(ratings: Ratings, item: Any) -> str:
    try:
        ratings.items.known(item)
    except DataError as error:
        return str(error)
    return f"there is no item {item!r}"


def _level(ratings: Ratings, item: Any, value: float) -> float:
    scale = ratings.scale
    if scale is None:
        return 1.0
    if isinstance(value, bool) or not isinstance(value, int | float | np.number):
        raise DataError(f"{value!r} is no rating of {item!r}: give a number")
    if not scale[0] <= value <= scale[-1]:
        raise ParameterError(
            f"{item!r} cannot be rated {value:g}: ratings go from {scale[0]:g} to {scale[-1]:g}"
        )
    return float(value)


def _is_many(value: Any) -> bool:
    return hasattr(value, "__iter__") and not isinstance(value, str)
