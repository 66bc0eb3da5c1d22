"""The straight way from one code to another, decoded."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from embudo.errors import ParameterError
from embudo.estimators.inputs import Floats
from embudo.plots.colours import shades
from embudo.plots.pictures import Shape, brightness, fold, sheet

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import FigureBase

    from embudo.estimators.base import Estimator


@dataclass
class InterpolationDisplay:
    """The straight way from the code of one row to that of another, decoded.

    Parameters
    ----------
    pictures : ndarray of shape (n, height, width) or (n, height, width, 3)
        The first row, what is decoded on the way, and the second row.

    Attributes
    ----------
    ax_ : matplotlib axes
    figure_ : matplotlib figure
    """

    pictures: Floats
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
        """Decode points between two rows.

        Parameters
        ----------
        estimator : Estimator
        first, second : array of shape (n_features,)
        steps : int, default=8
            Points on the way, both ends included.
        image_shape : (height, width) or (height, width, 3), optional
            By default a square.
        ax : matplotlib axes, optional
            By default new ones.
        """
        if steps < 2:
            raise ParameterError(f"steps must be at least 2, both ends, but is {steps}")
        ends = np.stack([np.asarray(first), np.asarray(second)])
        codes = np.asarray(estimator.transform(ends))
        share = np.linspace(0, 1, steps)[:, None]
        way = estimator.inverse_transform((1 - share) * codes[0] + share * codes[1])
        rows = np.concatenate([ends[:1], np.asarray(way), ends[1:]])
        return cls(fold(rows, image_shape)).plot(ax)

    def plot(self, ax: "Axes | None" = None) -> Self:
        """Draw into ``ax``, or into a new figure."""
        drawn = shades(self.pictures, *brightness(self.pictures))
        self.ax_ = sheet(drawn, len(drawn), (), ax)
        self.figure_ = self.ax_.figure
        return self
