"""For how authentic a discriminator takes real rows and generated ones."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from sklearn.utils.validation import check_is_fitted

from embudo.errors import DataError, ParameterError
from embudo.estimators.inputs import check_counts
from embudo.plots.canvas import place, tidy
from embudo.plots.colours import ACCENT, COUNTER, Floats
from embudo.plots.histograms import Kind, histograms

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import FigureBase

_BINS = 30
_WIDTH, _HEIGHT = 4.2, 2.4  # inches


@dataclass
class AuthenticityDisplay:
    """Histograms of the probability of being authentic, of real rows and of generated ones.

    Where the two lie over each other, the discriminator cannot tell them apart; where they lie at
    the two ends, it wins, and the generator has little to learn from.

    Parameters
    ----------
    real, generated : array of shape (n_rows,)
        Between 0 and 1.
    held_out : array of shape (n_rows,), optional
        Of real rows that the discriminator has not seen: where they lie apart from those that it
        has, it knows these by heart.

    Attributes
    ----------
    ax_ : matplotlib axes
    figure_ : matplotlib figure
    """

    real: Floats
    generated: Floats
    held_out: Floats | None = None
    ax_: "Axes" = field(init=False, repr=False)
    figure_: "FigureBase" = field(init=False, repr=False)

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        X: Any,
        X_held_out: Any = None,
        *,
        n: int = 1000,
        random_state: int = 0,
        ax: "Axes | None" = None,
    ) -> Self:
        """Let a fitted model judge rows, and those that it makes up.

        Parameters
        ----------
        estimator : estimator that has ``discriminate`` and ``sample``
        X : array, CSR matrix or data frame of shape (n_rows, n_features)
            What the model was trained on.
        X_held_out : array, CSR matrix or data frame, optional
            What it was not.
        n : int, default=1000
            Rows to make up.
        random_state : int, default=0
            Seed.
        ax : matplotlib axes, optional
            By default new ones.

        Raises
        ------
        ParameterError
            If the model does not judge rows.
        """
        if not hasattr(estimator, "discriminate"):
            raise ParameterError(
                f"{type(estimator).__name__} does not tell authentic rows from others: take a "
                "model that has discriminate, or give two arrays to AuthenticityDisplay"
            )
        check_is_fitted(estimator)
        check_counts(n=n)
        made = estimator.sample(n, random_state=random_state)
        held = None if X_held_out is None else estimator.discriminate(X_held_out)
        return cls(estimator.discriminate(X), estimator.discriminate(made), held).plot(ax)

    def plot(self, ax: "Axes | None" = None) -> Self:
        """Draw into ``ax``, or into a new figure.

        Raises
        ------
        DataError
            If there are no values, or others than probabilities.
        """
        kinds = [_kind("real", self.real, ACCENT), _kind("generated", self.generated, COUNTER)]
        if self.held_out is not None:
            kinds.insert(1, _kind("held out", self.held_out, ACCENT, "--"))
        self.ax_ = place(ax, _WIDTH, _HEIGHT)
        self.figure_ = self.ax_.figure
        histograms(self.ax_, kinds, np.linspace(0, 1, _BINS + 1))
        tidy(self.ax_, "probability of being authentic, and its means")
        return self


def _kind(name: str, values: Any, colour: str, line: str = "-") -> Kind:
    chances = np.asarray(values, float).ravel()
    if len(chances) == 0 or not ((chances >= 0) & (chances <= 1)).all():
        raise DataError(
            f"{name} rows need probabilities of being authentic, between 0 and 1: give what "
            "discriminate returned"
        )
    return Kind(chances, f"{name} {chances.mean():.2f}", colour, line)
