"""What all recommenders have in common: the verbs that people know them by."""

from collections.abc import Iterable, Mapping
from os import PathLike
from typing import Any, Self

import numpy as np
import torch
from numpy.typing import NDArray

from embudo import container
from embudo.data.ids import UNKNOWN
from embudo.data.ratings import Ratings
from embudo.declarations.beginnings import plain
from embudo.declarations.parameters import check_parameters, parameters
from embudo.errors import DataError, ParameterError
from embudo.kernels import ranking
from embudo.recommenders import asking
from embudo.recommenders.answers import frame
from embudo.recommenders.asking import Asked
from embudo.recommenders.contract import Contract
from embudo.recommenders.explanations import shares
from embudo.recommenders.listing import Lists, listed
from embudo.recommenders.manifest import to_parts
from embudo.recommenders.recommendations import allowed, told


class Recommender(Contract):
    """Base of all recommenders.

    A concrete one is a dataclass that declares its parameters and says how it learns from
    ``ratings_`` and how it scores items for rows of what people have.

    Attributes
    ----------
    ratings_ : Ratings
        What was learned from: ids, titles and who has what.
    """

    def fit(self, ratings: Ratings, *, resume: bool | str | PathLike[str] = False) -> Self:
        """Learn from ratings.

        Parameters
        ----------
        ratings : Ratings
        resume : bool or path, default=False
            For models trained in epochs: True goes on where Ctrl-C interrupted this one; a path
            names the checkpoint to go on from.

        Returns
        -------
        self

        Raises
        ------
        ParameterError
            If a parameter is outside its limits.
        DataError
            If this model cannot use ratings of this kind.
        """
        check_parameters(self)
        if not isinstance(ratings, Ratings):
            raise DataError(
                f"{type(self).__name__} learns from Ratings, not from {type(ratings).__name__}: "
                "make them by Ratings.from_frame"
            )
        have = "implicit" if ratings.is_implicit else "ratings"
        if have not in self.learns_from:
            raise DataError(
                f"{type(self).__name__} needs {' or '.join(self.learns_from)}, but these are "
                f"{have}: choose another model, or name the column of ratings"
            )
        self.ratings_ = ratings
        self._learn(resume)
        self._prepare()
        return self

    def predict(self, users: Any, items: Any) -> NDArray[np.float64]:
        """Return what each user would say of each item, pair by pair.

        Parameters
        ----------
        users, items : sequences of equal length
            Ids; unknown users count as people without a history, unknown items as ones that
            nobody rated.

        Returns
        -------
        values : array of shape (pairs,)
            Ratings on the scale of the data from models of ratings, scores from others; see
            :attr:`kind`.
        """
        self._check_fitted()
        users, items = list(users), list(items)
        if len(users) != len(items):
            raise ParameterError(f"there are {len(users)} users but {len(items)} items: give pairs")
        places: dict[Any, list[int]] = {}
        for place, user in enumerate(users):
            places.setdefault(user, []).append(place)
        codes = self.ratings_.items.codes(items)
        found = np.empty(len(users))
        asked = asking.asked_users(self.ratings_, list(places))
        of_rows = list(places.values())
        start = 0
        for values in self._blocks(asked, self._values):
            for row in values.double().numpy(force=True):
                wanted = np.array(of_rows[start])
                unknown = codes[wanted] == UNKNOWN
                found[wanted] = np.where(unknown, self._of_nothing(row), row[codes[wanted]])
                start += 1
        return found

    def recommend(
        self,
        users: Any = None,
        *,
        history: Mapping[Any, float] | Iterable[Any] | None = None,
        n: int = 10,
        exclude_seen: bool = True,
        exclude: Iterable[Any] = (),
        only: Mapping[str, Any] | None = None,
        strict: bool = False,
    ) -> Any:
        """Return the best items for users, or for somebody with a history.

        Parameters
        ----------
        users : id or sequence of ids, optional
            By default all users, unless there is a history.
        history : mapping of item to rating, or iterable of items, optional
            What somebody never seen rated, or has: items by id or title.
        n : int, default=10
            Items for each.
        exclude_seen : bool, default=True
            Whether what a user, or the history, has already is left out.
        exclude : iterable, default=()
            Further items to leave out, by id or title.
        only : mapping, optional
            What items must have, such as ``{"genre": "Comedy", "year": (1990, 1999)}``.
        strict : bool, default=False
            Whether an unknown user is an error; by default the most popular items are recommended
            instead, and ``source`` says so.

        Returns
        -------
        recommendations : DataFrame
            Columns user, item, title, score, kind, source and reason, best first for each user.

        Raises
        ------
        DataError
            If an item of the history is unknown, or, with ``strict``, a user.
        ParameterError
            If ``n`` is below 1, or no item has what ``only`` asks for.
        """
        self._check_fitted()
        if history is not None and users is not None:
            raise ParameterError("give users or a history, not both")
        asked = self._asked(users, history, strict)
        lists = self.lists(asked, n, exclude_seen=exclude_seen, exclude=exclude, only=only)
        return told(self, asked, lists)

    def lists(
        self,
        asked: Asked,
        n: int,
        *,
        exclude_seen: bool = True,
        exclude: Iterable[Any] = (),
        only: Mapping[str, Any] | None = None,
    ) -> Lists:
        """Return the codes of the best items and their scores, for rows of what people have."""
        if n < 1:
            raise ParameterError(f"n must be a whole number >= 1, but is {n!r}")
        may = allowed(self.ratings_, exclude, only)
        popular = torch.from_numpy(self.ratings_.support.astype(np.float32))
        parts = []
        for start in self._starts(len(asked)):
            some = asked.some(start)
            scores, informed = self._score(some), self._informed(some)
            if not informed.all():
                scores = torch.where(torch.from_numpy(informed)[:, None], scores, popular)
            parts.append(listed(scores, n, may, some.histories if exclude_seen else None, informed))
        return Lists.joined(parts, n)

    def similar(self, item: Any, n: int = 10) -> Any:
        """Return the items that are most like one.

        Parameters
        ----------
        item : id or title
        n : int, default=10

        Returns
        -------
        similar : DataFrame
            Columns item, title and similarity, most similar first.
        """
        self._check_fitted()
        code = asking.item_code(self.ratings_, item)
        similarity = self._similarity(np.array([code]))
        similarity[0, code] = -torch.inf
        codes = ranking.top_n(similarity, n)[0]
        codes = codes[codes != ranking.NOTHING]
        return frame(
            self.ratings_,
            {
                "item": [self.ratings_.items[int(one)] for one in codes],
                "title": [self.ratings_.titles[int(one)] for one in codes],
                "similarity": similarity[0, codes].double().numpy(force=True),
            },
        )

    def explain(self, user: Any, item: Any, n: int = 5) -> Any:
        """Return what of a user's history speaks for, or against, an item.

        Each entry of the history is left out in turn; what the score loses is its share. The item
        itself does not count.

        Parameters
        ----------
        user : id, or a history as in :meth:`recommend`
        item : id or title
        n : int, default=5
            Entries at most, the largest shares first.

        Returns
        -------
        shares : DataFrame
            Columns item, title, rating and share.

        Raises
        ------
        DataError
            If the user or the item is unknown, or has no history.
        """
        self._check_fitted()
        is_history = isinstance(user, Mapping | list | tuple | set)
        asked = self._asked(None if is_history else user, user if is_history else None, True)
        code = asking.item_code(self.ratings_, item)
        asked = asked.without(code)
        row = asked.histories
        if not row.nnz:
            raise DataError(f"user {user!r} has no history that could speak for {item!r}")
        found = shares(self, asked, code)
        order = np.argsort(-np.abs(found), kind="stable")[:n]
        items = row.indices[order]
        return frame(
            self.ratings_,
            {
                "item": [self.ratings_.items[int(one)] for one in items],
                "title": [self.ratings_.titles[int(one)] for one in items],
                "rating": row.data[order].astype(np.float64),
                "share": found[order],
            },
        )

    def save(self, path: str | PathLike[str]) -> None:
        """Write the fitted model to one file; ``embudo.load`` reads it.

        It holds ids, titles and who has what, and needs no other file.

        Raises
        ------
        OutputError
            If the file cannot be written; what stood there before is untouched.
        """
        self._check_fitted()
        container.write(path, *to_parts(self))

    def __repr__(self) -> str:
        """Show the class and the parameters that were chosen."""
        chosen = (
            f"{p.name}={getattr(self, p.name)!r}"
            for p in parameters(type(self))
            if plain(getattr(self, p.name)) != plain(p.default)
        )
        return f"{type(self).__name__}({', '.join(chosen)})"

    def _asked(self, users: Any, history: Any, strict: bool) -> Asked:
        if history is not None:
            return asking.asked_history(self.ratings_, history)
        if users is None:
            return asking.everybody(self.ratings_)
        return asking.asked_users(self.ratings_, users, strict=strict)
