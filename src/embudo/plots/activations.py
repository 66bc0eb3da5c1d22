"""What the hidden units answer to rows of data."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from sklearn.utils.validation import check_is_fitted

from embudo.errors import ParameterError
from embudo.plots.canvas import place, tidy
from embudo.plots.colours import GREY, Floats, shades, signed

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import FigureBase

    from embudo.estimators.rbm import RBM

_DEAD = 0.05  # an activation that no row exceeds (or, from above, that none stays below)
_WIDTH, _HEIGHT = 5.0, 3.2  # inches


@dataclass
class HiddenActivationDisplay:
    """Hidden units (across, the busiest first) over rows of data (down); dark is active.

    A unit that answers to every row alike is a streak from top to bottom, and useless: a white
    one is dead, a black one saturated.

    Parameters
    ----------
    activations : ndarray of shape (n_rows, n_components)
    labels : ndarray of shape (n_rows,), optional
        A class for each row, by which the rows are sorted.

    Attributes
    ----------
    order_ : ndarray of int
        The units from left to right.
    ax_ : matplotlib axes
    figure_ : matplotlib figure
    """

    activations: Floats
    labels: "np.ndarray[Any, Any] | None" = None
    order_: "np.ndarray[Any, Any]" = field(init=False, repr=False)
    ax_: "Axes" = field(init=False, repr=False)
    figure_: "FigureBase" = field(init=False, repr=False)

    @classmethod
    def from_estimator(
        cls,
        estimator: "RBM",
        X: Any,
        y: Any = None,
        *,
        n: int = 200,
        ax: "Axes | None" = None,
    ) -> Self:
        """Encode the first rows of ``X`` and draw what the hidden units make of them.

        Parameters
        ----------
        estimator : RBM
        X : array, CSR matrix or data frame of shape (n_rows, n_features)
        y : array of shape (n_rows,), optional
            Classes, by which the rows are sorted.
        n : int, default=200
            At most this many rows.
        ax : matplotlib axes, optional
            By default new ones.
        """
        check_is_fitted(estimator)
        labels = None if y is None else np.asarray(y)[:n]
        return cls(np.asarray(estimator.transform(X[:n])), labels).plot(ax)

    def plot(self, ax: "Axes | None" = None) -> Self:
        """Draw into ``ax``, or into a new figure."""
        values = self.activations
        if self.labels is not None and len(self.labels) != len(values):
            raise ParameterError(
                f"y has {len(self.labels)} classes for {len(values)} rows: give one for each row"
            )
        self.order_ = np.argsort(-values.mean(0), kind="stable")
        self.ax_ = place(ax, _WIDTH, _HEIGHT)
        self.figure_ = self.ax_.figure
        rows = self._rows()
        self.ax_.imshow(
            _coloured(values[rows][:, self.order_]), aspect="auto", interpolation="nearest"
        )
        tidy(self.ax_, f"hidden activations: {self._reading()}")
        self.ax_.spines[:].set(visible=True, color=GREY, linewidth=0.6)
        self.ax_.set_xticks([])
        self.ax_.set_xlabel("hidden units, busiest first", fontsize=8, color=GREY)
        if self.labels is None:
            self.ax_.set_yticks([])
            self.ax_.set_ylabel(f"{len(values)} rows", fontsize=8, color=GREY)
        else:
            self._name_classes(self.labels[rows])
        return self

    def _rows(self) -> "np.ndarray[Any, Any]":
        if self.labels is None:
            return np.arange(len(self.activations))
        return np.argsort(self.labels, kind="stable")

    def _name_classes(self, labels: "np.ndarray[Any, Any]") -> None:
        classes, first, counts = np.unique(labels, return_index=True, return_counts=True)
        self.ax_.set_yticks(first + (counts - 1) / 2, [str(name) for name in classes])
        for edge in first[1:]:
            self.ax_.axhline(edge - 0.5, color=GREY, linewidth=0.6)

    def _reading(self) -> str:
        values = self.activations
        if values.min() < 0 or values.max() > 1:  # not probabilities
            return f"{values.shape[1]} units"
        dead = int((values.max(0) < _DEAD).sum())
        saturated = int((values.min(0) > 1 - _DEAD).sum())
        return f"{values.shape[1]} units, {dead} dead, {saturated} saturated"


def _coloured(values: Floats) -> Floats:
    highest = max(1.0, float(np.percentile(values, 99)))
    sheets = signed(values[None]) if values.min() < 0 else shades(values[None], 0, highest)
    sheet: Floats = sheets[0]
    return sheet
