"""Say how probable a saved model finds data, and how far that figure can be trusted."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from embudo.applications.able import load_able
from embudo.applications.listener import SILENT, Listener
from embudo.applications.outputs import check_table_path
from embudo.applications.rows import codes_of, rows_of, write_results
from embudo.applications.sources import DataRequest, column_names, fitted_to
from embudo.data.source import Matrix, Source
from embudo.errors import DataError
from embudo.modules.likelihood import Method, Partition

_NORMALISED = Partition(
    method="exact",
    value=0.0,
    error=0.0,
    effective_chains=float("inf"),
    forward=0.0,
    reverse=0.0,
    reverse_error=0.0,
)
"""log Z of a model that draws codes first: its density needs no division."""


@dataclass(frozen=True, kw_only=True)
class LikelihoodRequest:
    """Which model, which data, and how log Z is found.

    Parameters
    ----------
    model : Path
    data : DataRequest
    method : {"auto", "exact", "ais"}
    n_temperatures, n_chains, burn_in : int
        Of the annealing; see :meth:`embudo.RBM.log_partition`.
    n_draws : int
        Of each row's code, where there is no log Z; see
        :meth:`embudo.VariationalAutoencoder.log_likelihood`.
    seed : int, optional
        By default that of the training.
    out : Path, optional
        Where the rows' log-likelihoods go: ``.npy``, ``.csv`` or ``.parquet``.
    """

    model: Path
    data: DataRequest
    method: Method = "auto"
    n_temperatures: int = 10_000
    n_chains: int = 100
    burn_in: int = 1000
    n_draws: int = 100
    seed: int | None = None
    out: Path | None = None


@dataclass(frozen=True, kw_only=True)
class LikelihoodResult:
    """The mean log-likelihood of a row and what it hangs on, in nats.

    Attributes
    ----------
    measure : {"log_likelihood", "lower_bound", "importance_weighted_bound"}
        What the figures are of: a deep model has but a variational bound on its likelihood, and a
        variational autoencoder one by weighted draws.
    mean : float
        Nats a row.
    error_of_rows : float
        Standard error of ``mean`` as an estimate for further rows like these.
    error_of_log_z : float
        Standard error that log Z adds, the same for all rows; 0 if exact.
    mean_by_forward, mean_by_reverse : float
        The mean with the forward estimate of log Z, which is too low in expectation, so that this
        mean is too high; and with the reverse one, the other way round.
    n_rows : int
    n_draws : int or None
        Of each row's code, where there is no log Z.
    partition : Partition or None
    gap : float
        Nats between the two.
    trustworthy : bool
    warning : str
        Why not; else empty.
    out : Path or None
    partition_seconds, seconds : float
        For log Z, and for all.
    """

    measure: str
    mean: float
    error_of_rows: float
    error_of_log_z: float
    mean_by_forward: float
    mean_by_reverse: float
    n_rows: int
    n_draws: int | None
    partition: Partition | None
    gap: float
    trustworthy: bool
    warning: str
    out: Path | None
    partition_seconds: float
    seconds: float


def likelihood(request: LikelihoodRequest, listener: Listener = SILENT) -> LikelihoodResult:
    """Find log Z, if the model has one, then the log-likelihood of the data, block by block.

    Parameters
    ----------
    request : LikelihoodRequest
    listener : Listener
        Told of the steps of the annealing, then of the rows.

    Returns
    -------
    LikelihoodResult

    Raises
    ------
    EmbudoError
        If model, data, method or path cannot be used; nothing is written then.
    """
    started = time.perf_counter()
    if request.out is not None:
        check_table_path(request.out, request.data.name)
    model = load_able(request.model, "log_partition", "log_likelihood")
    source = fitted_to(request.data.open(listener), model, listener)
    if hasattr(model, "log_partition"):
        measure = _measure(model)
        _check_complete(source, model)  # before the annealing, which may take minutes
        partition = _partition(model, request, listener)
        of_rows = partial(getattr(model, measure), partition=partition)
    else:
        measure, partition = "importance_weighted_bound", None
        of_rows = partial(model.log_likelihood, n_draws=request.n_draws, random_state=request.seed)
    partition_seconds = time.perf_counter() - started
    blocks = map(of_rows, rows_of(source, model, listener))
    if request.out is None:
        rows = np.concatenate(list(blocks))
    else:
        rows = _written(request.out, blocks, source.n_rows, measure)
    return _result(rows, partition, measure, request, partition_seconds, started)


def _partition(model: Any, request: LikelihoodRequest, listener: Listener) -> Partition:
    found: Partition = model.log_partition(
        request.method,
        n_temperatures=request.n_temperatures,
        n_chains=request.n_chains,
        burn_in=request.burn_in,
        random_state=request.seed,
        progress=listener.steps,
    )
    return found


def _measure(model: Any) -> str:
    """Name the method: of a deep model, or a large one, but a bound can be had."""
    exact = hasattr(model, "log_likelihood") and not getattr(model, "is_only_bounded", False)
    return "log_likelihood" if exact else "lower_bound"


def _check_complete(source: Source, model: Any) -> None:
    done = 0
    for rows in rows_of(source, model):
        values = codes_of(rows, model)
        missing = np.argwhere(np.isnan(values))
        if len(missing):
            row, column = missing[0].tolist()
            raise DataError(
                f"row {done + row} of {source.name} lacks {column_names(source)[column]}, and the "
                "likelihood of a row with missing entries has no closed form: fill them by "
                "'embudo impute', or leave such rows out"
            )
        done += len(values)


def _written(path: Path, blocks: Iterator[Matrix], n_rows: int, measure: str) -> Matrix:
    """Write the rows' log-likelihoods as they come, and return all of them."""
    parts: list[Matrix] = []

    def columns() -> Iterator[Matrix]:
        for block in blocks:
            parts.append(block)
            yield block[:, None]

    write_results(path, columns(), n_rows, (measure,))
    return np.concatenate(parts)


def _result(
    rows: Matrix,
    partition: Partition | None,
    measure: str,
    request: LikelihoodRequest,
    partition_seconds: float,
    started: float,
) -> LikelihoodResult:
    n, mean = len(rows), float(rows.mean(dtype=np.float64))
    error = float(rows.std(dtype=np.float64, ddof=1)) / n**0.5 if n > 1 else float("nan")
    z = _NORMALISED if partition is None else partition
    return LikelihoodResult(
        measure=measure,
        mean=mean,
        error_of_rows=error,
        error_of_log_z=z.error,
        mean_by_forward=mean + z.value - z.forward,
        mean_by_reverse=mean + z.value - z.reverse,
        n_rows=n,
        n_draws=request.n_draws if partition is None else None,
        partition=partition,
        gap=z.gap,
        trustworthy=z.trustworthy,
        warning=z.warning,
        out=request.out,
        partition_seconds=partition_seconds,
        seconds=time.perf_counter() - started,
    )
