"""Where pictures are drawn: matplotlib, asked for only when something is to be drawn."""

import contextlib
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from embudo.errors import MissingExtraError, ParameterError
from embudo.plots.colours import GREY, Floats

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_GAP = 1  # pixels between pictures
_PAD = 0.1  # inches around what stands on a page
_LONGEST = 24  # letters of a name beside a picture


def place(ax: "Axes | None", width: float, height: float) -> "Axes":
    """Return the axes given, or new ones on a transparent figure.

    Raises
    ------
    MissingExtraError
        If matplotlib is not installed.
    """
    if ax is None:
        with _wanting_matplotlib():
            from matplotlib import pyplot
        figure = pyplot.figure(figsize=(width, height), layout="constrained", facecolor="none")
        ax = figure.add_subplot()
    return ax


def page(width: float, height: float) -> "Figure":
    """Return a white figure that no screen knows of, made to be written to a file.

    Raises
    ------
    MissingExtraError
        If matplotlib is not installed.
    """
    with _wanting_matplotlib():
        from matplotlib.figure import Figure
    figure = Figure(figsize=(width, height), facecolor="white")
    figure.set_layout_engine("constrained", w_pad=_PAD, h_pad=_PAD)
    return figure


@contextlib.contextmanager
def _wanting_matplotlib() -> Iterator[None]:
    try:
        yield
    except ImportError:
        raise MissingExtraError.of("plotting", "plots") from None


def parts_of(
    ax: "Axes",
    height: int,
    width: int,
    ratios: Sequence[float] | None = None,
    gap: float | None = None,
) -> "list[Axes]":
    """Divide the place of axes, which lose their frame, into panels, row by row.

    Parameters
    ----------
    ax : matplotlib axes
    height, width : int
        How many panels there are, down and across.
    ratios : sequence of float, optional
        Of the panels' widths.
    gap : float, optional
        Between panels side by side, as a share of a panel's width.

    Raises
    ------
    ParameterError
        If the axes have no place that can be divided.
    """
    spec = ax.get_subplotspec()
    if spec is None:
        raise ParameterError("ax must be one of a figure's subplots; make it by subplots()")
    ax.set_axis_off()
    grid = spec.subgridspec(height, width, width_ratios=ratios, wspace=gap)
    return [ax.figure.add_subplot(grid[divmod(at, width)]) for at in range(height * width)]


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
    height = pictures.shape[1]
    ax.imshow(laid_out(pictures, columns), interpolation="nearest")
    ax.set_facecolor("none")
    ax.spines[:].set_visible(False)
    ax.set_xticks([])
    ax.set_yticks([row * (height + _GAP) + (height - 1) / 2 for row in range(len(titles))], titles)
    ax.tick_params(length=0, labelsize=9, labelcolor=GREY)


def laid_out(pictures: Floats, columns: int) -> Floats:
    """Return pictures, of shape (n, height, width, 4), as one sheet with gaps between them."""
    n, height, width, _ = pictures.shape
    pitch_y, pitch_x = height + _GAP, width + _GAP
    rows = -(-n // columns)
    sheet = np.zeros((rows * pitch_y - _GAP, columns * pitch_x - _GAP, 4))
    for index, picture in enumerate(pictures):
        top, left = index // columns * pitch_y, index % columns * pitch_x
        sheet[top : top + height, left : left + width] = picture
    return sheet


def tidy(ax: "Axes", title: str) -> None:
    """Leave of a chart's frame the ground line alone, and put its title where reading starts."""
    ax.set_title(title, loc="left", fontsize=9, color=GREY)
    ax.set_facecolor("none")
    ax.spines[["top", "right", "left"]].set_visible(False)
    ax.spines["bottom"].set_color(GREY)
    ax.spines["bottom"].set_linewidth(0.6)
    ax.tick_params(length=0, labelsize=8, labelcolor=GREY)


def named(ax: "Axes", names: Sequence[str]) -> None:
    """Write a name beside each row, shortened where it is long."""
    short = [name if len(name) <= _LONGEST else f"{name[: _LONGEST - 1]}…" for name in names]
    ax.set_yticks(range(len(short)), short)
    ax.tick_params(length=0, labelsize=8, labelcolor=GREY)
