"""Look for what is wrong with a saved model and its chains."""

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from embudo.applications.able import load_able
from embudo.applications.listener import SILENT, Listener
from embudo.applications.rows import rows_of, whole
from embudo.applications.sources import DataRequest, fitted_to
from embudo.data.frames import library_of
from embudo.modules.diagnosis import Diagnosis

_MOST_ROWS = 5000


@dataclass(frozen=True, kw_only=True)
class DiagnoseRequest:
    """Which model, beside which data.

    Parameters
    ----------
    model : Path
    data : DataRequest
        Best what the model was trained on.
    validation : DataRequest, optional
        What it has not seen.
    n_chains, steps : int
        Gibbs chains to run, and sweeps of each.
    seed : int, optional
        By default that of the training.
    """

    model: Path
    data: DataRequest
    validation: DataRequest | None = None
    n_chains: int = 100
    steps: int = 1000
    seed: int | None = None


@dataclass(frozen=True, kw_only=True)
class DiagnoseResult:
    """The figures, what they mean in plain words, and the seconds it took."""

    figures: Diagnosis
    readings: tuple[str, ...]
    seconds: float


def diagnose(request: DiagnoseRequest, listener: Listener = SILENT) -> DiagnoseResult:
    """Run chains beside the data, of which at most 5,000 rows are looked at.

    Parameters
    ----------
    request : DiagnoseRequest
    listener : Listener

    Returns
    -------
    DiagnoseResult

    Raises
    ------
    EmbudoError
        If model or data cannot be used.
    """
    started = time.perf_counter()
    model = load_able(request.model, "diagnose")
    rows, others = (
        None if data is None else _some_rows(data, model, listener)
        for data in (request.data, request.validation)
    )
    found: Diagnosis = model.diagnose(
        rows,
        others,
        n_chains=request.n_chains,
        steps=request.steps,
        random_state=request.seed,
    )
    return DiagnoseResult(
        figures=found, readings=found.readings, seconds=time.perf_counter() - started
    )


def _some_rows(data: DataRequest, model: Any, listener: Listener) -> Any:
    """Return rows spread evenly over the data, which need not fit into memory."""
    source = fitted_to(data.open(listener), model, listener)
    count = min(source.n_rows, _MOST_ROWS)
    wanted = np.linspace(0, source.n_rows - 1, count).round().astype(int)
    parts: list[Any] = []
    start = 0
    for block in rows_of(source, model, listener):
        here = wanted[(wanted >= start) & (wanted < start + len(block))] - start
        parts.append(block.iloc[here] if library_of(block) == "pandas" else block[here])
        start += len(block)
    return whole(parts)
