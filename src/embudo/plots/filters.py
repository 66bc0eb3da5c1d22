"""What each hidden unit looks for."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

import numpy as np
import numpy.typing as npt
from sklearn.utils.validation import check_is_fitted

from embudo.plots.canvas import named, place
from embudo.plots.colours import GREY, Floats, signed
from embudo.plots.pictures import Shape, fold, sheet
from embudo.plots.units import holds_pictures, names_of_units

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import FigureBase

    from embudo.estimators.base import Estimator
    from embudo.estimators.rbm import RBM

_MOST_NAMES = 40  # rows of a heat map that can be read
CELL = 0.2  # inches


@dataclass
class FilterDisplay:
    """The weights of hidden units, the strongest first: as pictures, or as a table with names.

    Blue marks what switches a unit on, orange what switches it off.

    Parameters
    ----------
    filters : ndarray of shape (n, height, width), (n, height, width, 3) or (n, n_visible_units)
    names : sequence of str, default=()
        Of the visible units, where these are no pictures.

    Attributes
    ----------
    ax_ : matplotlib axes
    figure_ : matplotlib figure
    """

    filters: Floats
    names: Sequence[str] = ()
    ax_: "Axes" = field(init=False, repr=False)
    figure_: "FigureBase" = field(init=False, repr=False)

    @classmethod
    def from_estimator(
        cls,
        estimator: "RBM",
        image_shape: Shape | None = None,
        *,
        n: int = 64,
        ax: "Axes | None" = None,
    ) -> Self:
        """Draw the filters of a fitted model.

        Parameters
        ----------
        estimator : RBM
        image_shape : (height, width) or (height, width, 3), optional
            By default a square, if columns without names are as many as a square has pixels;
            otherwise a heat map is drawn, with a row for each column of the data, or for the 40
            with the largest weights.
        n : int, default=64
            At most this many.
        ax : matplotlib axes, optional
            By default new ones.

        Raises
        ------
        ParameterError
            If the shape does not fit.
        """
        check_is_fitted(estimator)
        weights = estimator.components_
        if image_shape is not None or holds_pictures(estimator):
            return cls(strongest_filters(weights, image_shape, n)).plot(ax)
        units, names = readable_units(estimator, weights)
        return cls(weights[strongest(weights, n)][:, units], names).plot(ax)

    def plot(self, ax: "Axes | None" = None) -> Self:
        """Draw into ``ax``, or into a new figure."""
        if self.filters.ndim == 2:
            n_hidden, n_visible = self.filters.shape
            self.ax_ = place(ax, max(3.4, 1.6 + CELL * n_hidden), 0.6 + CELL * n_visible)
            heat_map(self.ax_, self.filters, self.names)
        else:
            columns = math.ceil(math.sqrt(len(self.filters)))
            self.ax_ = sheet(signed(self.filters), columns, (), ax)
        self.figure_ = self.ax_.figure
        return self


def strongest_filters(components: Floats, image_shape: Shape | None, n: int) -> Floats:
    """Return up to ``n`` rows of weights as pictures, those of the largest norm first."""
    return fold(components[strongest(components, n)], image_shape)


def strongest(components: Floats, n: int) -> npt.NDArray[np.intp]:
    """Return which up to ``n`` rows have the largest norm, that one first."""
    return np.argsort(-np.linalg.norm(components, axis=1), kind="stable")[:n]


def readable_units(
    estimator: "Estimator", weights: Floats
) -> tuple[npt.NDArray[np.intp], list[str]]:
    """Return the visible units with the largest weights, as many as can be read, and their names.

    They are in the order of the data's columns.
    """
    units, names = names_of_units(estimator)
    strengths = np.linalg.norm(weights[:, units], axis=0)
    rows = np.sort(np.argsort(-strengths, kind="stable")[:_MOST_NAMES])
    return units[rows], [names[row] for row in rows]


def heat_map(ax: "Axes", weights: Floats, names: Sequence[str]) -> None:
    """Draw weights of shape (hidden, visible): a row for each visible unit, with its name."""
    ax.imshow(signed(weights.T[None])[0], aspect="auto", interpolation="nearest")
    ax.set_facecolor("none")
    ax.spines[:].set_color(GREY)
    ax.spines[:].set_linewidth(0.6)
    named(ax, names)
    ax.set_xticks([])
    ax.set_xlabel(f"{len(weights)} hidden units, strongest first", fontsize=8, color=GREY)
