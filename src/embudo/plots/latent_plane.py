"""A plane of codes, decoded point by point."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from embudo.errors import ParameterError
from embudo.estimators.inputs import Floats
from embudo.plots.colours import GREY, shades
from embudo.plots.pictures import Shape, brightness, fold, sheet

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import FigureBase

    from embudo.estimators.base import Estimator

_LOW, _HIGH = 5, 95  # percentiles of the codes, between which the plane lies


@dataclass
class LatentPlaneDisplay:
    """A plane of codes, decoded point by point.

    Parameters
    ----------
    pictures : ndarray of shape (n * n, height, width) or (n * n, height, width, 3)
        Row by row, the second component falling, the first rising.
    components : (int, int)

    Attributes
    ----------
    ax_ : matplotlib axes
    figure_ : matplotlib figure
    """

    pictures: Floats
    components: tuple[int, int] = (0, 1)
    ax_: "Axes" = field(init=False, repr=False)
    figure_: "FigureBase" = field(init=False, repr=False)

    @classmethod
    def from_estimator(
        cls,
        estimator: "Estimator",
        X: Any,
        *,
        components: tuple[int, int] = (0, 1),
        n: int = 12,
        image_shape: Shape | None = None,
        ax: "Axes | None" = None,
    ) -> Self:
        """Decode a grid of codes that lies where those of the rows do.

        Parameters
        ----------
        estimator : Estimator
        X : array, CSR matrix or data frame of shape (n_rows, n_features)
        components : (int, int), default=(0, 1)
            Which two go over their range, from the 5th to the 95th percentile; the others stay at
            their mean.
        n : int, default=12
            Points along each side.
        image_shape : (height, width) or (height, width, 3), optional
            By default a square.
        ax : matplotlib axes, optional
            By default new ones.
        """
        codes = np.asarray(estimator.transform(X), np.float64)
        width = codes.shape[1]
        if len({*components}) != 2 or not all(0 <= c < width for c in components):
            raise ParameterError(
                f"components={components} are not two different ones from 0 to {width - 1}"
            )
        ends = np.percentile(codes[:, list(components)], (_LOW, _HIGH), axis=0)
        across, down = np.linspace(ends[0], ends[1], n).T
        grid = np.tile(codes.mean(0), (n * n, 1))
        grid[:, components[0]] = np.tile(across, n)
        grid[:, components[1]] = np.repeat(down[::-1], n)
        rows = np.asarray(estimator.inverse_transform(grid), np.float64)
        return cls(fold(rows, image_shape), components).plot(ax)

    def plot(self, ax: "Axes | None" = None) -> Self:
        """Draw into ``ax``, or into a new figure."""
        drawn = shades(self.pictures, *brightness(self.pictures))
        self.ax_ = sheet(drawn, round(len(drawn) ** 0.5), (), ax)
        self.figure_ = self.ax_.figure
        first, second = (f"component {c + 1}" for c in self.components)
        self.ax_.set_xlabel(f"{first} →", fontsize=8, color=GREY)
        self.ax_.set_ylabel(f"{second} →", fontsize=8, color=GREY)
        return self
