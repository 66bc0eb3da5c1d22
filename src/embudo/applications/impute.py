"""Fill the holes of a table with a saved model."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from embudo.applications.able import load_able
from embudo.applications.listener import SILENT, Listener
from embudo.applications.outputs import check_table_path
from embudo.applications.rows import check_form, codes_of, rows_of, write_results
from embudo.applications.sources import DataRequest, column_names, fitted_to


@dataclass(frozen=True, kw_only=True)
class ImputeRequest:
    """What to fill.

    Parameters
    ----------
    model : Path
    data : DataRequest
    out : Path
        ``.npy``, ``.csv`` or ``.parquet``.
    steps : int, optional
        Gibbs sweeps with the known entries held fast, or reconstructions one after the other; by
        default as many as the model takes for enough.
    seed : int, optional
        By default that of the training.
    """

    model: Path
    data: DataRequest
    out: Path
    steps: int | None = None
    seed: int | None = None


@dataclass(frozen=True, kw_only=True)
class ImputeResult:
    """The file written, its shape, how many entries were filled, and the seconds it took."""

    out: Path
    n_rows: int
    n_columns: int
    n_filled: int
    seconds: float


def impute(request: ImputeRequest, listener: Listener = SILENT) -> ImputeResult:
    """Fill missing entries, and only those, block by block.

    Parameters
    ----------
    request : ImputeRequest
    listener : Listener

    Returns
    -------
    ImputeResult

    Raises
    ------
    EmbudoError
        If model, data, numbers or path cannot be used; nothing is written then.
    """
    started = time.perf_counter()
    check_table_path(request.out, request.data.name)
    model = load_able(request.model, "impute")
    check_form(request.out, model)
    source = fitted_to(request.data.open(listener), model, listener)
    settings = {} if request.steps is None else {"steps": request.steps}
    filled = 0

    def results() -> Iterator[Any]:
        nonlocal filled
        for rows in rows_of(source, model, listener):
            filled += int(np.isnan(codes_of(rows, model)).sum())
            yield model.impute(rows, random_state=request.seed, **settings)

    write_results(request.out, results(), source.n_rows, column_names(source))
    return ImputeResult(
        out=request.out,
        n_rows=source.n_rows,
        n_columns=source.n_features,
        n_filled=filled,
        seconds=time.perf_counter() - started,
    )
