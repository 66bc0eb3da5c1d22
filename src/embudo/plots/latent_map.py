"""Where rows lie in the space of codes."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import numpy.typing as npt

from embudo.errors import DataError, ParameterError
from embudo.estimators.inputs import check_counts
from embudo.plots.canvas import place
from embudo.plots.codes import codes_of, dense
from embudo.plots.colours import GREY, Floats, shades
from embudo.plots.meanings import meaning_of
from embudo.plots.pictures import Shape, brightness, fold
from embudo.plots.spread import Indices, spread_out

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import FigureBase

_WIDTH, _HEIGHT = 6.0, 5.2  # inches
_MARGIN = 0.04  # around the points, as a share of their extent
_THUMBNAIL = 0.06  # of the wider extent
_INK = 14000  # square points that all dots together cover
_SMALLEST, _LARGEST = 2.0, 24.0  # square points of a dot


@dataclass
class LatentMapDisplay:
    """Rows as points where a model's code puts them, with their classes, numbers or pictures.

    Rows that the model takes for alike lie near each other. Where classes that it was never told
    of form islands, its code knows of them.

    Parameters
    ----------
    positions : ndarray of shape (n_rows, 2)
    axis_names : (str, str)
    y : ndarray of shape (n_rows,), optional
        Classes, or numbers, which are real ones or whole ones of more than 20 values. Rows whose
        entry is None or NaN are grey.
    pictures : ndarray of shape (n_rows, height, width) or (n_rows, height, width, 3), optional
    thumbnails : int, default=0
        Draw at most this many of the pictures.

    Attributes
    ----------
    thumbnails_ : ndarray of int
        The rows whose pictures are drawn.
    ax_ : matplotlib axes
    figure_ : matplotlib figure
    """

    positions: Floats
    axis_names: tuple[str, str] = ("component 0", "component 1")
    y: "npt.NDArray[Any] | None" = None
    pictures: Floats | None = None
    thumbnails: int = 0
    thumbnails_: Indices = field(init=False, repr=False)
    ax_: "Axes" = field(init=False, repr=False)
    figure_: "FigureBase" = field(init=False, repr=False)

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        X: Any,
        y: Any = None,
        *,
        thumbnails: int = 0,
        image_shape: Shape | None = None,
        ax: "Axes | None" = None,
    ) -> Self:
        """Encode rows and draw where they lie.

        Parameters
        ----------
        estimator : fitted estimator that has ``transform``
            Of more than two components the first two principal components are drawn, with the
            share of the variance that each has.
        X : array, CSR matrix or data frame of shape (n_rows, n_features)
        y : array of shape (n_rows,), optional
            Classes, which get a colour each and a label at their median, or numbers, which get a
            scale of colours: real ones, or whole ones of more than 20 values.
        thumbnails : int, default=0
            At most this many rows are drawn as pictures, chosen far from each other, so that none
            overlaps another.
        image_shape : (height, width) or (height, width, 3), optional
            Of the thumbnails; by default a square.
        ax : matplotlib axes, optional
            By default new ones.

        Raises
        ------
        ParameterError
            If the code has one component only, or the shape does not fit.
        DataError
            If y has another length than X.
        """
        if thumbnails != 0:
            check_counts(thumbnails=thumbnails)
        positions, axis_names = on_a_plane(codes_of(estimator, X))
        labels = None if y is None else np.asarray(y)
        pictures = fold(dense(X), image_shape) if thumbnails else None
        return cls(positions, axis_names, labels, pictures, thumbnails).plot(ax)

    def plot(self, ax: "Axes | None" = None) -> Self:
        """Draw into ``ax``, or into a new figure."""
        if self.y is not None and self.y.shape != self.positions.shape[:1]:
            raise DataError(
                f"y has the shape {self.y.shape} for {len(self.positions)} rows: give one entry "
                "for each row"
            )
        meaning = meaning_of(self.y, len(self.positions))
        self.ax_ = place(ax, _WIDTH + meaning.margin, _HEIGHT)
        self.figure_ = self.ax_.figure
        self._frame()
        self._draw_points(meaning.colours)
        taken = meaning.explain(self.ax_, self.positions)
        self._draw_thumbnails(meaning.colours, taken)
        return self

    def _frame(self) -> None:
        """Make room for all points, on one scale in both directions."""
        low, high = self.positions.min(0), self.positions.max(0)
        edge = _MARGIN * ((high - low).max() or 1)
        ax = self.ax_
        ax.set(xlim=(low[0] - edge, high[0] + edge), ylim=(low[1] - edge, high[1] + edge))
        ax.set_aspect("equal")
        ax.set_facecolor("none")
        ax.spines[:].set(color=GREY, linewidth=0.6)
        ax.spines[["top", "right"]].set_visible(False)
        ax.locator_params(nbins=6)
        ax.tick_params(length=0, labelsize=8, labelcolor=GREY)
        ax.set_xlabel(self.axis_names[0], fontsize=8, color=GREY)
        ax.set_ylabel(self.axis_names[1], fontsize=8, color=GREY)

    def _draw_points(self, colours: Floats) -> None:
        """Draw points in an order that hides no class behind another."""
        order = np.random.default_rng(0).permutation(len(colours))
        size = np.clip(_INK / len(colours), _SMALLEST, _LARGEST)
        x, y = self.positions[order].T
        self.ax_.scatter(
            x, y, size, colours[order], alpha=0.7, linewidths=0, rasterized=True, zorder=2
        )

    def _draw_thumbnails(self, colours: Floats, taken: Floats) -> None:
        self.thumbnails_ = np.empty(0, np.intp)
        if self.pictures is None or self.thumbnails == 0:
            return
        sides = np.array(self.pictures.shape[2:0:-1])
        size = _THUMBNAIL * (np.ptp(self.positions, axis=0).max() or 1) * sides / sides.max()
        self.thumbnails_ = spread_out(self.positions, size, self.thumbnails, taken)
        if not len(self.thumbnails_):
            return
        chosen = self.pictures[self.thumbnails_]
        pictures = shades(chosen, *brightness(chosen))
        for at, picture in zip(self.thumbnails_, pictures, strict=True):
            self._draw_picture(picture, self.positions[at], size, colours[at])

    def _draw_picture(self, picture: Floats, centre: Floats, size: Floats, colour: Floats) -> None:
        from matplotlib.patches import Rectangle

        corner, opposite = centre - size / 2, centre + size / 2
        extent = (corner[0], opposite[0], corner[1], opposite[1])
        self.ax_.imshow(picture, extent=extent, interpolation="antialiased", zorder=3)
        frame = Rectangle(tuple(corner), *size, fill=False, ec=colour, lw=1.2, zorder=4)
        self.ax_.add_patch(frame)


def on_a_plane(codes: Floats) -> tuple[Floats, tuple[str, str]]:
    """Return two numbers for each row, and what they are."""
    n_components = codes.shape[1]
    if n_components < 2:
        raise ParameterError("a map needs codes of two components or more, and these have one")
    if n_components == 2:
        return codes, ("component 0", "component 1")
    centred = codes - codes.mean(0, dtype=np.float64)
    variances, directions = np.linalg.eigh(centred.T @ centred)
    variances, directions = variances[:-3:-1], directions[:, :-3:-1]
    largest = np.take_along_axis(directions, np.abs(directions).argmax(0)[None], 0)
    shares = variances / ((centred**2).sum() or 1)
    names = [
        f"principal component {number} ({share:.0%} of the variance of {n_components} components)"
        for number, share in zip((1, 2), shares, strict=True)
    ]
    return centred @ (directions * np.sign(largest)), (names[0], names[1])
