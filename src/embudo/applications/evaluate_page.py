"""What the page of an evaluation shows beside the measures: samples, and what they are beside."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from embudo.applications.labels import takes_classes
from embudo.applications.pictures import Shape, picture_shape
from embudo.applications.report.quality import Authenticity, Judged, write_quality
from embudo.applications.rows import codes_of, column_names_of
from embudo.data.frames import library_of
from embudo.estimators.routes import drawn_stops, legs
from embudo.estimators.sampling import chained
from embudo.metrics.features import Extractor
from embudo.metrics.fidelity import nearest_rows
from embudo.metrics.verdict import SampleQuality
from embudo.plots.colours import Floats
from embudo.plots.units import holds_pictures

_SHOWN, _BESIDE, _OF_A_CLASS = 50, 10, 10
_MOST_CLASSES = 20
_STOPS, _STEPS = 6, 12
_JUDGED = 5000  # rows that the discriminator is asked about, of each kind


@dataclass(frozen=True)
class Scene:
    """What was measured, and of what.

    Attributes
    ----------
    model : fitted estimator
    model_name, data_name : str
    quality : SampleQuality
    how : dict of str to str
        How it was measured.
    real, drawn, held_out : array or data frame
    features : Extractor
    image_shape : tuple of int or None
    steps : int
        Of each chain.
    seed : int
    """

    model: Any
    model_name: str
    data_name: str
    quality: SampleQuality
    how: dict[str, str]
    real: Any
    drawn: Any
    held_out: Any
    features: Extractor
    image_shape: Shape | None
    steps: int
    seed: int


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
    shape = page_shape(scene.model, scene.image_shape)
    pictured = shape is not None
    write_quality(
        path,
        Judged(
            model=scene.model_name,
            data=scene.data_name,
            quality=scene.quality,
            made=_folded(scene.drawn[:_SHOWN], shape) if pictured else None,
            nearest=_folded(_nearest(scene), shape) if pictured else None,
            by_class=_by_class(scene, shape) if pictured else (),
            walk=_walk(scene, shape) if pictured else None,
            table=None if pictured else _table(scene),
            authenticity=_authenticity(scene),
            history=scene.model.history_,
            how=scene.how,
        ),
    )


def _folded(rows: Any, shape: Shape | None) -> Floats:
    assert shape is not None
    return np.asarray(rows, float).clip(0, 1).reshape(len(rows), *shape)


def _nearest(scene: Scene) -> Any:
    """Return the real row that is nearest to each of the first samples."""
    some = scene.drawn[:_BESIDE]
    places = nearest_rows(scene.real, some, features=scene.features).indices[:, 0]
    return scene.real[places]


def _by_class(scene: Scene, shape: Shape | None) -> Sequence[tuple[str, Floats]]:
    model = scene.model
    if not takes_classes(model, "sample") or len(model.classes_) > _MOST_CLASSES:
        return ()
    how = {"means": True, "random_state": scene.seed, **chained(model, scene.steps)}
    return [
        (str(name), _folded(model.sample(_OF_A_CLASS, y=name, **how), shape))
        for name in model.classes_.tolist()
    ]


def _walk(scene: Scene, shape: Shape | None) -> Floats | None:
    if not hasattr(scene.model, "sample_codes"):
        return None
    stops = drawn_stops(scene.model, _STOPS, scene.steps, scene.seed)
    around = legs(scene.model, np.concatenate([stops, stops[:1]]), _STEPS)
    met = np.concatenate([codes_of(leg, scene.model)[:-1] for leg in around])
    return _folded(met, shape)


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
