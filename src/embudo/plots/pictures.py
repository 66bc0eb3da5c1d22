"""Rows that are pictures, and what a model makes up, as such."""

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self, TypeAlias

import numpy as np

from embudo.data.images import guess_image_shape
from embudo.errors import ParameterError
from embudo.estimators.sampling import chained
from embudo.plots.canvas import draw_sheet, place
from embudo.plots.colours import Floats, shades

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import FigureBase

    from embudo.estimators.rbm import RBM

Shape: TypeAlias = tuple[int, int] | tuple[int, int, int]

_INCHES = 0.7  # of one picture


@dataclass
class SampleDisplay:
    """What a model makes up when left alone.

    Parameters
    ----------
    samples : ndarray of shape (n, height, width) or (n, height, width, 3)

    Attributes
    ----------
    ax_ : matplotlib axes
    figure_ : matplotlib figure
    """

    samples: Floats
    ax_: "Axes" = field(init=False, repr=False)
    figure_: "FigureBase" = field(init=False, repr=False)

    @classmethod
    def from_estimator(
        cls,
        estimator: "RBM",
        image_shape: Shape | None = None,
        *,
        n: int = 64,
        steps: int = 1000,
        random_state: int | None = None,
        ax: "Axes | None" = None,
    ) -> Self:
        """Draw rows from a fitted model, and draw them.

        Parameters
        ----------
        estimator : RBM
        image_shape : (height, width) or (height, width, 3), optional
            By default a square.
        n : int, default=64
            How many.
        steps : int, default=1000
            Gibbs sweeps of each chain, where the model draws by chains.
        random_state : int, optional
            Seed; by default that of the fit.
        ax : matplotlib axes, optional
            By default new ones.
        """
        how = chained(estimator, steps)
        rows = estimator.sample(n, means=True, random_state=random_state, **how)
        return cls(fold(rows, image_shape)).plot(ax)

    def plot(self, ax: "Axes | None" = None) -> Self:
        """Draw into ``ax``, or into a new figure."""
        columns = math.ceil(math.sqrt(len(self.samples)))
        self.ax_ = sheet(shades(self.samples, *brightness(self.samples)), columns, (), ax)
        self.figure_ = self.ax_.figure
        return self


def fold(rows: Floats, image_shape: Shape | None) -> Floats:
    """Return rows of numbers as pictures, of shape (n, height, width) or (n, height, width, 3).

    Raises
    ------
    ParameterError
        If the shape does not fit, or none is given and no square does.
    """
    n_features = rows.shape[1]
    shape = image_shape or guess_image_shape(n_features)
    if shape is None:
        raise ParameterError(
            f"rows of {n_features} numbers are no square pictures; give image_shape=(height, width)"
        )
    if math.prod(shape) != n_features or len(shape) != 2 and shape[2:] != (3,):
        raise ParameterError(
            f"image_shape={shape} does not fit rows of {n_features} numbers; "
            "give (height, width), or (height, width, 3) for colours, with that product"
        )
    return rows.reshape(-1, *shape)


def brightness(images: Floats) -> tuple[float, float]:
    """Return what is to be white and what black: 0 and 1, or more where the images leave them."""
    return min(0.0, float(np.nanmin(images))), max(1.0, float(np.nanmax(images)))


def sheet(pictures: Floats, columns: int, titles: tuple[str, ...], ax: "Axes | None") -> "Axes":
    """Lay coloured pictures out in ``ax``, or in a new figure of a size that fits them."""
    _, height, width, _ = pictures.shape
    rows = -(-len(pictures) // columns)
    margin = 1.1 if titles else 0.0
    ax = place(ax, _INCHES * columns + margin, _INCHES * rows * height / width)
    draw_sheet(ax, pictures, columns, titles)
    return ax
