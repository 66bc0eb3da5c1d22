"""The singular values of the weights."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

import numpy as np
from sklearn.utils.validation import check_is_fitted

from embudo.plots.canvas import place, tidy
from embudo.plots.colours import ACCENT, GREY, Floats

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import FigureBase

    from embudo.estimators.rbm import RBM

_WIDTH, _HEIGHT = 4.2, 2.4  # inches


@dataclass
class SingularValueDisplay:
    """The singular values of the weights, the largest first, beside those of shuffled weights.

    A direction that stands out of the shuffled weights (Horn's parallel analysis, 1965) is
    structure that was learned. A model in training learns one after the other
    (Decelle, Fissore and Furtlehner 2017).

    Parameters
    ----------
    values : ndarray of shape (n,)
    shuffled : ndarray of shape (n,)

    Attributes
    ----------
    n_learned_ : int
        How many of the values exceed the largest of the shuffled ones.
    ax_ : matplotlib axes
    figure_ : matplotlib figure
    """

    values: Floats
    shuffled: Floats
    n_learned_: int = field(init=False, repr=False)
    ax_: "Axes" = field(init=False, repr=False)
    figure_: "FigureBase" = field(init=False, repr=False)

    @classmethod
    def from_estimator(
        cls, estimator: "RBM", *, random_state: int = 0, ax: "Axes | None" = None
    ) -> Self:
        """Decompose the weights of a fitted model.

        Parameters
        ----------
        estimator : RBM
        random_state : int, default=0
            Seed of the shuffling.
        ax : matplotlib axes, optional
            By default new ones.
        """
        check_is_fitted(estimator)
        weights = estimator.components_.astype(np.float64)
        shuffled = np.random.default_rng(random_state).permutation(weights.ravel())
        spectra = [
            np.linalg.svd(matrix, compute_uv=False)
            for matrix in (weights, shuffled.reshape(weights.shape))
        ]
        return cls(*spectra).plot(ax)

    def plot(self, ax: "Axes | None" = None) -> Self:
        """Draw into ``ax``, or into a new figure."""
        n = len(self.values)
        self.n_learned_ = int((self.values > self.shuffled.max()).sum())
        self.ax_ = place(ax, _WIDTH, _HEIGHT)
        self.figure_ = self.ax_.figure
        ranks = np.arange(1, n + 1)
        mark = "o" if n <= 100 else ""
        self.ax_.plot(
            ranks,
            self.values,
            color=ACCENT,
            linewidth=1.6,
            marker=mark,
            markersize=2.5,
            label="weights",
        )
        self.ax_.plot(
            ranks, self.shuffled, "--", color=GREY, linewidth=1.2, label="same weights, shuffled"
        )
        tidy(self.ax_, f"singular values of the weights: {self.n_learned_} of {n} stand out")
        self.ax_.locator_params(axis="y", nbins=4)
        self.ax_.set_ylim(bottom=0)
        self.ax_.set_xticks(sorted({1, n}))
        self.ax_.margins(x=0.02)
        self.ax_.legend(frameon=False, fontsize=8, labelcolor=GREY, handlelength=1.6)
        return self
