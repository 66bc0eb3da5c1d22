"""What every moving picture can do: be shown frame by frame, be saved, play in a notebook."""

import base64
from abc import ABC, abstractmethod
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from embudo.errors import ParameterError
from embudo.files import replacing
from embudo.plots.gif import gif_bytes

if TYPE_CHECKING:
    from matplotlib.figure import FigureBase

_STILL = 3  # frames' time for which the first and the last one stand


class MovingPicture(ABC):
    """Base of the moving pictures."""

    n_frames_: int
    figure_: "FigureBase"
    described: ClassVar[str]

    @abstractmethod
    def draw(self, frame: int) -> None:
        """Show a frame, counted from 0, in the figure."""

    def save(self, path: str | PathLike[str], *, seconds: float = 0.4, dpi: int = 100) -> None:
        """Write all frames to an animated GIF, which plays for ever.

        Parameters
        ----------
        path : path-like
            Ending in ``.gif``.
        seconds : float, default=0.4
            For which a frame stands; the first and the last one stand longer.
        dpi : int, default=100
            Pixels per inch.

        Raises
        ------
        ParameterError
            If the path has another ending.
        OutputError
            If the file cannot be written.
        """
        if Path(path).suffix.lower() != ".gif":
            raise ParameterError(f"{path} is to be a moving picture: give it the ending .gif")
        content = self._gif(seconds, dpi)
        with replacing(path) as file:
            file.write(content)

    def _gif(self, seconds: float, dpi: int) -> bytes:
        times = [seconds] * self.n_frames_
        times[0] = times[-1] = _STILL * seconds
        return gif_bytes(_whole(self.figure_), self.draw, times, dpi)

    def _repr_html_(self) -> str:
        """Play in a notebook."""
        text = base64.b64encode(self._gif(0.4, 100)).decode("ascii")
        return f'<img src="data:image/gif;base64,{text}" alt="{self.described}, step by step">'


def _whole(figure: Any) -> Any:
    """Return the figure that a part of it belongs to."""
    return figure.canvas.figure
