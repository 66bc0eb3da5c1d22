"""The layers of a deep model, from looking at rows to dreaming, frame by frame."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Self

from embudo.plots.canvas import parts_of, place
from embudo.plots.colours import ACCENT, GREY
from embudo.plots.moving import MovingPicture
from embudo.plots.panels import Bars, Cells, Image, Panel
from embudo.plots.pictures import Shape
from embudo.plots.trace import Sweeps, Trace, trace
from embudo.plots.units import holds_pictures

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import FigureBase

    from embudo.estimators.dbm import DBM
    from embudo.estimators.dbn import DBN

_SIDE = 1.25  # inches of a panel
_DIM = 0.35  # opacity of layers that are not at work


@dataclass
class StackAnimation(MovingPicture):
    """A deep model at work as a moving picture, a column for each row of data.

    The visible layer is at the bottom. A deep belief network goes up layer by layer; then its
    topmost machine dreams, a Gibbs chain between the two highest layers; then one pass down gives
    what was dreamt. Of a deep Boltzmann machine mean field settles all hidden layers at once, and
    all layers dream together. Visible units are shown by their means, hidden ones by the states
    drawn, in mean field by their means. The layers at work are bright, the others as they were.

    Parameters
    ----------
    trace : Trace
        The states that the layers went through.
    panels : sequence of sequences of Panel
        For each layer, the visible one first, those of all rows of data.

    Attributes
    ----------
    n_frames_ : int
    axes_ : list of matplotlib axes
        Row by row from the topmost layer down.
    ax_ : matplotlib axes
        The frameless axes whose place they share.
    figure_ : matplotlib figure
    """

    described: ClassVar[str] = "a deep model that looks and dreams"

    trace: Trace
    panels: Sequence[Sequence[Panel]]
    n_frames_: int = field(init=False, repr=False)
    axes_: "list[Axes]" = field(init=False, repr=False)
    ax_: "Axes" = field(init=False, repr=False)
    figure_: "FigureBase" = field(init=False, repr=False)

    @classmethod
    def from_estimator(
        cls,
        estimator: "DBN | DBM",
        X: Any = None,
        image_shape: Shape | None = None,
        *,
        n: int = 4,
        steps: int = 240,
        every: int = 20,
        random_state: int = 0,
        ax: "Axes | None" = None,
    ) -> Self:
        """Let a fitted model look at rows and dream.

        Parameters
        ----------
        estimator : DBN or DBM
        X : array, CSR matrix or data frame of shape (n_rows, n_features), optional
            The first rows are looked at, what is missing in them being at its base rate. By
            default they are drawn at the base rates of all units.
        image_shape : (height, width) or (height, width, 3), optional
            By default a square, if nameless columns are as many as its pixels; otherwise the
            visible units are bars.
        n : int, default=4
            At most this many rows.
        steps : int, default=240
            Gibbs sweeps of the dream.
        every : int, default=20
            Show only one of so many sweeps.
        random_state : int, default=0
            Seed.
        ax : matplotlib axes, optional
            Whose place the panels take; by default that of a new figure.
        """
        found = trace(estimator, X, n, Sweeps(steps, every), random_state)
        pictured = image_shape is not None or holds_pictures(estimator)
        visible: list[Panel] = []
        for at in range(found.rows.shape[1]):
            if pictured:
                visible.append(Image.of(found.rows[:, at], image_shape))
            else:
                visible.append(Bars.of(estimator, found.weights, found.layers[0][:, at]))
        hidden = [
            [Cells.of(states[:, at]) for at in range(states.shape[1])]
            for states in found.layers[1:]
        ]
        return cls(found, [visible, *hidden]).plot(ax)

    def plot(self, ax: "Axes | None" = None) -> Self:
        """Draw the first frame into the place of ``ax``, or into a new figure."""
        self.n_frames_ = len(self.trace.scenes)
        height, width = len(self.panels), len(self.panels[0])
        self.ax_ = place(ax, 1.2 + self.panels[0][0].margin + _SIDE * width, 0.5 + _SIDE * height)
        self.figure_ = self.ax_.figure
        self.axes_ = parts_of(self.ax_, height, width)
        for layer, panels in enumerate(self.panels):
            for column, (panel, part) in enumerate(zip(panels, self._axes_of(layer), strict=True)):
                panel.prepare(part)
                if column:
                    part.set(xticks=[], yticks=[])
        self._labels = [self._label(layer) for layer in range(height)]
        self._caption = self._place_caption()
        self.draw(0)
        return self

    def draw(self, frame: int) -> None:
        scene = self.trace.scenes[frame]
        self._caption.set_text(f"{scene.arrow}  {scene.text}".lstrip())
        for layer, state in enumerate(scene.states):
            lit = layer in scene.lit
            for panel, ax in zip(self.panels[layer], self._axes_of(layer), strict=True):
                panel.show(state)
                for drawn in (*ax.images, *ax.patches):
                    drawn.set_alpha(1.0 if lit else _DIM)
            self._labels[layer].set_color(ACCENT if lit else GREY)

    def _axes_of(self, layer: int) -> "list[Axes]":
        width = len(self.panels[0])
        first = (len(self.panels) - 1 - layer) * width
        return self.axes_[first : first + width]

    def _label(self, layer: int) -> Any:
        """Write the name of a layer beside it."""
        first = self._axes_of(layer)[0]
        name = f"layer {layer}" if layer else "visible"
        first.set_ylabel(name, rotation=0, ha="right", va="center", fontsize=9)
        return first.yaxis.label

    def _place_caption(self) -> Any:
        """Write above all panels, wherever a column ends."""
        first = self.axes_[0]
        first.set_title(" ", loc="left", fontsize=10)  # keeps the room
        caption = first.annotate(
            "",
            (0, 1),
            xytext=(0, 6),
            xycoords="axes fraction",
            textcoords="offset points",
            fontsize=10,
            color=GREY,
        )
        caption.set_in_layout(False)
        return caption
