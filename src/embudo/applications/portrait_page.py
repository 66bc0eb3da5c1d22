"""The page that shows a model: what stands where."""

from typing import TYPE_CHECKING, Any

from embudo.applications.pictures import Shape
from embudo.plots import (
    FilterDisplay,
    FreeEnergyDisplay,
    HiddenActivationDisplay,
    LearningCurveDisplay,
    SingularValueDisplay,
)
from embudo.plots.canvas import page
from embudo.plots.colours import GREY
from embudo.plots.curves import grouped, measures_in

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_WIDTH = 11.0  # inches
_HEIGHT_OF_A_CURVE = 1.9
_ACROSS = 3  # learning curves side by side
_SHOWN_FILTERS = 100
_INK = "#222222"


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
    """Draw filters, singular values and learning curves; with data free energies and activations.

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
    curves = measures_in(model.history_)
    above = 3.6 if rows is None else 6.6
    below = _HEIGHT_OF_A_CURVE * -(-len(grouped(curves)) // _ACROSS)
    figure = page(_WIDTH, above + below + 0.5)
    figure.suptitle(_headline(model, title), x=0.01, ha="left", fontsize=12, color=_INK)
    top, bottom = figure.subfigures(2, 1, squeeze=False, height_ratios=(above, below)).flat
    left, right = top.subfigures(1, 2, squeeze=False, width_ratios=(1.15, 1)).flat
    display = FilterDisplay.from_estimator(
        model, image_shape, n=_SHOWN_FILTERS, ax=left.add_subplot()
    )
    display.ax_.set_anchor("NW")
    display.ax_.set_title(
        "filters, strongest first: blue switches a unit on, orange off",
        loc="left",
        fontsize=9,
        color=GREY,
    )
    panels = right.subplots(1 if rows is None else 3, 1, squeeze=False)[:, 0]
    SingularValueDisplay.from_estimator(model, ax=panels[0])
    if rows is not None:
        FreeEnergyDisplay.from_estimator(
            model, rows, held_out, steps=steps, random_state=seed, ax=panels[1]
        )
        HiddenActivationDisplay.from_estimator(model, rows, ax=panels[2])
    LearningCurveDisplay.from_estimator(model, curves, across=_ACROSS, ax=bottom.add_subplot())
    return figure


def _headline(model: Any, title: str) -> str:
    epochs = "epoch" if model.n_iter_ == 1 else "epochs"
    return (
        f"{title}: {type(model).__name__} of {model.n_features_in_:,} columns and "
        f"{model.n_components:,} hidden units, {model.n_iter_:,} {epochs}"
    )
