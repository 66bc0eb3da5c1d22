"""What each unit of each layer dreams of: filters projected down to the data."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from sklearn.utils.validation import check_is_fitted

from embudo.estimators.inputs import check_counts
from embudo.plots.canvas import draw_sheet, parts_of, place
from embudo.plots.colours import GREY, Floats, signed
from embudo.plots.filters import CELL, heat_map, readable_units
from embudo.plots.pictures import Shape, fold
from embudo.plots.projection import rows_beside, strongest_projections
from embudo.plots.units import holds_pictures

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import FigureBase

    from embudo.estimators.layered import LayeredEstimator

_INCHES = 3.0  # of a panel of pictures
_GAP = 0.08  # between panels, as a share of their width


@dataclass
class LayerFilterDisplay:
    """The filters of each layer, projected down to the data, the strongest first; one panel each.

    The filter of a unit is what it does to the data when it comes on: the visible units' means on
    the model's way down from its layer with the unit at 1, minus those with it at 0, averaged over
    rows that say what the others of the layer do. Blue is what the unit adds, orange what it takes
    away; each layer has a scale of its own. Gaussian columns are standardised.

    Parameters
    ----------
    filters : sequence of ndarray
        Of each layer, of shape (n, height, width), (n, height, width, 3) or (n, visible units).
    sizes : sequence of int
        Units of each layer.
    names : sequence of str, default=()
        Of the visible units, where these are no pictures.

    Attributes
    ----------
    axes_ : list of matplotlib axes
        A panel for each layer, from the lowest to the topmost.
    ax_ : matplotlib axes
        The frameless axes whose place they share.
    figure_ : matplotlib figure
    """

    filters: Sequence[Floats]
    sizes: Sequence[int]
    names: Sequence[str] = ()
    axes_: "list[Axes]" = field(init=False, repr=False)
    ax_: "Axes" = field(init=False, repr=False)
    figure_: "FigureBase" = field(init=False, repr=False)

    @classmethod
    def from_estimator(
        cls,
        estimator: "LayeredEstimator",
        X: Any = None,
        image_shape: Shape | None = None,
        *,
        n: int = 25,
        random_state: int = 0,
        ax: "Axes | None" = None,
    ) -> Self:
        """Project the filters of a fitted model down, and draw them.

        Parameters
        ----------
        estimator : estimator of several layers, such as DBN or DBM
        X : array, CSR matrix or data frame of shape (n_rows, n_features), optional
            Rows beside which the units are seen, of which a hundred are taken; by default a
            hundred that the model draws itself.
        image_shape : (height, width) or (height, width, 3), optional
            By default a square, if columns without names are as many as a square has pixels;
            otherwise heat maps are drawn, with a row for each column of the data, or for the 40
            with the largest filters.
        n : int, default=25
            At most this many of each layer.
        random_state : int, default=0
            Seed of the rows that the model draws.
        ax : matplotlib axes, optional
            Whose place the panels take; by default that of a new figure.

        Raises
        ------
        ParameterError
            If the shape does not fit, or the model draws no rows and none are given.
        """
        check_is_fitted(estimator)
        check_counts(n=n)
        rows = rows_beside(estimator, X, random_state)
        sizes = estimator.module_.hidden_sizes
        filters = [
            strongest_projections(estimator, layer, rows, n)[1] for layer in range(len(sizes))
        ]
        if image_shape is not None or holds_pictures(estimator):
            return cls([fold(found, image_shape) for found in filters], sizes).plot(ax)
        units, names = readable_units(estimator, np.concatenate(filters))
        return cls([found[:, units] for found in filters], sizes, names).plot(ax)

    def plot(self, ax: "Axes | None" = None) -> Self:
        """Draw into the place of ``ax``, or into a new figure."""
        self.ax_ = place(ax, *self._size())
        self.figure_ = self.ax_.figure
        self.axes_ = parts_of(self.ax_, 1, len(self.filters), gap=_GAP)
        columns = math.ceil(math.sqrt(max(len(filters) for filters in self.filters)))
        for number, (panel, filters) in enumerate(zip(self.axes_, self.filters, strict=True)):
            if filters.ndim == 2:
                heat_map(panel, filters, () if number else self.names)
                panel.set_xlabel("")
                if number:
                    panel.set_yticks([])
            else:
                draw_sheet(panel, signed(filters), columns)
                panel.set_anchor("NW")
            title = f"layer {number + 1}: {len(filters):,} of {self.sizes[number]:,} units"
            panel.set_title(title, loc="left", fontsize=9, color=GREY)
        return self

    def _size(self) -> tuple[float, float]:
        panels = len(self.filters)
        first = self.filters[0]
        if first.ndim == 2:
            return 1.8 + max(1.8, CELL * len(first)) * panels, 0.6 + CELL * first.shape[1]
        return _INCHES * panels, _INCHES * first.shape[1] / first.shape[2] + 0.3
