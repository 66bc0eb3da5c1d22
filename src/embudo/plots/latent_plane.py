"""What a model makes of all codes on a plane."""

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from embudo.errors import ParameterError
from embudo.estimators.inputs import check_counts
from embudo.plots.canvas import laid_out, place
from embudo.plots.codes import are_pictures, check_decodes, codes_of
from embudo.plots.colours import GREY, Floats, shades
from embudo.plots.pictures import Shape, brightness, fold

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import FigureBase

    from embudo.estimators.base import Estimator

_INCHES = 0.4  # of one picture
_QUANTILES = 0.05, 0.95
_MOST_TICKS = 6


@dataclass
class LatentPlaneDisplay:
    """Pictures decoded from a grid of codes: two components vary, the others are at their mean.

    The first component grows to the right and the second one upwards, as they do in
    :class:`LatentMapDisplay`.

    Parameters
    ----------
    pictures : ndarray of shape (n, n, height, width) or (n, n, height, width, 3)
        The first axis follows the second component, from its lowest value on.
    across, up : ndarray of shape (n,)
        Values of the two components.
    components : (int, int), default=(0, 1)
        Which ones they are.

    Attributes
    ----------
    ax_ : matplotlib axes
    figure_ : matplotlib figure
    """

    pictures: Floats
    across: Floats
    up: Floats
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
        """Decode codes between the 5 % and the 95 % quantiles of those of ``X``, and draw them.

        Parameters
        ----------
        estimator : estimator that has ``transform`` and ``inverse_transform``
        X : array, CSR matrix or data frame of shape (n_rows, n_features)
            Rows that tell where codes lie.
        components : (int, int), default=(0, 1)
            The one that grows to the right and the one that grows upwards.
        n : int, default=12
            Pictures on each side.
        image_shape : (height, width) or (height, width, 3), optional
            By default a square, if columns without names are as many as a square has pixels.
        ax : matplotlib axes, optional
            By default new ones.

        Raises
        ------
        ParameterError
            If the model does not decode, its rows are no pictures, or there are no such components.
        """
        check_counts(n=n)
        check_decodes(estimator)
        codes = codes_of(estimator, X)
        _check_components(components, codes.shape[1])
        if not are_pictures(estimator, image_shape):
            raise ParameterError(
                "a plane is of pictures, and the columns are a table: give "
                "image_shape=(height, width) if they are pixels, or take InterpolationDisplay"
            )
        ends = np.quantile(codes[:, components], _QUANTILES, axis=0)
        across, up = np.linspace(ends[0], ends[1], n, dtype=codes.dtype).T
        grid = np.tile(codes.mean(0), (n * n, 1))
        grid[:, components[0]], grid[:, components[1]] = np.tile(across, n), np.repeat(up, n)
        folded = fold(np.asarray(estimator.inverse_transform(grid)), image_shape)
        return cls(folded.reshape(n, n, *folded.shape[1:]), across, up, components).plot(ax)

    def plot(self, ax: "Axes | None" = None) -> Self:
        """Draw into ``ax``, or into a new figure."""
        upright = self.pictures[::-1]
        images = upright.reshape(-1, *upright.shape[2:])
        n, (height, width) = len(upright), images.shape[1:3]
        self.ax_ = place(ax, _INCHES * n + 0.6, _INCHES * n * height / width + 0.5)
        self.figure_ = self.ax_.figure
        self.ax_.imshow(laid_out(shades(images, *brightness(images)), n), interpolation="nearest")
        ticks = np.arange(0, n, math.ceil(n / _MOST_TICKS))
        middles = (width + 1) * ticks + (width - 1) / 2
        self.ax_.set_xticks(middles, _written(self.across[ticks]))
        middles = (height + 1) * (n - 1 - ticks) + (height - 1) / 2
        self.ax_.set_yticks(middles, _written(self.up[ticks]))
        first, second = (f"component {component}" for component in self.components)
        self.ax_.set_xlabel(first, fontsize=8, color=GREY)
        self.ax_.set_ylabel(second, fontsize=8, color=GREY)
        self.ax_.set_facecolor("none")
        self.ax_.spines[:].set_visible(False)
        self.ax_.tick_params(length=0, labelsize=8, labelcolor=GREY)
        return self


def _check_components(components: tuple[int, int], n_components: int) -> None:
    known = range(n_components)
    if len(components) != 2 or len(set(components)) != 2 or not set(components) <= set(known):
        raise ParameterError(
            f"components={components} must be two different ones of the model's {n_components}, "
            "which are counted from 0"
        )


def _written(values: Floats) -> list[str]:
    """Write numbers with as many digits as tell them apart."""
    step = float(np.ptp(values)) / max(1, len(values) - 1)
    decimals = max(0, 1 - math.floor(math.log10(step or 1)))
    return [f"{value:.{decimals}f}".replace("-", "\N{MINUS SIGN}") for value in values]
