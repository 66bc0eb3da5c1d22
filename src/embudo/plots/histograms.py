"""Several sets of numbers as histograms over each other."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from embudo.plots.colours import GREY, Floats

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_HEADROOM = 1.25  # of the highest bar, with the legend above it


class Kind(NamedTuple):
    """Numbers, what they are called, and the colour and line that they are drawn in."""

    values: Floats
    name: str
    colour: str
    line: str = "-"


def histograms(ax: "Axes", kinds: Sequence[Kind], edges: Floats) -> None:
    """Draw the share of each kind's numbers between edges; whole lines are filled beneath."""
    for values, name, colour, line in kinds:
        heights = np.histogram(values, edges)[0] / len(values)
        if line == "-":
            ax.stairs(heights, edges, fill=True, color=colour, alpha=0.25)
        ax.stairs(heights, edges, color=colour, linestyle=line, linewidth=1.6, label=name)
    ax.set_yticks([])
    ax.margins(y=0.02)
    ax.set_ylim(0, _HEADROOM * ax.dataLim.y1)
    ax.legend(
        frameon=False,
        fontsize=8,
        labelcolor=GREY,
        handlelength=1.3,
        columnspacing=1.2,
        borderaxespad=0,
        ncols=len(kinds),
        loc="upper left",
    )
