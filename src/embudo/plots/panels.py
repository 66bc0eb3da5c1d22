"""How the states of a layer are drawn, frame by frame."""

import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Self, final

import numpy as np

from embudo.plots.canvas import laid_out, named
from embudo.plots.colours import ACCENT, COUNTER, GREY, Floats, rgb, shades, signed
from embudo.plots.pictures import Shape, brightness, fold
from embudo.plots.units import names_of_units

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from embudo.estimators.base import Estimator

_MOST_BARS = 24
_DEVIATIONS = 3.0  # of a Gaussian unit that a bar has room for
_SIDE = 6  # pixels of a cell


class Panel(ABC):
    """A part of the picture that changes from frame to frame."""

    margin: ClassVar[float] = 0.0
    """Inches that it needs beside it."""

    @abstractmethod
    def prepare(self, ax: "Axes") -> None:
        """Draw what stays."""

    @abstractmethod
    def show(self, at: int | None) -> None:
        """Draw a state by its number, or that there is none yet."""


@final
@dataclass
class Image(Panel):
    """A layer that is a picture.

    Parameters
    ----------
    pictures : ndarray of shape (n, height, width, 4)
        Red, green, blue and opacity.
    """

    pictures: Floats
    _drawn: Any = field(init=False, repr=False)

    @classmethod
    def of(cls, rows: Floats, image_shape: Shape | None) -> Self:
        """Fold rows of data into pictures."""
        folded = fold(rows, image_shape)
        return cls(shades(folded, *brightness(folded)))

    def prepare(self, ax: "Axes") -> None:
        _clear(ax)
        ax.spines[:].set(visible=True, color=GREY, linewidth=0.6)
        self._drawn = ax.imshow(self.pictures[0], interpolation="nearest")

    def show(self, at: int | None) -> None:
        self._drawn.set_data(self.pictures[at or 0])


@final
@dataclass
class Cells(Panel):
    """A layer as a grid of cells, blue where a unit is on (orange where it is negative).

    Parameters
    ----------
    sheets : ndarray of shape (n, height, width, 4)
        The first one shows units at rest; one for each state follows.
    """

    sheets: Floats
    _drawn: Any = field(init=False, repr=False)

    @classmethod
    def of(cls, hidden: Floats) -> Self:
        """Lay the units of each state, of shape (n, units), out in a grid near a square."""
        n_units = hidden.shape[1]
        states = np.concatenate([np.zeros((1, n_units)), hidden])
        colours = _on_ground(signed(states[:, None])[:, 0])
        columns = math.ceil(math.sqrt(n_units))
        cells = np.broadcast_to(colours[:, :, None, None], (*states.shape, _SIDE, _SIDE, 4))
        return cls(np.stack([laid_out(state, columns) for state in cells]))

    def prepare(self, ax: "Axes") -> None:
        _clear(ax)
        self._drawn = ax.imshow(self.sheets[0], interpolation="nearest")

    def show(self, at: int | None) -> None:
        self._drawn.set_data(self.sheets[0 if at is None else at + 1])


@final
@dataclass
class Bars(Panel):
    """A layer as bars with names: probabilities, and numbers in standard deviations.

    Parameters
    ----------
    lengths : ndarray of shape (n, units)
        From -1 to 1.
    names : sequence of str
    has_numbers : bool
        Whether bars may go to the left.
    has_chances : bool
        Whether some are probabilities.
    """

    margin: ClassVar[float] = 1.4

    lengths: Floats
    names: Sequence[str]
    has_numbers: bool
    has_chances: bool
    _drawn: Any = field(init=False, repr=False)

    @classmethod
    def of(cls, estimator: "Estimator", weights: Floats, states: Floats) -> Self:
        """Take the units with the largest weights, in the order of the data's columns.

        Parameters
        ----------
        estimator : fitted estimator
        weights : ndarray of shape (hidden units, visible units)
        states : ndarray of shape (n, visible units)
        """
        layer = estimator.module_.layer
        lengths = states.copy()
        lengths[:, layer.stretch("gaussian")] /= _DEVIATIONS
        units, names = names_of_units(estimator)
        strengths = np.linalg.norm(weights[:, units], axis=0)
        shown = np.sort(np.argsort(-strengths, kind="stable")[:_MOST_BARS])
        return cls(
            lengths[:, units[shown]].clip(-1, 1),
            [names[row] for row in shown],
            "gaussian" in layer.kind_names,
            layer.kind_names != {"gaussian"},
        )

    def prepare(self, ax: "Axes") -> None:
        _clear(ax)
        n_units = len(self.names)
        self._drawn = ax.barh(range(n_units), self.lengths[0], height=0.7)
        named(ax, self.names)
        ax.set(xlim=(-1 if self.has_numbers else 0, 1), ylim=(n_units - 0.5, -0.5))
        ax.axvline(0, color=GREY, linewidth=0.6)
        ends = self._ends()
        ax.set_xticks(list(ends), list(ends.values()))

    def _ends(self) -> dict[int, str]:
        """Return what the ends of a bar's room mean."""
        if not self.has_numbers:
            return {0: "0", 1: "1"}
        most = f"{_DEVIATIONS:.0f} sd"
        return {
            -1: f"\N{MINUS SIGN}{most}",
            0: "0",
            1: f"1 or {most}" if self.has_chances else most,
        }

    def show(self, at: int | None) -> None:
        for bar, length in zip(self._drawn, self.lengths[at or 0], strict=True):
            bar.set_width(length)
            bar.set_color(ACCENT if length >= 0 else COUNTER)


def _clear(ax: "Axes") -> None:
    ax.set_facecolor("none")
    ax.spines[:].set_visible(False)
    ax.set_xticks([])
    ax.set_yticks([])


def _on_ground(colours: Floats) -> Floats:
    """Put colours on a faint grey, so that cells that are off can be seen."""
    strength = colours[..., 3:]
    ground = rgb(GREY)
    mixed = colours[..., :3] * strength + ground * (1 - strength)
    return np.concatenate([mixed, np.clip(strength, 0.15, 1)], -1)
