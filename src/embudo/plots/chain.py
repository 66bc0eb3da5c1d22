"""The chain player: a walk between the two layers, step by step."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Self

from embudo.plots.canvas import parts_of, place
from embudo.plots.colours import ACCENT, GREY
from embudo.plots.moving import MovingPicture
from embudo.plots.panels import Bars, Cells, Image, Panel
from embudo.plots.pictures import Shape
from embudo.plots.units import holds_pictures
from embudo.plots.walk import Walk, walk

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import FigureBase

    from embudo.estimators.rbm import RBM

_WIDTH, _HEIGHT = 6.4, 3.4  # inches


@dataclass
class ChainAnimation(MovingPicture):
    """A Gibbs chain as a moving picture: x, y, r, y, r, ...

    The visible layer is to the left, the hidden one to the right. A frame in which the hidden
    units were drawn is followed by one with what they make of the visible ones. Visible units
    are shown by their means, hidden ones by the states drawn.

    Parameters
    ----------
    walk : Walk
        The states that the chain went through.
    visible, hidden : Panel
        How the two layers are drawn.

    Attributes
    ----------
    n_frames_ : int
    axes_ : list of matplotlib axes
        Visible layer, arrows, hidden layer.
    ax_ : matplotlib axes
        The frameless axes whose place they share.
    figure_ : matplotlib figure
    """

    described: ClassVar[str] = "a Gibbs chain"

    walk: Walk
    visible: Panel
    hidden: Panel
    n_frames_: int = field(init=False, repr=False)
    axes_: "list[Axes]" = field(init=False, repr=False)
    ax_: "Axes" = field(init=False, repr=False)
    figure_: "FigureBase" = field(init=False, repr=False)

    @classmethod
    def from_estimator(
        cls,
        estimator: "RBM",
        X: Any = None,
        image_shape: Shape | None = None,
        *,
        steps: int = 24,
        every: int = 1,
        random_state: int = 0,
        ax: "Axes | None" = None,
    ) -> Self:
        """Let a chain of a fitted model run.

        Parameters
        ----------
        estimator : RBM
        X : array, CSR matrix or data frame of shape (n_rows, n_features), optional
            The chain starts at its first row, what is missing there at its base rate. By default
            it starts at the base rates of all units.
        image_shape : (height, width) or (height, width, 3), optional
            By default a square, if nameless columns are as many as its pixels; otherwise the
            visible units are bars.
        steps : int, default=24
            Gibbs sweeps.
        every : int, default=1
            Show only one of so many sweeps: a long chain tells whether it moves on.
        random_state : int, default=0
            Seed.
        ax : matplotlib axes, optional
            Whose place the panels take; by default that of a new figure.
        """
        found = walk(estimator, X, steps, every, random_state)
        visible: Panel
        if image_shape is not None or holds_pictures(estimator):
            visible = Image.of(found.rows, image_shape)
        else:
            visible = Bars.of(estimator, estimator.components_, found.visible)
        return cls(found, visible, Cells.of(found.hidden)).plot(ax)

    def plot(self, ax: "Axes | None" = None) -> Self:
        """Draw the first frame into the place of ``ax``, or into a new figure."""
        self.n_frames_ = len(self.walk.moments())
        self.ax_ = place(ax, _WIDTH, _HEIGHT)
        self.figure_ = self.ax_.figure
        self.axes_ = parts_of(self.ax_, 1, 3, (1, 0.3, 1))
        left, middle, right = self.axes_
        self.visible.prepare(left)
        self.hidden.prepare(right)
        self._texts = _arrows(middle)
        for panel in (left, right):
            panel.set_title(" ", loc="left", fontsize=10, color=GREY)
        self.draw(0)
        return self

    def draw(self, frame: int) -> None:
        moment = self.walk.moments()[frame]
        left, _, right = self.axes_
        up, down, counter = self._texts
        self.visible.show(moment.visible)
        self.hidden.show(moment.hidden)
        name = "x" if moment.visible == 0 else "r"
        left.set_title(f"visible units: {name}", loc="left", fontsize=10, color=GREY)
        right.set_title("hidden units: y", loc="left", fontsize=10, color=GREY)
        up.set_text(f"y ~ p(h | {name})" if moment.is_up else "")
        down.set_text("r = E[v | y]" if moment.is_down else "")
        for arrow, text, lit in ((0, up, moment.is_up), (1, down, moment.is_down)):
            colour = ACCENT if lit else GREY
            self.axes_[1].patches[arrow].set(color=colour, alpha=1 if lit else 0.25)
            text.set_color(colour)
        counter.set_text(f"step {moment.sweep}\nof {self.walk.sweeps[-1]}")


def _arrows(ax: "Axes") -> Sequence[Any]:
    """Draw the way up and the way down; return the texts at them, and the counter."""
    from matplotlib.patches import FancyArrowPatch

    ax.set_axis_off()
    ax.set(xlim=(0, 1), ylim=(0, 1))
    for y, start, end in ((0.64, 0.02, 0.98), (0.36, 0.98, 0.02)):
        arrow = FancyArrowPatch((start, y), (end, y), arrowstyle="-|>", mutation_scale=16, lw=2)
        ax.add_patch(arrow)
    style: dict[str, Any] = {"ha": "center", "fontsize": 9, "clip_on": False}
    up = ax.text(0.5, 0.69, "", va="bottom", **style)
    down = ax.text(0.5, 0.31, "", va="top", **style)
    counter = ax.text(0.5, 0.5, "", va="center", color=GREY, **style)
    return up, down, counter
