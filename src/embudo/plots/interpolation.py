"""What lies between two rows."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from embudo.errors import ParameterError
from embudo.estimators.inputs import check_counts
from embudo.plots.canvas import laid_out, named, place
from embudo.plots.codes import are_pictures, check_decodes, codes_of, one_row, unit_states
from embudo.plots.colours import GREY, Floats, shades, signed
from embudo.plots.pictures import Shape, brightness, fold
from embudo.plots.units import names_of_units

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import FigureBase
    from matplotlib.patches import Rectangle

    from embudo.estimators.base import Estimator

_INCHES = 0.7  # of one picture
_CELL = 0.2, 0.45  # inches of a cell of the heat map, down and across
_MOST_NAMES = 40  # rows of a heat map that can be read
_MOST = 2.0  # standard deviations that get full colour
_SPACE = 0.4  # between an original and what is decoded, as a share of a picture


@dataclass
class InterpolationDisplay:
    """Two rows, and what a model makes of the points on the straight line between their codes.

    Where the steps between are such as the data might hold, the model has learned what rows have
    in common; where one fades into the other, it has not. Rows that are no pictures are the
    columns of a heat map: blue is above the mean, or yes, orange is below it.

    Parameters
    ----------
    ends : ndarray of shape (2, height, width), (2, height, width, 3) or (2, n_visible_units)
        The rows themselves.
    decoded : ndarray of shape (steps, ...)
        What is decoded, from the code of the first one to that of the second one.
    names : sequence of str, default=()
        Of the visible units, where these are no pictures.

    Attributes
    ----------
    ax_ : matplotlib axes
    figure_ : matplotlib figure
    """

    ends: Floats
    decoded: Floats
    names: Sequence[str] = ()
    ax_: "Axes" = field(init=False, repr=False)
    figure_: "FigureBase" = field(init=False, repr=False)

    @classmethod
    def from_estimator(
        cls,
        estimator: "Estimator",
        first: Any,
        second: Any,
        *,
        steps: int = 8,
        image_shape: Shape | None = None,
        ax: "Axes | None" = None,
    ) -> Self:
        """Encode two rows, decode what lies between their codes, and draw it.

        Parameters
        ----------
        estimator : estimator that has ``transform`` and ``inverse_transform``
        first, second : array of shape (n_features,) or (1, n_features), or data frame of one row
        steps : int, default=8
            Points on the line, of which the first one and the last one are the codes themselves.
        image_shape : (height, width) or (height, width, 3), optional
            By default a square, if columns without names are as many as a square has pixels;
            otherwise a heat map is drawn, with a row for each column of the data, or for the 40
            that change most.
        ax : matplotlib axes, optional
            By default new ones.

        Raises
        ------
        ParameterError
            If the model does not decode, the shape does not fit, or there are fewer than 2 steps.
        DataError
            If first or second is not a single row.
        """
        check_counts(steps=steps)
        if steps < 2:
            raise ParameterError("steps must be at least 2: one for each of the two rows")
        check_decodes(estimator)
        rows = one_row(first, "first"), one_row(second, "second")
        start, end = (codes_of(estimator, row) for row in rows)
        line = np.linspace(0, 1, steps, dtype=start.dtype)[:, None]
        decoded = estimator.inverse_transform(start + line * (end - start))
        if are_pictures(estimator, image_shape):
            both = np.concatenate([np.asarray(row) for row in rows])
            return cls(fold(both, image_shape), fold(np.asarray(decoded), image_shape)).plot(ax)
        ends = np.concatenate([unit_states(estimator, row) for row in rows])
        return cls._of_table(estimator, ends, unit_states(estimator, decoded)).plot(ax)

    @classmethod
    def _of_table(cls, estimator: "Estimator", ends: Floats, decoded: Floats) -> Self:
        units, names = names_of_units(estimator)
        moves = np.ptp(decoded[:, units], axis=0)
        shown = np.sort(np.argsort(-moves, kind="stable")[:_MOST_NAMES])
        return cls(ends[:, units[shown]], decoded[:, units[shown]], [names[at] for at in shown])

    def plot(self, ax: "Axes | None" = None) -> Self:
        """Draw into ``ax``, or into a new figure."""
        if self.ends.ndim == 2:
            self._draw_table(ax)
        else:
            self._draw_pictures(ax)
        self.figure_ = self.ax_.figure
        return self

    def _draw_pictures(self, ax: "Axes | None") -> None:
        low, high = brightness(np.concatenate([self.ends, self.decoded]))
        ends, decoded = shades(self.ends, low, high), shades(self.decoded, low, high)
        steps, height, width, _ = decoded.shape
        space = max(2, round(_SPACE * width))
        strip = _between(ends[0], laid_out(decoded, steps), ends[1], space)
        self.ax_ = place(ax, _INCHES * strip.shape[1] / width, _INCHES * height / width + 0.3)
        self.ax_.imshow(strip, interpolation="nearest")
        starts = width + space + (width + 1) * np.arange(steps)
        self._label([0, *starts, strip.shape[1] - width], (width - 1) / 2)
        self.ax_.spines[:].set_visible(False)
        self.ax_.set_yticks([])

    def _draw_table(self, ax: "Axes | None") -> None:
        states = np.nan_to_num(np.concatenate([self.ends, self.decoded])).clip(-_MOST, _MOST)
        colours = signed(states[None])[0].swapaxes(0, 1)
        sheet = _between(colours[:, :1], colours[:, 2:], colours[:, 1:2], 1)
        down, across = _CELL
        size = 1.6 + across * sheet.shape[1], 0.7 + down * len(sheet)
        self.ax_ = place(ax, *size)
        self.ax_.imshow(sheet, aspect="auto", interpolation="nearest")
        last = sheet.shape[1] - 1
        self._label([0, *range(2, last - 1), last], 0)
        for left, right in ((0, 0), (2, last - 2), (last, last)):
            self.ax_.add_patch(_outline(left - 0.5, right + 0.5, len(sheet)))
        self.ax_.set_xlabel(
            "blue: above the mean, or yes; orange: below the mean", fontsize=8, color=GREY
        )
        self.ax_.spines[:].set_visible(False)
        named(self.ax_, self.names)

    def _label(self, starts: Sequence[int], middle: float) -> None:
        """Write under each picture what it is."""
        shares = [f"{share:.0%}" for share in np.linspace(0, 1, len(self.decoded))]
        self.ax_.set_xticks([at + middle for at in starts], ["first row", *shares, "second row"])
        self.ax_.set_facecolor("none")
        self.ax_.tick_params(length=0, labelsize=8, labelcolor=GREY)


def _between(first: Floats, middle: Floats, last: Floats, space: int) -> Floats:
    """Join pictures side by side, with a transparent space on both sides of the middle one."""
    gap = np.zeros((len(middle), space, 4))
    return np.concatenate([first, gap, middle, gap, last], axis=1)


def _outline(left: float, right: float, height: int) -> "Rectangle":
    from matplotlib.patches import Rectangle

    corner = left, -0.5
    style: dict[str, Any] = {"fill": False, "ec": GREY, "lw": 0.6, "clip_on": False}
    return Rectangle(corner, right - left, height, **style)
