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
from embudo.applications.sources import DataRequest, fitted_to, model_names
from embudo.data.source import Matrix, Source
from embudo.data.table_writers import open_table_writer
from embudo.data.writers import open_writer
from embudo.estimators.base import Estimator

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
    """A row, counted from 0, its score, and the columns that make it unusual, if it is.

    ``file`` names the picture that the row is, in a folder of pictures.
    """

    row: int
    score: float
    columns: tuple[str, ...]
    file: str | None = None


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

    A row's score is a sum over its columns: of log p(entry | the row's other entries), or, of a
    model with several hidden layers and of every autoencoder, of minus the Kullback-Leibler
    divergence from entry to reconstruction. The columns that make it unusual are those whose terms
    lie furthest below the mean of their column (over the first block of rows), by at least one
    nat; where only all columns together lack a nat, the strongest of them. Pictures in a folder
    are named by their files. A ``.npy`` file gets row and score alone.

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
    reasons = Reasons(_names(model, source))
    terms = map(model.score_columns, rows_of(source, model, listener))
    scores = np.concatenate([reasons.add(block) for block in terms])
    order = np.argsort(scores, kind="stable")
    _write(request.out, order, scores, reasons, source.files)
    return ScoreResult(
        out=request.out,
        n_rows=len(scores),
        mean=float(scores.mean()),
        lowest=float(scores.min()),
        median=float(np.median(scores)),
        highest=float(scores.max()),
        oddest=tuple(
            RowScore(
                row=row,
                score=float(scores[row]),
                columns=reasons.of(row),
                file=source.files[row] if source.files else None,
            )
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


def _names(model: Estimator, source: Source) -> Sequence[str]:
    """Return what the columns are called: in pictures, places such as y3x12."""
    if source.image_shape is None or model_names(model) is not None:
        return column_names_of(model)
    height, width, *channels = source.image_shape
    colours = (" red", " green", " blue") if channels == [3] else ("",)
    names = [f"y{y}x{x}{colour}" for y in range(height) for x in range(width) for colour in colours]
    return names if len(names) == source.n_features else column_names_of(model)


def _write(
    path: Path, order: Any, scores: Matrix, reasons: Reasons, files: tuple[str, ...] | None
) -> None:
    if path.suffix.lower() == ".npy":
        with open_writer(path, len(order), ("row", "score"), np.float64) as writer:
            writer.write(np.stack([order, scores[order]], axis=1))
        return
    rows = order.tolist()
    columns = {
        **({"file": [files[row] for row in rows]} if files else {}),
        "row": rows,
        "score": scores[order].tolist(),
        "unusual": ["; ".join(reasons.of(row)) for row in rows],
    }
    with open_table_writer(path) as table:
        table.write(columns)
