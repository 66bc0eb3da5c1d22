"""Say how well a saved model knows each row, and which columns make a row unusual."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from embudo.applications.able import load_able
from embudo.applications.listener import SILENT, Listener
from embudo.applications.outputs import check_table_path
from embudo.applications.rows import column_names_of, rows_of
from embudo.applications.sources import DataRequest, fitted_to
from embudo.data.source import Matrix
from embudo.data.table_writers import open_table_writer
from embudo.data.writers import open_writer

_LISTED = 5
_NAMED = 3  # columns that are told of an unusual row
_UNUSUAL = 1.0  # nats that an entry has to lack beside its column's usual entries


@dataclass(frozen=True, kw_only=True)
class ScoreRequest:
    """Which model, which data, and where the scores go: ``.npy``, ``.csv`` or ``.parquet``."""

    model: Path
    data: DataRequest
    out: Path


@dataclass(frozen=True, kw_only=True)
class RowScore:
    """A row, counted from 0, its score, and the columns that make it unusual, if it is."""

    row: int
    score: float
    columns: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class ScoreResult:
    """What was written, and a summary of it.

    Attributes
    ----------
    out : Path
    n_rows : int
    mean, lowest, median, highest : float
        Of the scores; higher is more probable.
    oddest : tuple of RowScore
        The rows with the lowest scores, lowest first.
    seconds : float
    """

    out: Path
    n_rows: int
    mean: float
    lowest: float
    median: float
    highest: float
    oddest: tuple[RowScore, ...]
    seconds: float


def score(request: ScoreRequest, listener: Listener = SILENT) -> ScoreResult:
    """Score the data block by block, and write the rows' scores, most unusual rows first.

    A row's score is the sum over its columns of log p(entry | the row's other entries). The
    columns that make it unusual are those whose terms lie furthest below the mean of their column
    (over the first block of rows), by at least one nat; where only all columns together lack a
    nat, the strongest of them. A ``.npy`` file gets row and score alone.

    Parameters
    ----------
    request : ScoreRequest
    listener : Listener

    Returns
    -------
    ScoreResult

    Raises
    ------
    EmbudoError
        If model, data or path cannot be used; nothing is written then.
    """
    started = time.perf_counter()
    check_table_path(request.out, request.data.name)
    model = load_able(request.model, "score_columns")
    source = fitted_to(request.data.open(listener), model, listener)
    reasons = Reasons(column_names_of(model))
    terms = map(model.score_columns, rows_of(source, model, listener))
    scores = np.concatenate([reasons.add(block) for block in terms])
    order = np.argsort(scores, kind="stable")
    _write(request.out, order, scores, reasons)
    return ScoreResult(
        out=request.out,
        n_rows=len(scores),
        mean=float(scores.mean()),
        lowest=float(scores.min()),
        median=float(np.median(scores)),
        highest=float(scores.max()),
        oddest=tuple(
            RowScore(row=row, score=float(scores[row]), columns=reasons.of(row))
            for row in order[:_LISTED].tolist()
        ),
        seconds=time.perf_counter() - started,
    )


class Reasons:
    """Remembers, of every row, the few columns that make it unusual."""

    def __init__(self, names: Sequence[str]) -> None:
        self._names = names
        self._usual: Matrix | None = None
        self._places: list[Matrix] = []

    def add(self, terms: Matrix) -> Matrix:
        """Take the terms of the next rows, and return these rows' scores."""
        if self._usual is None:
            seen = np.maximum(np.count_nonzero(terms, axis=0), 1)  # a missing entry counts 0
            self._usual = terms.sum(0, dtype=np.float64) / seen
        lack = terms - self._usual
        count = min(_NAMED, lack.shape[1])
        places = np.argsort(lack, axis=1, kind="stable")[:, :count].astype(np.int32)
        usual = np.take_along_axis(lack, places, 1) > -_UNUSUAL
        usual[:, 0] &= lack.sum(1) > -_UNUSUAL  # many small reasons: the strongest is told
        places[usual] = -1
        self._places.extend(places)
        scores: Matrix = terms.sum(1, dtype=np.float64)
        return scores

    def of(self, row: int) -> tuple[str, ...]:
        """Return the columns that make a row unusual, the strongest reason first."""
        return tuple(self._names[place] for place in self._places[row].tolist() if place >= 0)


def _write(path: Path, order: Any, scores: Matrix, reasons: Reasons) -> None:
    if path.suffix.lower() == ".npy":
        with open_writer(path, len(order), ("row", "score"), np.float64) as writer:
            writer.write(np.stack([order, scores[order]], axis=1))
        return
    rows = order.tolist()
    columns = {
        "row": rows,
        "score": scores[order].tolist(),
        "unusual": ["; ".join(reasons.of(row)) for row in rows],
    }
    with open_table_writer(path) as table:
        table.write(columns)
