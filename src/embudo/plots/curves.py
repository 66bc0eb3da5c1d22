"""The course of training as small multiples."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import numpy.typing as npt
from sklearn.utils.validation import check_is_fitted

from embudo.errors import ParameterError
from embudo.plots.canvas import parts_of, place, tidy
from embudo.plots.colours import ACCENT, GREY

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import FigureBase

    from embudo.estimators.base import Estimator
    from embudo.training.history import History

_NOT_CURVES = {"epoch", "steps", "seconds", "learning_rate"}
_WIDTH, _HEIGHT = 3.1, 1.9  # inches of one panel


@dataclass
class LearningCurveDisplay:
    """One small panel for each measure, over the epochs.

    Where a training has several stages, such as the layers of a stack, they follow each other
    from left to right, with dotted lines between them.

    Parameters
    ----------
    history : History
    columns : sequence of str
        What to show; a column called ``validation_...`` is drawn dashed into the panel of the
        column that it validates.
    across : int, default=2
        Panels side by side.

    Attributes
    ----------
    axes_ : list of matplotlib axes
        The panels.
    ax_ : matplotlib axes
        The frameless axes whose place they share.
    figure_ : matplotlib figure
    """

    history: "History"
    columns: Sequence[str]
    across: int = 2
    axes_: "list[Axes]" = field(init=False, repr=False)
    ax_: "Axes" = field(init=False, repr=False)
    figure_: "FigureBase" = field(init=False, repr=False)

    @classmethod
    def from_history(
        cls,
        history: "History",
        columns: Sequence[str] | None = None,
        *,
        across: int = 2,
        ax: "Axes | None" = None,
    ) -> Self:
        """Draw a history.

        Parameters
        ----------
        history : History
        columns : sequence of str, optional
            By default all measures.
        across : int, default=2
            Panels side by side.
        ax : matplotlib axes, optional
            Whose place the panels take; by default that of a new figure.

        Raises
        ------
        ParameterError
            If the history is empty, or has no such column.
        """
        if columns is None:
            columns = measures_in(history)
        missing = [name for name in columns if name not in history.columns]
        if missing or not columns:
            has = ", ".join(history.columns) or "none, for it is empty"
            raise ParameterError(
                f"columns {missing} are not in the history, whose columns are: {has}"
            )
        return cls(history, list(columns), across).plot(ax)

    @classmethod
    def from_estimator(
        cls,
        estimator: "Estimator",
        columns: Sequence[str] | None = None,
        *,
        across: int = 2,
        ax: "Axes | None" = None,
    ) -> Self:
        """Draw the history of a fitted estimator; see :meth:`from_history`."""
        check_is_fitted(estimator)
        return cls.from_history(estimator.history_, columns, across=across, ax=ax)

    def plot(self, ax: "Axes | None" = None) -> Self:
        """Draw into the place of ``ax``, or into a new figure."""
        panels = grouped(self.columns)
        width = min(self.across, len(panels))
        height = -(-len(panels) // width)
        self.ax_ = place(ax, _WIDTH * width, _HEIGHT * height)
        self.figure_ = self.ax_.figure
        self.axes_ = parts_of(self.ax_, height, width)
        for panel, names in zip(self.axes_, panels, strict=False):
            self._draw(panel, names)
        for panel in self.axes_[len(panels) :]:
            panel.remove()
        del self.axes_[len(panels) :]
        return self

    def _draw(self, ax: "Axes", names: Sequence[str]) -> None:
        stages = self.history.stages
        for epochs, stage in self._stretches():
            for name in names:
                style = "--" if name.startswith("validation_") and len(names) > 1 else "-"
                if name in stage.columns:
                    _line(ax, epochs, stage[name], style, crowded=len(stages) > 1)
        tidy(ax, _title(names))
        ax.grid(axis="y", color=GREY, alpha=0.25, linewidth=0.6)
        ax.locator_params(axis="y", nbins=3)
        ax.margins(x=0.02, y=0.12 if len(stages) == 1 else 0.22)
        if len(stages) == 1:
            epochs = self.history["epoch"]
            ends = dict.fromkeys((epochs[0], epochs[-1]))
            ax.set_xticks(list(ends), [f"epoch {end}" for end in ends])
            return
        spans = [epochs for epochs, _ in self._stretches()]
        for epochs in spans[1:]:
            ax.axvline(epochs[0] - 0.5, color=GREY, linewidth=0.6, linestyle=":")
        ax.set_xticks([(epochs[0] + epochs[-1]) / 2 for epochs in spans], list(stages))
        ax.set_xlim(0.5, len(self.history) + 0.5)

    def _stretches(self) -> "Iterator[tuple[Sequence[float], History]]":
        """Return each stage's history and its epochs, those of several stages counted through."""
        stages = self.history.stages.values()
        if len(stages) == 1:
            yield self.history["epoch"], self.history
            return
        start = 1
        for stage in stages:
            yield range(start, start + len(stage)), stage
            start += len(stage)


def measures_in(history: "History") -> list[str]:
    """Return the columns of a history that are measures, and so make a curve."""
    return [name for name in history.columns if name not in _NOT_CURVES]


def grouped(columns: Sequence[str]) -> list[list[str]]:
    """Put every validation column beside the one that it validates."""
    bases = [name.removeprefix("validation_") for name in columns]
    return [
        sorted(name for name in columns if name.removeprefix("validation_") == base)
        for base in dict.fromkeys(bases)
    ]


def _line(
    ax: "Axes", epochs: Sequence[float], values: Sequence[float], style: str, *, crowded: bool
) -> None:
    """Draw a curve and its last value: to the right, or above the curve where others follow."""
    numbers: npt.NDArray[Any] = np.asarray(values, float)
    ax.plot(epochs, numbers, style, color=ACCENT, linewidth=1.8, solid_capstyle="round")
    known = np.flatnonzero(np.isfinite(numbers))
    if len(known) == 0:
        return
    at, value = epochs[known[-1]], float(numbers[known[-1]])
    ax.plot([at], [value], "o", color=ACCENT, markersize=4)
    if style == "-":
        ax.annotate(
            f"{value:.3g}".replace("-", "\N{MINUS SIGN}"),
            (at, value),
            xytext=(2, 5) if crowded else (6, 0),
            textcoords="offset points",
            ha="right" if crowded else "left",
            va="bottom" if crowded else "center",
            color=ACCENT,
            fontsize=8 if crowded else 9,
            fontweight="bold",
            annotation_clip=False,
        )


def _title(names: Sequence[str]) -> str:
    words = names[0].replace("_", " ").replace("kl ", "KL ")
    return f"{words} (dashed: held out)" if len(names) > 1 else words
