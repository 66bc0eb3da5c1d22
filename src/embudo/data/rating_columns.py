"""Which columns of a table are users, items, ratings and times: as named, or by usual names."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from embudo.errors import DataError

_USUAL = {
    "user": ("user", "userid", "uid", "customer", "customerid", "member", "memberid", "account",
             "accountid", "person", "reader", "listener", "visitor", "visitorid", "u"),
    "item": ("item", "itemid", "iid", "movie", "movieid", "film", "filmid", "product", "productid",
             "sku", "isbn", "book", "bookid", "song", "songid", "track", "trackid", "artist",
             "artistid", "article", "articleid", "asin", "i"),
    "rating": ("rating", "ratings", "stars", "score", "rate", "bookrating", "r"),
    "time": ("timestamp", "time", "date", "datetime", "ts", "ratedat", "createdat", "t"),
}  # fmt: skip


@dataclass(frozen=True)
class Named:
    """Names of the columns that matter; without ``rating``, that there is a line is a like."""

    user: str
    item: str
    rating: str | None
    time: str | None

    @property
    def all(self) -> tuple[str, ...]:
        """Return the names that are there."""
        return tuple(
            name for name in (self.user, self.item, self.rating, self.time) if name is not None
        )


def named_columns(
    path: object,
    columns: Sequence[str],
    *,
    user: str | None = None,
    item: str | None = None,
    rating: str | None = None,
    time: str | None = None,
    implicit: bool = False,
) -> tuple[Named, str]:
    """Return the columns that are named, and by usual names those that are not, and say which.

    Raises
    ------
    DataError
        If a name is not among the columns, or there is no usual name for users or items.
    """
    asked = {"user": user, "item": item, "rating": rating, "time": time}
    found = {}
    for role, name in asked.items():
        if name is not None and name not in columns:
            raise DataError(
                f"{path} has no column {name!r} for --{role}: choose from {', '.join(columns)}"
            )
        left = [column for column in columns if column not in asked.values()]
        found[role] = _usual(left, role) if name is None else name
    if implicit:
        found["rating"] = None
    for role in ("user", "item"):
        if found[role] is None:
            raise DataError(
                f"{path} has no column that is called like a {role}: name one of "
                f"{', '.join(columns)} by --{role}"
            )
    named = Named(str(found["user"]), str(found["item"]), found["rating"], found["time"])
    guessed = [role for role, name in asked.items() if name is None and found[role] is not None]
    return named, _said(named, guessed)


def _usual(columns: Sequence[str], role: str) -> str | None:
    plain = {re.sub(r"[^a-z0-9]", "", column.lower()): column for column in reversed(columns)}
    return next((plain[name] for name in _USUAL[role] if name in plain), None)


def _said(named: Named, guessed: Sequence[str]) -> str:
    words = ", ".join(f"{role}: {getattr(named, role)}" for role in guessed)
    said = [f"columns were taken by their names ({words})"] if words else []
    if named.rating is None:
        said.append("there is no column of ratings: each line says that an item is liked")
    return "; ".join(said)
