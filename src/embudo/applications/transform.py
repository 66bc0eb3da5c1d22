"""Encode rows with a saved model."""

import time
from dataclasses import dataclass
from pathlib import Path

from embudo.applications.able import load_able
from embudo.applications.listener import SILENT, Listener
from embudo.applications.outputs import check_table_path
from embudo.applications.rows import rows_of, write_results
from embudo.applications.sources import DataRequest, fitted_to


@dataclass(frozen=True, kw_only=True)
class TransformRequest:
    """Which model, which data, and where the codes go: ``.npy``, ``.csv`` or ``.parquet``."""

    model: Path
    data: DataRequest
    out: Path


@dataclass(frozen=True, kw_only=True)
class TransformResult:
    """The file written, its shape, and the seconds it took."""

    out: Path
    n_rows: int
    n_columns: int
    seconds: float


def transform(request: TransformRequest, listener: Listener = SILENT) -> TransformResult:
    """Encode the data block by block, in memory that does not grow with the number of rows.

    Parameters
    ----------
    request : TransformRequest
    listener : Listener

    Returns
    -------
    TransformResult

    Raises
    ------
    EmbudoError
        If model, data or path cannot be used; nothing is written then.
    """
    started = time.perf_counter()
    check_table_path(request.out, request.data.name)
    model = load_able(request.model, "transform")
    source = fitted_to(request.data.open(listener), model, listener)
    codes = [str(name) for name in model.get_feature_names_out()]
    results = map(model.transform, rows_of(source, model, listener))
    write_results(request.out, results, source.n_rows, codes)
    return TransformResult(
        out=request.out,
        n_rows=source.n_rows,
        n_columns=len(codes),
        seconds=time.perf_counter() - started,
    )
