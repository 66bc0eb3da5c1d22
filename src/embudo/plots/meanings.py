"""What the colours of points stand for: nothing, classes or numbers."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias, final

import numpy as np
import numpy.typing as npt

from embudo.plots.colours import ACCENT, BETWEEN, CLASSES, COUNTER, GREY, Floats, rgb
from embudo.plots.spread import Indices, pushed_apart

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Values: TypeAlias = npt.NDArray[Any]

_MOST_CLASSES = 20  # whole numbers of more values are numbers
_NOWHERE = np.empty((0, 4))
_TAIL = 2  # percent of all numbers at each end that get the outermost colour
_BAR = (1.03, 0.2, 0.025, 0.6)  # left, bottom, width and height as shares of the map's
_LABEL: dict[str, Any] = {
    "color": "white",
    "fontsize": 8,
    "fontweight": "bold",
    "ha": "center",
    "va": "center",
    "zorder": 5,
}
_PILL: dict[str, Any] = {"boxstyle": "round,pad=0.3,rounding_size=0.6", "ec": "white", "lw": 0.8}


class Meaning(ABC):
    """What the colours of points stand for."""

    margin: ClassVar[float] = 0.0
    """Inches that it needs beside the points."""

    @property
    @abstractmethod
    def colours(self) -> Floats:
        """Red, green and blue of each point."""

    @abstractmethod
    def explain(self, ax: "Axes", positions: Floats) -> Floats:
        """Draw what the colours mean; return where: left, bottom, right and top of each label."""


@final
@dataclass
class Nothing(Meaning):
    """All points are alike."""

    n_points: int

    @property
    def colours(self) -> Floats:
        return np.tile(rgb(ACCENT), (self.n_points, 1))

    def explain(self, ax: "Axes", positions: Floats) -> Floats:
        return _NOWHERE


@final
@dataclass
class Classes(Meaning):
    """A colour for each class, and its name at the median of its points.

    Parameters
    ----------
    names : list of str
    owner : ndarray of int
        The class of each point, or -1.
    """

    names: list[str]
    owner: Indices

    @property
    def colours(self) -> Floats:
        palette = [_of_class(number) for number in range(len(self.names))]
        return np.array([*palette, rgb(GREY)])[self.owner]

    def explain(self, ax: "Axes", positions: Floats) -> Floats:
        numbers = range(len(self.names))
        medians = np.array([np.median(positions[self.owner == at], axis=0) for at in numbers])
        texts = [
            ax.text(x, y, name, bbox=_PILL | {"fc": _of_class(at)}, **_LABEL)
            for at, (name, (x, y)) in enumerate(zip(self.names, medians, strict=True))
        ]
        ax.figure.draw_without_rendering()  # type: ignore[union-attr]
        boxes = [text.get_bbox_patch().get_window_extent() for text in texts]  # type: ignore[union-attr]
        corners = np.array([ax.transData.inverted().transform(box.get_points()) for box in boxes])
        sizes = corners[:, 1] - corners[:, 0]
        centres = pushed_apart(medians, sizes)
        for text, centre in zip(texts, centres, strict=True):
            text.set_position(tuple(centre))
        return np.hstack([centres - sizes / 2, centres + sizes / 2])


@final
@dataclass
class Numbers(Meaning):
    """A scale of colours, orange for low numbers and blue for high ones, in a bar at the side.

    Parameters
    ----------
    values : ndarray of shape (n_points,)
        NaN where there is none.
    """

    margin: ClassVar[float] = 0.8

    values: Floats

    @property
    def colours(self) -> Floats:
        shades = np.array(self._scale().to_rgba(self.values))[:, :3]
        shades[np.isnan(self.values)] = rgb(GREY)
        return shades

    def explain(self, ax: "Axes", positions: Floats) -> Floats:
        beyond = self._scale().norm
        ends = np.nanmin(self.values) < beyond.vmin, np.nanmax(self.values) > beyond.vmax
        extend = {(0, 0): "neither", (1, 0): "min", (0, 1): "max", (1, 1): "both"}[ends]
        beside = ax.inset_axes(_BAR)
        bar = ax.figure.colorbar(self._scale(), cax=beside, extend=extend)
        bar.outline.set_visible(False)
        bar.ax.tick_params(length=0, labelsize=8, labelcolor=GREY)
        return _NOWHERE

    def _scale(self) -> Any:
        from matplotlib.cm import ScalarMappable
        from matplotlib.colors import LinearSegmentedColormap, Normalize

        colours = LinearSegmentedColormap.from_list("", [COUNTER, BETWEEN, ACCENT])
        low, high = np.nanpercentile(self.values, [_TAIL, 100 - _TAIL])
        return ScalarMappable(Normalize(low, high if high > low else low + 1), colours)


def meaning_of(y: Values | None, n_points: int) -> Meaning:
    """Tell classes, of which there are a few, from numbers; None and NaN stand for neither."""
    if y is None:
        return Nothing(n_points)
    known = np.array([value is not None and value == value for value in y.tolist()], bool)
    values = np.array(y[known].tolist())  # an array of objects gets a type
    if not len(values):
        return Classes([], np.full(n_points, -1))
    if _are_numbers(values):
        numbers = np.full(n_points, np.nan)
        numbers[known] = values
        return Numbers(numbers)
    names, owner = np.unique(values, return_inverse=True)
    owners = np.full(n_points, -1)
    owners[known] = owner
    return Classes([f"{name:g}" if name.dtype.kind == "f" else str(name) for name in names], owners)


def _are_numbers(values: Values) -> bool:
    if values.dtype.kind not in "iuf":
        return False
    whole = bool((values == np.rint(values)).all())
    return not whole or len(np.unique(values)) > _MOST_CLASSES


def _of_class(number: int) -> Floats:
    return rgb(CLASSES[number % len(CLASSES)])
