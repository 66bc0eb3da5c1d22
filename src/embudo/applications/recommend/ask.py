"""Ask a saved recommender: for users, for a history, what is similar, and why."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import narwhals as nw

from embudo.applications.listener import SILENT, Listener
from embudo.applications.recommend.models import load_recommender
from embudo.data.ids import UNKNOWN
from embudo.data.ratings import Ratings
from embudo.errors import DataError, ParameterError
from embudo.recommenders.base import Recommender
from embudo.recommenders.titles import find_item

Chooser = Callable[[str, Sequence[str]], str | None]
"""From words and the titles that they may mean to the one meant, or None."""


def no_choice(words: str, titles: Sequence[str]) -> str | None:
    """Choose nothing, where there is nobody to ask."""
    return None


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What may be on a list.

    Parameters
    ----------
    n : int, default=10
        Places.
    only : mapping, optional
        What items must have, such as ``{"genre": "Comedy"}``.
    exclude : sequence of str
        Items to leave out, by id or title.
    exclude_seen : bool, default=True
        Whether what somebody has already is left out.
    strict : bool, default=False
        Whether an unknown user is an error.
    """

    n: int = 10
    only: Mapping[str, Any] = field(default_factory=dict)
    exclude: Sequence[str] = ()
    exclude_seen: bool = True
    strict: bool = False


@dataclass(frozen=True, kw_only=True)
class Answer:
    """Rows of an answer, and what was asked.

    Attributes
    ----------
    model : str
        Name of the model's class.
    about : str
        Whom or what it is about, in words.
    rows : list of dict
        One a place, best first.
    history : list of dict
        What the person has, if it was asked with a history.
    """

    model: str
    about: str
    rows: list[dict[str, Any]]
    history: list[dict[str, Any]] = field(default_factory=list)


def for_users(path: Path, users: Sequence[str], wish: Wish) -> Answer:
    """Return the best items for users.

    Raises
    ------
    EmbudoError
        If the model cannot be read, or, with ``strict``, a user is unknown.
    """
    model = load_recommender(path)
    found = model.recommend(list(users), **_wished(model, wish))
    return Answer(model=type(model).__name__, about=_people(model, users), rows=_rows(found))


def for_history(
    path: Path,
    words: Sequence[str],
    wish: Wish,
    choose: Chooser = no_choice,
    listener: Listener = SILENT,
) -> Answer:
    """Return the best items for somebody who has these; "title=4.5" gives a rating.

    Raises
    ------
    DataError
        If a title is unknown or could be several, and nobody chooses.
    """
    model = load_recommender(path)
    history = dict(_rated(model.ratings_, one, choose, listener) for one in words)
    found = model.recommend(history=history, **_wished(model, wish))
    ratings = model.ratings_
    has = [
        {"item": item, "title": ratings.titles[ratings.items.code(item)], "rating": value}
        for item, value in history.items()
    ]
    about = f"somebody who has {_counted(len(history))}"
    return Answer(model=type(model).__name__, about=about, rows=_rows(found), history=has)


def similar_to(
    path: Path, words: str, n: int, choose: Chooser = no_choice, listener: Listener = SILENT
) -> Answer:
    """Return the items most like one."""
    model = load_recommender(path)
    item = _item(model.ratings_, words, choose, listener)
    if n < 1:
        raise ParameterError(f"n must be a whole number >= 1, but is {n}")
    title = model.ratings_.titles[model.ratings_.items.code(item)]
    return Answer(model=type(model).__name__, about=title, rows=_rows(model.similar(item, n)))


def explained(
    path: Path,
    user: str,
    words: str,
    n: int,
    choose: Chooser = no_choice,
    listener: Listener = SILENT,
) -> Answer:
    """Return what of a user's history speaks for an item.

    Raises
    ------
    DataError
        If the user or the item is unknown.
    """
    model = load_recommender(path)
    item = _item(model.ratings_, words, choose, listener)
    found = model.explain(user, item, n)
    title = model.ratings_.titles[model.ratings_.items.code(item)]
    return Answer(model=type(model).__name__, about=f"{title}, for user {user}", rows=_rows(found))


def _wished(model: Recommender, wish: Wish) -> dict[str, Any]:
    exclude = [_item(model.ratings_, one, no_choice, SILENT) for one in wish.exclude]
    return {
        "n": wish.n,
        "only": dict(wish.only) or None,
        "exclude": exclude,
        "exclude_seen": wish.exclude_seen,
        "strict": wish.strict,
    }


def _rated(ratings: Ratings, words: str, choose: Chooser, listener: Listener) -> tuple[Any, float]:
    """Return an item and its rating, the best one if none was given."""
    title, equals, value = words.rpartition("=")
    best = 1.0 if ratings.scale is None else ratings.scale[-1]
    try:
        rating = float(value) if equals else best
    except ValueError:  # the sign belongs to the title
        title, equals, rating = words, "", best
    return _item(ratings, title if equals else words, choose, listener), rating


def _item(ratings: Ratings, words: str, choose: Chooser, listener: Listener) -> Any:
    found = find_item(ratings, words)
    if found.code == UNKNOWN and found.close:
        chosen = choose(words, found.close)
        if chosen is None:
            titles = "; ".join(found.close)
            raise DataError(f"{words!r} could be several or none of the titles: {titles}")
        return ratings.items[ratings.titles.index(chosen)]
    if found.code == UNKNOWN:
        raise DataError(f"there is no item or title like {words!r}: write more of it, or its id")
    title = ratings.titles[found.code]
    if title != words and str(ratings.items[found.code]) != words:
        listener.note(f"{words!r} was taken for {title!r}")
    return ratings.items[found.code]


def _people(model: Recommender, users: Sequence[str]) -> str:
    known = [user for user in users if user in model.ratings_.users]
    if len(users) > 1:
        return f"{len(users)} users, {len(users) - len(known)} of them unknown"
    if not known:
        return f"user {users[0]}, who is unknown: what is popular"
    count = int((model.ratings_.user == model.ratings_.users.code(users[0])).sum())
    return f"user {users[0]}, who has {_counted(count)}"


def _counted(n: int) -> str:
    return f"{n:,} item" if n == 1 else f"{n:,} items"


def _rows(frame: Any) -> list[dict[str, Any]]:
    return list(nw.from_native(frame, eager_only=True).iter_rows(named=True))
