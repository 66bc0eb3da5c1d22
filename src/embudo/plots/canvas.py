"""Where pictures are drawn: matplotlib, asked for only when something is to be drawn."""

from typing import TYPE_CHECKING

import numpy as np

from embudo.errors import MissingExtraError
from embudo.plots.colours import GREY, Floats

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_GAP = 1  # pixels between pictures


def place(ax: "Axes | None", width: float, height: float) -> "Axes":
    """Return the axes given, or new ones on a transparent figure.

    Raises
    ------
    MissingExtraError
        If matplotlib is not installed.
    """
    if ax is None:
        try:
            from matplotlib import pyplot
        except ImportError:
            raise MissingExtraError.of("plotting", "plots") from None
        figure = pyplot.figure(figsize=(width, height), layout="constrained", facecolor="none")
        ax = figure.add_subplot()
    return ax


def draw_sheet(ax: "Axes", pictures: Floats, columns: int, titles: tuple[str, ...] = ()) -> None:
    """Lay pictures out row by row, with a title to the left of each row.

    Parameters
    ----------
    ax : matplotlib axes
    pictures : ndarray of shape (n, height, width, 4)
        Red, green, blue and opacity in [0, 1].
    columns : int
    titles : tuple of str
        As many as there are rows, or none.
    """
    n, height, width, _ = pictures.shape
    pitch_y, pitch_x = height + _GAP, width + _GAP
    rows = -(-n // columns)
    sheet = np.zeros((rows * pitch_y - _GAP, columns * pitch_x - _GAP, 4))
    for index, picture in enumerate(pictures):
        top, left = index // columns * pitch_y, index % columns * pitch_x
        sheet[top : top + height, left : left + width] = picture
    ax.imshow(sheet, interpolation="nearest")
    ax.set_facecolor("none")
    ax.spines[:].set_visible(False)
    ax.set_xticks([])
    ax.set_yticks([row * pitch_y + (height - 1) / 2 for row in range(len(titles))], titles)
    ax.tick_params(length=0, labelsize=9, labelcolor=GREY)
