"""A map of codes as SVG: a point for each row, coloured and named by its class."""

from typing import Any

import numpy as np
import numpy.typing as npt

from embudo.applications.report.html import Markup, tag
from embudo.data.source import Matrix
from embudo.plots.colours import CLASSES
from embudo.plots.latent_map import on_a_plane

_SIDE, _EDGE = 360, 12
_MOST = 800  # points; more would only make the page heavy
_CLASSES = 20  # that are coloured; more could not be told apart


def scatter(codes: Matrix, labels: npt.NDArray[Any] | None) -> Markup:
    """Draw codes in two dimensions, by their principal components if they have more."""
    points, names = _points(np.asarray(codes, np.float64))
    some = np.unique(np.linspace(0, len(points) - 1, min(len(points), _MOST)).astype(int))
    low, high = np.percentile(points, (0.5, 99.5), axis=0)
    span = np.where(high > low, high - low, 1)
    places = _EDGE + (_SIDE - 2 * _EDGE) * ((points[some] - low) / span).clip(0, 1)
    places[:, 1] = _SIDE - places[:, 1]
    classes = np.unique(labels) if labels is not None else np.array([])
    if labels is None or len(classes) > _CLASSES:
        drawn = [_group(places, CLASSES[0])]
        marks: list[Markup] = []
    else:
        of_some = labels[some]
        groups = [
            (str(c), CLASSES[at % len(CLASSES)], places[of_some == c])
            for at, c in enumerate(classes)
        ]
        groups = [group for group in groups if len(group[2])]
        drawn = [_group(here, hue) for _, hue, here in groups]
        marks = [_mark(name, hue, np.median(here, axis=0)) for name, hue, here in groups]
    label = f"Map of {len(some)} codes by {names[0]} and {names[1] or 'nothing else'}"
    box = f"0 0 {_SIDE} {_SIDE}"
    return tag("svg", *drawn, *marks, viewBox=box, role="img", aria_label=label, class_="map")


def _points(codes: Matrix) -> tuple[Matrix, tuple[str, str]]:
    if codes.shape[1] > 1:
        return on_a_plane(codes)
    return np.column_stack([codes, np.zeros(len(codes))]), ("component 0", "")


def _group(places: Matrix, hue: str) -> Markup:
    dots = [tag("circle", cx=f"{x:.1f}", cy=f"{y:.1f}", r=2) for x, y in places]
    return tag("g", *dots, fill=hue, fill_opacity="0.6")


def _mark(name: str, hue: str, place: Matrix) -> Markup:
    return tag(
        "text",
        name[:12],
        x=f"{place[0]:.1f}",
        y=f"{place[1] + 4:.1f}",
        text_anchor="middle",
        class_="mark-of-class",
        style=f"fill:{hue}",
    )
