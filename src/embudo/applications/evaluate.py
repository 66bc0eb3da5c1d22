"""Say how good the rows are that a saved model draws."""

import time
from pathlib import Path
from typing import Any

import numpy as np

from embudo.applications.able import load_able
from embudo.applications.contest.units import Units, taken
from embudo.applications.evaluate_page import Scene, page_shape, write_evaluation
from embudo.applications.evaluation import EvaluateRequest, EvaluateResult
from embudo.applications.listener import SILENT, Listener
from embudo.applications.outputs import check_report_path
from embudo.applications.rows import rows_of, whole
from embudo.applications.sources import DataRequest, fitted_to, model_names
from embudo.data.frames import library_of
from embudo.errors import DataError, ParameterError
from embudo.estimators.sampling import chained
from embudo.metrics.features import Extractor
from embudo.metrics.quality import FEWEST, sample_quality


def evaluate(request: EvaluateRequest, listener: Listener = SILENT) -> EvaluateResult:
    """Draw rows, and measure them beside real ones and rows held out.

    Parameters
    ----------
    request : EvaluateRequest
    listener : Listener

    Returns
    -------
    EvaluateResult

    Raises
    ------
    EmbudoError
        If models or data cannot be used, or rows are too few.
    """
    started = time.perf_counter()
    _check(request)
    model = load_able(request.model, "sample")
    if request.out is not None:
        page_shape(model, request.image_shape)
    eyes = _companion(request.features, "transform", model, request)
    judge = _companion(request.classifier, "predict", model, request)
    real, held_out, origin = _rows(request, model, listener)
    means = _is_grey(real) if request.means is None else request.means
    how = chained(model, request.steps)
    count = min(request.n_samples, len(held_out))
    drawn = model.sample(count, means=means, random_state=request.seed, **how)
    features = Extractor.of(_looked_at(real, model, eyes, request.features))
    quality = sample_quality(
        real, drawn, held_out, features=features, classifier=judge, random_state=request.seed
    )
    result = EvaluateResult(
        model=type(model).__name__,
        quality=quality,
        readings=quality.readings,
        held_out=origin,
        means=means,
        steps=how.get("steps"),
        seconds=time.perf_counter() - started,
    )
    if request.out is not None:
        write_evaluation(request.out, Scene(request, result, model, real, drawn, held_out))
    return result


def _check(request: EvaluateRequest) -> None:
    if request.n_samples < FEWEST:
        raise ParameterError(f"n_samples must be at least {FEWEST}, but is {request.n_samples}")
    if request.out is not None:
        check_report_path(request.out)


def _companion(path: Path | None, verb: str, model: Any, request: EvaluateRequest) -> Any:
    """Return the model beside the one that draws, which has to know the same columns.

    Raises
    ------
    ParameterError
        If it knows others.
    """
    if path is None:
        return None
    other = load_able(path, verb)
    width, ours = other.n_features_in_, model.n_features_in_
    if width != ours:
        raise ParameterError(
            f"{path} was trained on {width} columns, but {request.model} draws rows of {ours}: "
            "take a model of the same data"
        )
    if model_names(other) != model_names(model):
        raise ParameterError(
            f"{path} and {request.model} were trained on columns of other names: take a model of "
            "the same data"
        )
    return other


def _rows(request: EvaluateRequest, model: Any, listener: Listener) -> tuple[Any, Any, str]:
    """Return real rows, rows held out, and where the latter come from.

    Raises
    ------
    DataError
        If they are too few.
    """
    rows = _all(request.data, model, listener)
    if request.test is not None:
        held_out = _all(request.test, model, listener)
        _check_count(request.data, rows, FEWEST)
        _check_count(request.test, held_out, FEWEST)
        return rows, held_out, request.test.name
    _check_count(request.data, rows, 2 * FEWEST)
    n = len(rows)
    count = min(request.n_samples, n // 2)
    order = np.random.default_rng(request.seed).permutation(n)
    aside = f"{count:,} rows of {request.data.name}, put aside"
    return taken(rows, order[count:]), taken(rows, order[:count]), aside


def _check_count(data: DataRequest, rows: Any, fewest: int) -> None:
    if len(rows) < fewest:
        raise DataError(
            f"{data.name} has {len(rows)} rows, which are too few to measure samples by: give "
            f"{fewest} at least"
        )


def _all(data: DataRequest, model: Any, listener: Listener) -> Any:
    source = fitted_to(data.open(listener), model, listener)
    return whole(list(rows_of(source, model, listener)))


def _is_grey(rows: Any) -> bool:
    """Say whether rows are numbers between 0 and 1, rather than zeros and ones."""
    if library_of(rows) is not None:
        return False
    inside = bool(((rows >= 0) & (rows <= 1)).all())
    return inside and not bool(((rows == 0) | (rows == 1)).all())


def _looked_at(real: Any, model: Any, eyes: Any, path: Path | None) -> Extractor | None:
    if path is not None:
        return Extractor(f"{path.name} ({type(eyes).__name__})", eyes.transform)
    if library_of(real) is None and "gaussian" not in model.layout_.summary:
        return None
    units = Units(real, model)
    return Extractor("columns, numbers standardised", lambda rows: units.of(rows).values)
