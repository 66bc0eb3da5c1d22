"""Who rated what, and how: the table that recommenders learn from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Literal

import narwhals as nw
import numpy as np
import scipy.sparse
from numpy.typing import NDArray

from embudo.data.catalogue import Catalogue
from embudo.data.frames import cells_of, library_of, series_at
from embudo.data.ids import Ids
from embudo.data.place import Place
from embudo.data.rating_checks import checked_ids, checked_numbers, levels_of
from embudo.errors import DataError

_ROW = Place()


@dataclass(frozen=True, eq=False)
class Ratings:
    """Ratings of items by users, each pair at most once, in order of user and item.

    Attributes
    ----------
    users, items : Ids
        The ids behind the codes.
    user, item : ndarray of shape (ratings,), int64
        Codes of who rated what.
    value : ndarray of shape (ratings,), float32
        How; 1 everywhere if the feedback is implicit.
    time : ndarray of shape (ratings,), float64, or None
        When, in whatever unit it came.
    scale : tuple of float or None
        All levels that a rating may have, ascending; None if the feedback is implicit.
    catalogue : Catalogue or None
        What else is known of items; all of them are among ``items``, rated or not.
    library : str or None
        "pandas" or "polars", if the ratings came as a frame of it.
    people : Catalogue or None
        What else is known of users.
    """

    users: Ids
    items: Ids
    user: NDArray[np.int64]
    item: NDArray[np.int64]
    value: NDArray[np.float32]
    time: NDArray[np.float64] | None = None
    scale: tuple[float, ...] | None = None
    catalogue: Catalogue | None = None
    library: str | None = None
    people: Catalogue | None = None

    @classmethod
    def from_frame(
        cls,
        frame: Any,
        *,
        user: str = "user",
        item: str = "item",
        rating: str | None = "rating",
        time: str | None = None,
        scale: Sequence[float] | None = None,
        items: Any = None,
        people: Any = None,
        duplicates: Literal["refuse", "last"] = "refuse",
    ) -> "Ratings":
        """Take ratings from a frame of pandas or polars.

        Parameters
        ----------
        frame : DataFrame
            One rating a row.
        user, item : str
            Names of the columns of ids: whole numbers, texts or UUIDs.
        rating : str or None
            Name of the column of ratings; None for implicit feedback, where a row says that there
            was something.
        time : str, optional
            Name of the column that says when.
        scale : sequence of float, optional
            All levels that a rating may have; by default those that occur.
        items : DataFrame or Catalogue, optional
            One item a row, with its id and whatever else is known of it.
        people : DataFrame or Catalogue, optional
            One user a row, likewise.
        duplicates : {"refuse", "last"}, default="refuse"
            Whether a pair that is rated twice is an error, or the last rating counts, by time if
            there is one.

        Raises
        ------
        DataError
            If a column is not there, an id or a rating is missing or outside the scale, or a pair
            occurs twice; the message names rows, from 0.
        """
        names = list(nw.from_native(frame, eager_only=True).columns)
        wanted = [name for name in (user, item, rating, time) if name is not None]
        for name in wanted:
            if name not in names:
                raise DataError(f"there is no column {name!r}: choose from {', '.join(names)}")
        column = {name: series_at(frame, names.index(name)) for name in wanted}
        ids = [checked_ids(cells_of(column[user]), user), checked_ids(cells_of(column[item]), item)]
        catalogue = _catalogue(items, item)
        listed = () if catalogue is None else catalogue.items
        users, all_items = Ids.found_in(ids[0], "user"), Ids.found_in([*ids[1], *listed], "item")
        value = np.ones(len(frame)) if rating is None else checked_numbers(column[rating], rating)
        found, _ = cls.of_codes(
            users,
            all_items,
            users.codes(ids[0]),
            all_items.codes(ids[1]),
            value,
            None if time is None else checked_numbers(column[time], time),
            is_implicit=rating is None,
            scale=scale,
            name=rating or "",
            keep_last=duplicates == "last",
            catalogue=catalogue,
            library=library_of(frame),
        )
        return replace(found, people=_catalogue(people, user, "user"))

    @classmethod
    def from_matrix(cls, matrix: Any, *, implicit: bool = False) -> "Ratings":
        """Take ratings from a sparse matrix of users and items; entries not stored are missing.

        Ids are the numbers of rows and columns. With ``implicit=True`` every entry counts as 1.
        """
        entries = scipy.sparse.coo_array(matrix)
        value = np.ones(entries.nnz) if implicit else np.asarray(entries.data, np.float64)
        if not np.isfinite(value).all():
            raise DataError("a rating of the matrix is missing or infinite: leave it out")
        found, _ = cls.of_codes(
            Ids(range(entries.shape[0]), "user"),
            Ids(range(entries.shape[1]), "item"),
            entries.row.astype(np.int64),
            entries.col.astype(np.int64),
            value,
            is_implicit=implicit,
            name="value",
        )
        return found

    @classmethod
    def of_codes(
        cls,
        users: Ids,
        items: Ids,
        user: NDArray[np.int64],
        item: NDArray[np.int64],
        value: NDArray[np.float64],
        time: NDArray[np.float64] | None = None,
        *,
        is_implicit: bool = False,
        scale: Sequence[float] | None = None,
        name: str = "rating",
        keep_last: bool = False,
        place: Place = _ROW,
        catalogue: Catalogue | None = None,
        library: str | None = None,
    ) -> tuple["Ratings", int]:
        """Take ratings whose users and items are codes already.

        Parameters
        ----------
        users, items : Ids
        user, item : ndarray of shape (ratings,), int64
        value : ndarray of shape (ratings,)
        time : ndarray of shape (ratings,), optional
        is_implicit : bool, default=False
        scale : sequence of float, optional
            All levels that a rating may have; by default those that occur.
        name : str, default="rating"
            What messages call the column of ratings.
        keep_last : bool, default=False
            Whether the last rating of a pair counts, by time if there is one, in place of an error.
        place : Place
            How messages call where a rating stands.
        catalogue : Catalogue, optional
        library : str, optional

        Returns
        -------
        ratings : Ratings
        again : int
            How many ratings gave way to a later one of the same pair.

        Raises
        ------
        DataError
            If a rating is outside the scale, or a pair occurs twice.
        """
        levels = None if is_implicit else levels_of(value, scale, name, place)
        order = np.lexsort((item, user) if time is None else (time, item, user))
        user, item = user[order], item[order]
        again = (np.diff(user) == 0) & (np.diff(item) == 0)
        if again.any() and not keep_last:
            at = int(np.argmax(again))
            both = np.sort(order[at : at + 2])
            raise DataError(
                f"user {users[int(user[at])]!r} rated item {items[int(item[at])]!r} twice "
                f"({place.of(both)}; {int(again.sum()):,} such pairs): keep one rating a pair, "
                "or let the last one count by duplicates='last', in a shell --duplicates last"
            )
        kept = np.append(~again, True)[: len(order)]
        order, user, item = order[kept], user[kept], item[kept]
        when = None if time is None else time[order]
        found = cls(
            users, items, user, item, value[order].astype(np.float32), when, levels, catalogue,
            library,
        )  # fmt: skip
        return found, int(again.sum())

    def __len__(self) -> int:
        """Return the number of ratings."""
        return len(self.value)

    @property
    def is_implicit(self) -> bool:
        """Whether there is only who had what, and no rating."""
        return self.scale is None

    @property
    def matrix(self) -> scipy.sparse.csr_array:
        """Return the ratings as a sparse matrix of users and items, float32."""
        shape = (len(self.users), len(self.items))
        return scipy.sparse.csr_array((self.value, (self.user, self.item)), shape=shape)

    def select(self, rows: NDArray[Any]) -> "Ratings":
        """Return some of the ratings, of the same users and items and on the same scale."""
        when = None if self.time is None else self.time[rows]
        chosen = {"user": self.user[rows], "item": self.item[rows], "value": self.value[rows]}
        return replace(self, **chosen, time=when)

    def positives(self, threshold: float) -> "Ratings":
        """Return the ratings from a threshold on as implicit feedback."""
        kept = self.select(np.flatnonzero(self.value >= threshold))
        return replace(kept, value=np.ones(len(kept), np.float32), scale=None)

    def group(self, only: Mapping[str, Any]) -> list[Any]:
        """Return the ids of the users who have what is asked for.

        Parameters
        ----------
        only : mapping
            As in :meth:`Catalogue.matching`, such as ``{"job": "student", "age": (18, 25)}``.

        Raises
        ------
        DataError
            If there is no table of users.
        ParameterError
            If it has no such column, or nobody matches.
        """
        if self.people is None:
            raise DataError(
                "nothing is known of users but their ratings: give a table of them by people=, in "
                "a shell by --people"
            )
        listed = np.flatnonzero(self.people.matching(only))
        return [self.people.items[int(place)] for place in listed]

    @cached_property
    def titles(self) -> list[str]:
        """The title of each item; its id in words where it has none."""
        known = {} if self.catalogue is None else self.catalogue.titles
        return [known.get(one, str(one)) for one in self.items]

    @cached_property
    def support(self) -> NDArray[np.int64]:
        """How many users rated each item."""
        return np.bincount(self.item, minlength=len(self.items))


def _catalogue(items: Any, item: str, what: str = "item") -> Catalogue | None:
    if items is None or isinstance(items, Catalogue):
        return items
    named = [str(name) for name in nw.from_native(items, eager_only=True).columns]
    return Catalogue.from_frame(items, item=item if item in named else None, what=what)
