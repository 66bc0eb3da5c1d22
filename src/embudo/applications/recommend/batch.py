"""Write recommendations for many users to a file."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from embudo.applications.listener import SILENT, Listener
from embudo.applications.recommend.models import load_recommender
from embudo.data.table_writers import open_table_writer
from embudo.data.writers import harmless
from embudo.errors import DataError, ParameterError
from embudo.kernels.ranking import NOTHING
from embudo.recommenders.asking import Asked, asked_users, everybody
from embudo.recommenders.base import Recommender

_AT_ONCE = 4096  # users between two words of progress


@dataclass(frozen=True, kw_only=True)
class BatchRequest:
    """Who is told what, and where it goes.

    Parameters
    ----------
    model : Path
    out : Path
        Ending in ``.csv`` or ``.parquet``.
    users : Path, optional
        A file with one id a line; by default all users.
    who : mapping, optional
        What users must have, of the table of users that the model was trained with.
    n : int, default=20
        Places of a list.
    """

    model: Path
    out: Path
    users: Path | None = None
    who: Mapping[str, Any] = field(default_factory=dict)
    n: int = 20


@dataclass(frozen=True, kw_only=True)
class BatchResult:
    """What was written.

    Attributes
    ----------
    out : Path
    n_users, n_unknown, n_rows : int
        Unknown users were told what is popular.
    seconds : float
    """

    out: Path
    n_users: int
    n_unknown: int
    n_rows: int
    seconds: float


def batch(request: BatchRequest, listener: Listener = SILENT) -> BatchResult:
    """Write user, item, title, score, rank and source, one row a recommendation.

    Raises
    ------
    EmbudoError
        If the model or the users cannot be read, or the file cannot be written; what stood there
        before is untouched then.
    """
    started = time.perf_counter()
    if request.n < 1:
        raise ParameterError(f"n must be a whole number >= 1, but is {request.n}")
    model = load_recommender(request.model)
    asked = _asked(model, request)
    n_rows = 0
    with open_table_writer(request.out) as writer:
        for start in range(0, len(asked), _AT_ONCE):
            some = asked.some(slice(start, start + _AT_ONCE))
            table = _table(model, some, request.n)
            if request.out.suffix.lower() == ".csv":
                table = {name: _unformulated(cells) for name, cells in table.items()}
            n_rows += len(table["rank"])
            writer.write(table)
            listener.rows(min(start + _AT_ONCE, len(asked)), len(asked))
    return BatchResult(
        out=request.out,
        n_users=len(asked),
        n_unknown=int((asked.codes < 0).sum()),
        n_rows=n_rows,
        seconds=time.perf_counter() - started,
    )


def _asked(model: Recommender, request: BatchRequest) -> Asked:
    if request.who:
        return asked_users(model.ratings_, model.ratings_.group(request.who))
    path = request.users
    if path is None:
        return everybody(model.ratings_)
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as fault:
        raise DataError(f"{path} cannot be read as a list of users ({fault})") from None
    users = [line.strip() for line in lines if line.strip()]
    if not users:
        raise DataError(f"{path} names no user: write one id a line")
    return asked_users(model.ratings_, users)


def _table(model: Recommender, asked: Asked, n: int) -> dict[str, Any]:
    lists, ratings = model.lists(asked, n), model.ratings_
    row, place = np.nonzero(lists.items != NOTHING)
    codes = lists.items[row, place]
    ids, titles = np.array(list(ratings.items), object), np.array(ratings.titles, object)
    labels = np.array(asked.labels, object)
    sources = np.where(lists.informed[row], model._sources()[codes], "popular")
    return {
        "user": _plain(labels[row]),
        "item": _plain(ids[codes]),
        "title": titles[codes].tolist(),
        "rank": (place + 1).tolist(),
        "score": lists.scores[row, place].astype(np.float64).tolist(),
        "source": sources.tolist(),
    }


def _unformulated(cells: list[Any]) -> list[Any]:
    """Return cells of which no spreadsheet takes one for a formula."""
    return [harmless(cell) if isinstance(cell, str) else cell for cell in cells]


def _plain(ids: Any) -> list[Any]:
    return [one if isinstance(one, int) else str(one) for one in ids.tolist()]
