"""Sheets of pictures that change from frame to frame."""

import math
from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from embudo.errors import ParameterError
from embudo.plots.canvas import draw_sheet, laid_out, place
from embudo.plots.colours import GREY, Floats, shades
from embudo.plots.moving import MovingPicture
from embudo.plots.pictures import brightness

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import FigureBase

_INCHES = 0.7  # of one picture
_LEAST = 2.2  # inches across, so that a caption has room


@dataclass
class Film(MovingPicture):
    """Base of the moving pictures that are sheets of pictures, all in one scale of brightness.

    Parameters
    ----------
    frames : ndarray of shape (n_frames, n, height, width) or (n_frames, n, height, width, 3)
    captions : sequence of str
        One for each frame.

    Attributes
    ----------
    n_frames_ : int
    ax_ : matplotlib axes
    figure_ : matplotlib figure
    """

    frames: Floats
    captions: Sequence[str]
    n_frames_: int = field(init=False, repr=False)
    ax_: "Axes" = field(init=False, repr=False)
    figure_: "FigureBase" = field(init=False, repr=False)

    @property
    @abstractmethod
    def _columns(self) -> int:
        """How many pictures stand side by side."""

    def plot(self, ax: "Axes | None" = None) -> Self:
        """Draw the first frame into ``ax``, or into a new figure.

        Raises
        ------
        ParameterError
            If there is no frame, or not a caption for each.
        """
        self._check()
        self.n_frames_, n, height, width = self.frames.shape[:4]
        across, down = self._columns, -(-n // self._columns)
        inches = max(_INCHES, _LEAST / across)
        self.ax_ = place(ax, inches * across, inches * down * height / width + 0.3)
        self.figure_ = self.ax_.figure
        self._scale = brightness(self.frames)
        draw_sheet(self.ax_, self._pictures(0), across)
        self.draw(0)
        return self

    def draw(self, frame: int) -> None:
        """Show a frame, counted from 0, in the figure."""
        self.ax_.images[0].set_data(laid_out(self._pictures(frame), self._columns))
        self.ax_.set_title(self.captions[frame], loc="left", fontsize=9, color=GREY)

    def _pictures(self, frame: int) -> Floats:
        return shades(self.frames[frame], *self._scale)

    def _check(self) -> None:
        shape: tuple[Any, ...] = np.shape(self.frames)
        if len(shape) not in (4, 5) or 0 in shape:
            raise ParameterError(
                f"frames have the shape {shape}: give (n_frames, n, height, width), or one more "
                "axis of 3 for colours"
            )
        if len(self.captions) != shape[0]:
            raise ParameterError(
                f"{len(self.captions)} captions for {shape[0]} frames: give one for each"
            )


def square(n: int) -> int:
    """Return how many of ``n`` pictures stand side by side in a sheet that is near a square."""
    return math.ceil(math.sqrt(n))
