"""Say how well a saved model knows each row."""

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from embudo.applications.listener import SILENT, Listener
from embudo.applications.outputs import check_table_path, write_rows
from embudo.applications.sources import DataRequest, fitted_to, framed, model_names
from embudo.data.source import Matrix
from embudo.storage import load

_LISTED = 5


@dataclass(frozen=True, kw_only=True)
class ScoreRequest:
    """Which model, which data, and where the scores go: ``.npy``, ``.csv`` or ``.parquet``."""

    model: Path
    data: DataRequest
    out: Path


@dataclass(frozen=True, kw_only=True)
class RowScore:
    """A row, counted from 0, and its score."""

    row: int
    score: float


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
    """Score the data block by block; only the scores themselves are kept in memory.

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
    model: Any = load(request.model)
    source = fitted_to(request.data.open(listener), model, listener)
    names = model_names(model)
    parts: list[Matrix] = []

    def of_rows(rows: Matrix) -> Matrix:
        parts.append(model.score_samples(framed(rows, names)))
        return parts[-1][:, None]

    write_rows(request.out, source, of_rows, ("score",), listener)
    scores = np.concatenate(parts)
    order = np.argsort(scores, kind="stable")[:_LISTED]
    return ScoreResult(
        out=request.out,
        n_rows=len(scores),
        mean=float(scores.mean(dtype=np.float64)),
        lowest=float(scores.min()),
        median=float(np.median(scores)),
        highest=float(scores.max()),
        oddest=tuple(RowScore(row=int(row), score=float(scores[row])) for row in order),
        seconds=time.perf_counter() - started,
    )
