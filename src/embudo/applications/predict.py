"""Tell the classes of rows with a saved classifier."""

import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from embudo.applications.able import load_able
from embudo.applications.labels import labelled
from embudo.applications.listener import SILENT, Listener
from embudo.applications.outputs import check_table_path
from embudo.applications.rows import rows_of, write_results
from embudo.applications.sources import DataRequest, fitted_to
from embudo.data.table_writers import open_table_writer


@dataclass(frozen=True, kw_only=True)
class PredictRequest:
    """Which model, which data, and where the answers go.

    Parameters
    ----------
    model : Path
    data : DataRequest
    out : Path
        A ``.csv`` or ``.parquet`` file gets the prediction and the probability of each class; a
        ``.npy`` file the probabilities alone.
    labels : str, optional
        The column that holds the true classes, to count the errors; a data set brings its own.
    """

    model: Path
    data: DataRequest
    out: Path
    labels: str | None = None


@dataclass(frozen=True, kw_only=True)
class PredictResult:
    """What came of it.

    Attributes
    ----------
    out : Path
    n_rows : int
    classes : tuple of str
    counts : tuple of int
        How often each class was predicted.
    accuracy : float or None
        Share of rows told right, if their classes are known.
    seconds : float
    """

    out: Path
    n_rows: int
    classes: tuple[str, ...]
    counts: tuple[int, ...]
    accuracy: float | None
    seconds: float


def predict(request: PredictRequest, listener: Listener = SILENT) -> PredictResult:
    """Predict block by block.

    Parameters
    ----------
    request : PredictRequest
    listener : Listener

    Returns
    -------
    PredictResult

    Raises
    ------
    EmbudoError
        If model, data or path cannot be used; nothing is written then.
    """
    started = time.perf_counter()
    check_table_path(request.out, request.data.name)
    model = load_able(request.model, "predict")
    whole, truth = labelled(request.data.open(listener), request.labels)
    source = fitted_to(whole, model, listener)
    blocks = [model.predict_proba(rows) for rows in rows_of(source, model, listener)]
    probabilities = np.concatenate(blocks)
    places = probabilities.argmax(1)
    predicted = model.classes_[places]
    names = tuple(str(name) for name in model.classes_.tolist())
    columns = [f"p_{name}" for name in names]
    if request.out.suffix.lower() == ".npy":
        write_results(request.out, [probabilities], len(probabilities), columns)
    else:
        with open_table_writer(request.out) as table:
            shares = {c: probabilities[:, i].tolist() for i, c in enumerate(columns)}
            table.write({"prediction": predicted.tolist(), **shares})
    return PredictResult(
        out=request.out,
        n_rows=len(predicted),
        classes=names,
        counts=tuple(np.bincount(places, minlength=len(names)).tolist()),
        accuracy=None if truth is None else float(np.mean(predicted == truth)),
        seconds=time.perf_counter() - started,
    )
