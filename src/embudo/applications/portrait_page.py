"""The page that shows a model: what stands where."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from embudo.applications.pictures import Shape
from embudo.estimators.sampling import chained
from embudo.plots import (
    AuthenticityDisplay,
    ClassSampleDisplay,
    FilterDisplay,
    FreeEnergyDisplay,
    HiddenActivationDisplay,
    LayerFilterDisplay,
    LearningCurveDisplay,
    ReconstructionDisplay,
    SampleDisplay,
    SingularValueDisplay,
)
from embudo.plots.canvas import page
from embudo.plots.classes import draws_classes
from embudo.plots.colours import GREY
from embudo.plots.curves import grouped, measures_in
from embudo.plots.units import holds_pictures

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Draw: TypeAlias = "Callable[[Axes], Any]"

_WIDTH = 11.0  # inches
_HEIGHT_OF_A_CURVE = 1.9
_ACROSS = 3  # panels side by side
_SHOWN_FILTERS = 100
_SHOWN_OF_A_LAYER = 36
_SHOWN_OF_A_CLASS = 20
_SHOWN_AGAIN = 6
_INK = "#222222"


class Subject(NamedTuple):
    """What is drawn: a fitted model, rows of data if there are any, and how to draw at random."""

    model: Any
    rows: Any
    held_out: Any
    image_shape: Shape | None
    steps: int
    seed: int

    @property
    def is_layered(self) -> bool:
        """Whether the model has several hidden layers, and the verbs of such."""
        return hasattr(self.model.module_, "hidden_sizes")

    @property
    def is_pictures(self) -> bool:
        """Whether its rows are to be seen as pictures."""
        return self.image_shape is not None or holds_pictures(self.model)

    def can(self, verb: str) -> bool:
        """Say whether the model has a verb."""
        return hasattr(self.model, verb)


@dataclass(frozen=True)
class Band:
    """A part of the page from its left to its right edge.

    Attributes
    ----------
    height : float
        Inches.
    columns : sequence of sequence of callable
        From left to right, what stands there one below the other.
    widths : sequence of float
        Relative ones.
    """

    height: float
    columns: Sequence[Sequence[Draw]]
    widths: Sequence[float]


def portrait_page(
    model: Any,
    rows: Any,
    held_out: Any,
    image_shape: Shape | None,
    *,
    title: str,
    steps: int,
    seed: int,
) -> "Figure":
    """Draw what the model has: filters, what it makes of data and up by itself, learning curves.

    Parameters
    ----------
    model : fitted estimator
    rows, held_out : rows of data, or None
    image_shape : tuple of int or None
    title : str
    steps : int
        Gibbs sweeps before a fantasy.
    seed : int
    """
    bands = list(_bands(Subject(model, rows, held_out, image_shape, steps, seed)))
    heights = [band.height for band in bands]
    figure = page(_WIDTH, sum(heights) + 0.5)
    figure.suptitle(_headline(model, title), x=0.01, ha="left", fontsize=12, color=_INK)
    parts = figure.subfigures(len(bands), 1, squeeze=False, height_ratios=heights)[:, 0]
    for band, part in zip(bands, parts, strict=True):
        across = part.subfigures(1, len(band.columns), squeeze=False, width_ratios=band.widths)
        for column, place in zip(band.columns, across[0], strict=True):
            axes = place.subplots(len(column), 1, squeeze=False)[:, 0]
            for draw, ax in zip(column, axes, strict=True):
                draw(ax)
    return figure


def _bands(subject: Subject) -> Iterator[Band]:
    if subject.is_layered:
        yield from _of_layers(subject)
    elif subject.can("components_"):
        yield _of_one_layer(subject)
    elif subject.can("sample"):
        yield from _of_samples(subject)
    if draws_classes(subject.model) and subject.is_pictures:
        yield _of_classes(subject)
    yield _of_training(subject)


def _of_one_layer(subject: Subject) -> Band:
    model, rows = subject.model, subject.rows

    def filters(ax: "Axes") -> None:
        display = FilterDisplay.from_estimator(model, subject.image_shape, n=_SHOWN_FILTERS, ax=ax)
        display.ax_.set_anchor("NW")
        _entitle(ax, "filters, strongest first: blue switches a unit on, orange off")

    def energies(ax: "Axes") -> None:
        FreeEnergyDisplay.from_estimator(
            model, rows, subject.held_out, steps=subject.steps, random_state=subject.seed, ax=ax
        )

    right: list[Draw] = [lambda ax: SingularValueDisplay.from_estimator(model, ax=ax)]
    if rows is not None:
        if hasattr(model.module_, "machine_of_rows"):
            right.append(energies)
        right.append(lambda ax: HiddenActivationDisplay.from_estimator(model, rows, ax=ax))
    height = {1: 3.6, 2: 5.1, 3: 6.6}[len(right)]
    return Band(height, [[filters], right], (1.15, 1))


def _of_layers(subject: Subject) -> Iterator[Band]:
    """Draw what the units of each layer do to the data, then the whole model at work."""
    model, rows, shape = subject.model, subject.rows, subject.image_shape

    def filters(ax: "Axes") -> None:
        display = LayerFilterDisplay.from_estimator(
            model, rows, shape, n=_SHOWN_OF_A_LAYER, random_state=subject.seed, ax=ax
        )
        words = "what units do to the data, strongest first: blue adds, orange takes away"
        first = display.axes_[0]
        first.set_title(f"{words}\n{first.get_title(loc='left')}", loc="left", fontsize=9)

    def samples(ax: "Axes") -> None:
        settings: Any = {"n": _SHOWN_OF_A_LAYER, "steps": subject.steps}
        SampleDisplay.from_estimator(model, shape, random_state=subject.seed, ax=ax, **settings)
        ax.set_anchor("NW")
        after = f", after {subject.steps:,} sweeps" if chained(model, subject.steps) else ""
        _entitle(ax, f"what it dreams of{after}")

    def given_back(ax: "Axes") -> None:
        ReconstructionDisplay.from_estimator(model, rows, shape, n=_SHOWN_AGAIN, ax=ax)
        ax.set_anchor("NW")

    top: list[Draw] = []
    if subject.can("inverse_transform") and (rows is not None or subject.can("sample")):
        top.append(filters)
    bottom: list[Draw] = []
    if rows is not None:
        bottom.append(lambda ax: HiddenActivationDisplay.from_estimator(model, rows, ax=ax))
        if subject.can("reconstruct") and subject.is_pictures:
            bottom.append(given_back)
    n_layers = len(model.module_.hidden_sizes)
    if subject.can("sample") and subject.is_pictures:
        (top if n_layers < _ACROSS else bottom).append(samples)
    if top:
        yield Band(4.0, [[draw] for draw in top], [n_layers, 1][: len(top)])
    if bottom:
        yield Band(3.0, [[draw] for draw in bottom], [1] * len(bottom))


def _of_samples(subject: Subject) -> Iterator[Band]:
    model, rows = subject.model, subject.rows

    def samples(ax: "Axes") -> None:
        SampleDisplay.from_estimator(
            model,
            subject.image_shape,
            n=_SHOWN_FILTERS,
            steps=subject.steps,
            random_state=subject.seed,
            ax=ax,
        )
        ax.set_anchor("NW")
        _entitle(ax, "what it makes up")

    def authenticity(ax: "Axes") -> None:
        AuthenticityDisplay.from_estimator(
            model, rows, subject.held_out, random_state=subject.seed, ax=ax
        )

    right: list[Draw] = []
    if rows is not None:
        if subject.can("discriminate"):
            right.append(authenticity)
        right.append(lambda ax: HiddenActivationDisplay.from_estimator(model, rows, ax=ax))
    columns: list[list[Draw]] = [[samples]] if subject.is_pictures else []
    if right:
        columns.append(right)
    if columns:
        yield Band(6.0 if subject.is_pictures else 4.0, columns, [1] * len(columns))


def _of_classes(subject: Subject) -> Band:
    def samples(ax: "Axes") -> None:
        ClassSampleDisplay.from_estimator(
            subject.model,
            subject.image_shape,
            n=_SHOWN_OF_A_CLASS,
            steps=subject.steps,
            random_state=subject.seed,
            ax=ax,
        )
        ax.set_anchor("NW")
        after = f", after {subject.steps:,} sweeps" if chained(subject.model, 1) else ""
        _entitle(ax, f"what it makes up for each class{after}")

    return Band(0.5 + 0.5 * min(10, len(subject.model.classes_)), [[samples]], (1,))


def _of_training(subject: Subject) -> Band:
    history = subject.model.history_
    curves = measures_in(history)

    def draw(ax: "Axes") -> None:
        LearningCurveDisplay.from_estimator(subject.model, curves, across=_ACROSS, ax=ax)

    return Band(_HEIGHT_OF_A_CURVE * -(-len(grouped(curves)) // _ACROSS), [[draw]], (1,))


def _entitle(ax: "Axes", words: str) -> None:
    ax.set_title(words, loc="left", fontsize=9, color=GREY)


def _headline(model: Any, title: str) -> str:
    epochs = "epoch" if model.n_iter_ == 1 else "epochs"
    sizes = getattr(model.module_, "hidden_sizes", None) or (model._n_features_out,)
    inside = " + ".join(f"{size:,}" for size in sizes) + " hidden units"
    if hasattr(model, "discriminate"):
        inside = f"codes of {model.n_components:,} numbers"
    return (
        f"{title}: {type(model).__name__} of {model.n_features_in_:,} columns and "
        f"{inside}, {model.n_iter_:,} {epochs}"
    )
