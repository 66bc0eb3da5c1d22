"""Rows that are pictures, above what models give back of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from embudo.errors import ParameterError
from embudo.plots.colours import Floats, shades
from embudo.plots.pictures import Shape, brightness, fold, sheet

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import FigureBase

    from embudo.estimators.base import Estimator


@dataclass
class ReconstructionDisplay:
    """Rows of data above what is left of them after the way down the funnel and up again.

    Parameters
    ----------
    originals : ndarray of shape (n, height, width) or (n, height, width, 3)
    reconstructions : ndarray of the same shape, or dict of str to such
        Of one model, or of several by their names.
    errors : dict of str to float, optional
        By name, the squared error of a row.

    Attributes
    ----------
    ax_ : matplotlib axes
    figure_ : matplotlib figure
    """

    originals: Floats
    reconstructions: Floats | Mapping[str, Floats]
    errors: Mapping[str, float] = field(default_factory=dict)
    ax_: "Axes" = field(init=False, repr=False)
    figure_: "FigureBase" = field(init=False, repr=False)

    @classmethod
    def from_estimator(
        cls,
        estimator: "Estimator",
        X: Any,
        image_shape: Shape | None = None,
        *,
        n: int = 10,
        ax: "Axes | None" = None,
    ) -> Self:
        """Reconstruct the first rows of ``X`` and draw both.

        Parameters
        ----------
        estimator : estimator that reconstructs
        X : array of shape (n_rows, n_features)
        image_shape : (height, width) or (height, width, 3), optional
            By default a square.
        n : int, default=10
            At most this many rows.
        ax : matplotlib axes, optional
            By default new ones.
        """
        rows = np.asarray(X[:n])
        again = estimator.reconstruct(rows)
        return cls(fold(rows, image_shape), fold(again, image_shape)).plot(ax)

    @classmethod
    def from_estimators(
        cls,
        estimators: Mapping[str, Any],
        X: Any,
        image_shape: Shape | None = None,
        *,
        n: int = 10,
        ax: "Axes | None" = None,
    ) -> Self:
        """Compare what several models give back, each in a row with its name and its error.

        The error is the sum over a row's entries of the squared difference, averaged over all
        rows of ``X``; missing entries are left out.

        Parameters
        ----------
        estimators : dict of str to fitted estimator
            By name, in the order of drawing. Those of scikit-learn that have ``transform`` and
            ``inverse_transform``, such as PCA, may be among them.
        X : array of shape (n_rows, n_features)
        image_shape : (height, width) or (height, width, 3), optional
            By default a square.
        n : int, default=10
            Draw at most this many rows.
        ax : matplotlib axes, optional
            By default new ones.

        Raises
        ------
        ParameterError
            If there is no model, or one that gives nothing back.
        """
        if not estimators:
            raise ParameterError("there is no model to compare: give a dict of them by name")
        rows = np.asarray(X)
        shown, errors = {}, {}
        for name, estimator in estimators.items():
            again = np.asarray(_given_back(name, estimator, rows))
            errors[name] = float(np.nansum((again - rows) ** 2, axis=1).mean())
            shown[name] = fold(again[:n], image_shape)
        return cls(fold(rows[:n], image_shape), shown, errors).plot(ax)

    def plot(self, ax: "Axes | None" = None) -> Self:
        """Draw into ``ax``, or into a new figure."""
        again = self.reconstructions
        named = again if isinstance(again, Mapping) else {"reconstructed": again}
        images = np.concatenate([self.originals, *named.values()])
        pictures = shades(images, *brightness(self.originals))
        names = ("original", *(self._title(name) for name in named))
        self.ax_ = sheet(pictures, len(self.originals), names, ax)
        self.figure_ = self.ax_.figure
        return self

    def _title(self, name: str) -> str:
        return f"{name}\nerror {self.errors[name]:.3g}" if name in self.errors else name


def _given_back(name: str, estimator: Any, rows: Floats) -> Any:
    if hasattr(estimator, "reconstruct"):
        return estimator.reconstruct(rows)
    if hasattr(estimator, "inverse_transform"):
        return estimator.inverse_transform(estimator.transform(rows))
    raise ParameterError(
        f"{name}, a {type(estimator).__name__}, gives nothing back: take a model that has "
        "reconstruct, or transform and inverse_transform"
    )
