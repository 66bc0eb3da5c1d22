"""A map of the rows: each is a point where its code is."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import numpy.typing as npt

from embudo.estimators.inputs import Floats
from embudo.plots.canvas import place, tidy
from embudo.plots.colours import ACCENT, GREY, shades
from embudo.plots.pictures import Shape, brightness, fold

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import FigureBase

    from embudo.estimators.base import Estimator

_INCHES = 6.0
_THUMB = 0.045  # of the map's side, that a small picture takes
HUES = (
    *("#3273d8", "#c2541b", "#2f8a4c", "#a3478f", "#9a7200"),
    *("#1b8a94", "#c23b52", "#6a5fc4", "#757575", "#5d8a1b"),
)
"""Of classes, told apart by most eyes; more classes begin anew."""


@dataclass
class LatentMapDisplay:
    """Every row as a point where its code is.

    Parameters
    ----------
    points : ndarray of shape (n_rows, 2)
    labels : ndarray of shape (n_rows,) or None
        Classes, or numbers.
    pictures : ndarray of shape (n, height, width) or (n, height, width, 3), optional
    places : ndarray of shape (n, 2), optional
        Where these lie.
    names : (str, str)
        Of the axes.

    Attributes
    ----------
    ax_ : matplotlib axes
    figure_ : matplotlib figure
    """

    points: Floats
    labels: npt.NDArray[Any] | None = None
    pictures: Floats | None = None
    places: Floats | None = None
    names: tuple[str, str] = ("component 1", "component 2")
    ax_: "Axes" = field(init=False, repr=False)
    figure_: "FigureBase" = field(init=False, repr=False)

    @classmethod
    def from_estimator(
        cls,
        estimator: "Estimator",
        X: Any,
        y: Any = None,
        *,
        thumbnails: int = 0,
        image_shape: Shape | None = None,
        ax: "Axes | None" = None,
    ) -> Self:
        """Map rows by a fitted model.

        Parameters
        ----------
        estimator : Estimator
            Of a code with more than two components the first two principal ones are shown.
        X : array, CSR matrix or data frame of shape (n_rows, n_features)
        y : array of shape (n_rows,), optional
            Classes or numbers, to colour the points by.
        thumbnails : int, default=0
            How many rows are shown as small pictures, at most: none hides another.
        image_shape : (height, width) or (height, width, 3), optional
            By default a square.
        ax : matplotlib axes, optional
            By default new ones.
        """
        points, names = plane(np.asarray(estimator.transform(X), np.float64))
        labels = None if y is None else np.asarray(y)
        if not thumbnails:
            return cls(points, labels, names=names).plot(ax)
        chosen = apart(points, thumbnails)
        pictures = fold(np.asarray(X[chosen], np.float64), image_shape)
        return cls(points, labels, pictures, points[chosen], names).plot(ax)

    def plot(self, ax: "Axes | None" = None) -> Self:
        """Draw into ``ax``, or into a new figure."""
        self.ax_ = ax = place(ax, _INCHES, _INCHES)
        self.figure_ = ax.figure
        size = float(np.clip(4000 / len(self.points), 2, 24))
        for name, colour, rows in self._groups():
            here = self.points[rows]
            ax.scatter(
                here[:, 0], here[:, 1], s=size, c=colour, alpha=0.6, linewidths=0, label=name
            )
        if self.labels is not None and not _are_numbers(self.labels):
            self._name_classes()
        if self.pictures is not None and self.places is not None:
            self._lay_pictures()
        tidy(ax, "")
        ax.set_xlabel(self.names[0], fontsize=8, color=GREY)
        ax.set_ylabel(self.names[1], fontsize=8, color=GREY)
        return self

    def _groups(self) -> list[tuple[str, Any, Any]]:
        if self.labels is None:
            return [("", ACCENT, slice(None))]
        if _are_numbers(self.labels):
            return [("", self.labels, slice(None))]
        classes = np.unique(self.labels)
        return [
            (str(name), HUES[at % len(HUES)], self.labels == name)
            for at, name in enumerate(classes)
        ]

    def _name_classes(self) -> None:
        """Write each class where most of it is."""
        for name, colour, rows in self._groups():
            x, y = np.median(self.points[rows], axis=0)
            box = {"boxstyle": "round,pad=0.25", "fc": "white", "ec": colour, "lw": 1}
            self.ax_.text(
                x, y, name, color=colour, bbox=box, ha="center", va="center", fontsize=9, zorder=5
            )

    def _lay_pictures(self) -> None:
        assert self.pictures is not None
        assert self.places is not None
        half = _THUMB * np.ptp(self.points, axis=0) / 2
        low, high = self.points.min(0), self.points.max(0)
        drawn = shades(self.pictures, *brightness(self.pictures))
        for picture, (x, y) in zip(drawn, self.places, strict=True):
            extent = (x - half[0], x + half[0], y - half[1], y + half[1])
            self.ax_.imshow(picture, extent=extent, aspect="auto", zorder=3)
        self.ax_.set_xlim(low[0] - 2 * half[0], high[0] + 2 * half[0])
        self.ax_.set_ylim(low[1] - 2 * half[1], high[1] + 2 * half[1])


def plane(codes: Floats) -> tuple[Floats, tuple[str, str]]:
    """Return codes in two dimensions, by PCA if they have more, and what these are called."""
    if codes.shape[1] == 1:
        return np.column_stack([codes, np.zeros(len(codes))]), ("component 1", "")
    if codes.shape[1] == 2:
        return codes, ("component 1", "component 2")
    centred = codes - codes.mean(0)
    _, axes = np.linalg.eigh(centred.T @ centred)
    found: Floats = centred @ axes[:, :-3:-1]
    return found, ("principal component 1 of the code", "principal component 2 of the code")


def apart(points: Floats, most: int) -> npt.NDArray[np.intp]:
    """Return rows whose pictures do not hide each other, in no particular order."""
    side = np.ptp(points, axis=0) * _THUMB + np.finfo(float).tiny
    chosen: list[int] = []
    for row in np.random.default_rng(0).permutation(len(points)):
        gaps = np.abs(points[chosen] - points[row]) / side
        if not chosen or (gaps.max(1) > 1).all():
            chosen.append(int(row))
        if len(chosen) == most:
            break
    return np.array(chosen, np.intp)


def _are_numbers(labels: npt.NDArray[Any]) -> bool:
    return labels.dtype.kind == "f"
