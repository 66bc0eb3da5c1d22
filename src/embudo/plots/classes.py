"""What a model makes up for each class."""

import inspect
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from sklearn.utils.validation import check_is_fitted

from embudo.errors import ParameterError
from embudo.estimators.inputs import check_counts
from embudo.estimators.sampling import chained
from embudo.plots.colours import Floats, shades
from embudo.plots.pictures import Shape, brightness, fold, sheet

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import FigureBase

    from embudo.estimators.rbm_classifier import RBMClassifier


@dataclass
class ClassSampleDisplay:
    """What a model makes up when it is told a class, and left alone otherwise: a row for each.

    Parameters
    ----------
    samples : ndarray of shape (n_classes, n, height, width) or (n_classes, n, height, width, 3)
    classes : sequence
        Their names.

    Attributes
    ----------
    ax_ : matplotlib axes
    figure_ : matplotlib figure
    """

    samples: Floats
    classes: Sequence[Any]
    ax_: "Axes" = field(init=False, repr=False)
    figure_: "FigureBase" = field(init=False, repr=False)

    @classmethod
    def from_estimator(
        cls,
        estimator: "RBMClassifier",
        image_shape: Shape | None = None,
        *,
        n: int = 10,
        steps: int = 1000,
        random_state: int | None = None,
        ax: "Axes | None" = None,
    ) -> Self:
        """Draw rows of every class from a fitted model, and draw them.

        Parameters
        ----------
        estimator : classifier whose ``sample`` takes ``y``, such as RBMClassifier
        image_shape : (height, width) or (height, width, 3), optional
            By default a square.
        n : int, default=10
            How many of each class.
        steps : int, default=1000
            Gibbs sweeps of each chain.
        random_state : int, optional
            Seed; by default that of the fit.
        ax : matplotlib axes, optional
            By default new ones.

        Raises
        ------
        ParameterError
            If the model does not draw from classes, or the shape does not fit.
        """
        if not draws_classes(estimator):
            raise ParameterError(
                f"{type(estimator).__name__} does not draw from a class: take a model whose sample "
                "takes y, such as RBMClassifier"
            )
        check_is_fitted(estimator)
        check_counts(n=n)
        classes = estimator.classes_
        rows = estimator.sample(
            n * len(classes),
            y=np.repeat(classes, n),
            means=True,
            random_state=random_state,
            **chained(estimator, steps),
        )
        folded = fold(rows, image_shape)
        grid = folded.reshape(len(classes), n, *folded.shape[1:])
        return cls(grid, classes.tolist()).plot(ax)

    def plot(self, ax: "Axes | None" = None) -> Self:
        """Draw into ``ax``, or into a new figure."""
        images = self.samples.reshape(-1, *self.samples.shape[2:])
        pictures = shades(images, *brightness(images))
        names = tuple(str(name) for name in self.classes)
        self.ax_ = sheet(pictures, self.samples.shape[1], names, ax)
        self.figure_ = self.ax_.figure
        return self


def draws_classes(estimator: Any) -> bool:
    """Say whether a model draws rows of a class that it is told, if it was told any."""
    draw = getattr(estimator, "sample", None)
    draws = draw is not None and "y" in inspect.signature(draw).parameters
    return draws and (hasattr(estimator, "classes_") or not hasattr(estimator, "module_"))
