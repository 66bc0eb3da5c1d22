"""What the page of an evaluation shows beside the measures: samples, and what they are beside."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from embudo.applications.evaluation import EvaluateRequest, EvaluateResult
from embudo.applications.labels import takes_classes
from embudo.applications.pictures import Shape, picture_shape
from embudo.applications.report.quality import Authenticity, Judged, write_quality
from embudo.applications.rows import column_names_of
from embudo.data.frames import library_of
from embudo.estimators.routes import drawn_stops, round_trip
from embudo.estimators.sampling import chained
from embudo.metrics.fidelity import nearest_rows
from embudo.plots.colours import Floats
from embudo.plots.units import holds_pictures

_SHOWN, _BESIDE, _OF_A_CLASS = 50, 10, 10
_MOST_CLASSES = 20
_STOPS, _STEPS = 6, 12
_JUDGED = 5000  # rows that the discriminator is asked about, of each kind


@dataclass(frozen=True)
class Scene:
    """What was asked, what came of it, and of what.

    Attributes
    ----------
    request : EvaluateRequest
    result : EvaluateResult
    model : fitted estimator
    real, drawn, held_out : array or data frame
    """

    request: EvaluateRequest
    result: EvaluateResult
    model: Any
    real: Any
    drawn: Any
    held_out: Any


def page_shape(model: Any, asked: Shape | None) -> Shape | None:
    """Return the shape of the picture in each row; None if rows are no pictures.

    Raises
    ------
    ParameterError
        If the shape asked for does not fit.
    """
    if asked is None and not holds_pictures(model):
        return None
    return picture_shape(model.n_features_in_, asked)


def write_evaluation(path: Path, scene: Scene) -> None:
    """Write the page, replacing the file at ``path`` in one move."""
    request, result = scene.request, scene.result
    shape = page_shape(scene.model, request.image_shape)
    judged = Judged(
        model=result.model,
        data=request.data.name,
        quality=result.quality,
        history=scene.model.history_,
        how=dict(result.facts) | {"model file": str(request.model), "seed": str(request.seed)},
        authenticity=_authenticity(scene),
    )
    shown = {"table": _table(scene)} if shape is None else _pictures(scene, shape)
    write_quality(path, replace(judged, **shown))


def _pictures(scene: Scene, shape: Shape) -> dict[str, Any]:
    """Return the pictures of a page by their names there."""

    def fold(rows: Any) -> Floats:
        return np.asarray(rows, float).clip(0, 1).reshape(len(rows), *shape)

    places = nearest_rows(scene.real, scene.drawn[:_BESIDE]).indices[:, 0]
    return {
        "made": fold(scene.drawn[:_SHOWN]),
        "nearest": fold(scene.real[places]),
        "by_class": [(name, fold(rows)) for name, rows in _by_class(scene)],
        "walk": fold(_walk(scene)) if hasattr(scene.model, "sample_codes") else None,
    }


def _by_class(scene: Scene) -> Iterator[tuple[str, Any]]:
    model, request = scene.model, scene.request
    if not takes_classes(model, "sample") or len(model.classes_) > _MOST_CLASSES:
        return
    how = {"means": True, "random_state": request.seed, **chained(model, request.steps)}
    for name in model.classes_.tolist():
        yield str(name), model.sample(_OF_A_CLASS, y=name, **how)


def _walk(scene: Scene) -> Floats:
    stops = drawn_stops(scene.model, _STOPS, scene.request.steps, scene.request.seed)
    return round_trip(scene.model, stops, _STEPS)


def _table(scene: Scene) -> tuple[Sequence[str], Sequence[Sequence[str]]]:
    names, some = column_names_of(scene.model), scene.drawn[:_BESIDE]
    columns = (
        np.asarray(some).T
        if library_of(some) is None
        else [np.asarray(some[name]) for name in names]
    )
    return names, [[_written(value) for value in row] for row in zip(*columns, strict=True)]


def _written(value: Any) -> str:
    if isinstance(value, float | np.floating):
        return "" if np.isnan(value) else f"{value:.4g}".replace("-", "\N{MINUS SIGN}")
    return str(value)


def _authenticity(scene: Scene) -> Authenticity | None:
    if not hasattr(scene.model, "discriminate"):
        return None
    kinds = scene.real, scene.held_out, scene.drawn
    return Authenticity(*(scene.model.discriminate(rows[:_JUDGED]) for rows in kinds))
