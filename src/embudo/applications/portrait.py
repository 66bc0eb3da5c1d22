"""A saved model on one page, or at work as a moving picture."""

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from embudo.applications.listener import SILENT, Listener
from embudo.applications.pictures import Shape
from embudo.applications.portrait_page import portrait_page
from embudo.applications.rows import first_rows
from embudo.applications.sources import DataRequest
from embudo.errors import ParameterError
from embudo.estimators.sampling import chained
from embudo.files import check_target, replacing
from embudo.plots import ChainAnimation, StackAnimation
from embudo.plots.canvas import page
from embudo.storage import load

_MOST_ROWS = 10_000
_SHOWN_STEPS = 24
_DREAM_STEPS, _DREAM_EVERY = 240, 20
_DREAM_WIDTH, _LAYER_HEIGHT = 6.4, 1.3  # inches
_CHAIN_SIZE = (6.4, 3.4)  # inches
_DPI = 150


@dataclass(frozen=True, kw_only=True)
class PortraitRequest:
    """Which model to draw.

    Parameters
    ----------
    model : Path
    out : Path
        ``.png`` for a page with filters, what the model makes up, learning curves, and if there
        are data what it makes of them, as far as it has these; ``.gif`` for a chain, which starts
        at the first row of the data, or the layers of a deep model at work on the first rows.
    data : DataRequest, optional
        What the model was trained on; at most the first 10,000 rows are looked at.
    held_out : DataRequest, optional
        What it was not.
    image_shape : tuple of int, optional
        Shape of the picture in a row, where it is no square.
    steps : int, default=1000
        Gibbs sweeps before a fantasy; those of a moving picture are the first 24.
    seed : int, default=0
        Of what is drawn at random.
    """

    model: Path
    out: Path
    data: DataRequest | None = None
    held_out: DataRequest | None = None
    image_shape: Shape | None = None
    steps: int = 1000
    seed: int = 0


@dataclass(frozen=True, kw_only=True)
class PortraitResult:
    """The file written, whether it moves, and the seconds it took."""

    out: Path
    is_moving: bool
    seconds: float


def portrait(request: PortraitRequest, listener: Listener = SILENT) -> PortraitResult:
    """Draw a model and write the picture.

    Parameters
    ----------
    request : PortraitRequest
    listener : Listener

    Returns
    -------
    PortraitResult

    Raises
    ------
    MissingExtraError
        If matplotlib is not installed.
    EmbudoError
        If model, data, shape or path cannot be used; nothing is written then.
    """
    started = time.perf_counter()
    ending = request.out.suffix.lower()
    if ending not in (".png", ".gif"):
        raise ParameterError(f"{request.out} is to be a picture: give it the ending .png or .gif")
    if request.held_out is not None and request.data is None:
        raise ParameterError("rows held out are shown beside those trained on: give both")
    check_target(request.out)
    model: Any = load(request.model)
    rows = _rows(request.data, model, listener)
    if ending == ".gif":
        _write_film(model, rows, request)
    else:
        _write_page(model, rows, _rows(request.held_out, model, listener), request)
    return PortraitResult(
        out=request.out, is_moving=ending == ".gif", seconds=time.perf_counter() - started
    )


def _rows(data: DataRequest | None, model: Any, listener: Listener) -> Any:
    return None if data is None else first_rows(data, model, _MOST_ROWS, listener)


def _write_film(model: Any, rows: Any, request: PortraitRequest) -> None:
    display, size, settings = _film(model, request)
    figure = page(*size)
    settings |= {"random_state": request.seed, "ax": figure.add_subplot()}
    display.from_estimator(model, rows, request.image_shape, **settings).save(request.out)


def _film(model: Any, request: PortraitRequest) -> tuple[Any, tuple[float, float], dict[str, Any]]:
    """Return which picture of a model moves, its size in inches, and its settings.

    Raises
    ------
    ParameterError
        If none does.
    """
    layers = getattr(model.module_, "hidden_sizes", ())
    if layers and hasattr(model, "sample") and chained(model, _DREAM_STEPS):
        size = _DREAM_WIDTH, 1.0 + _LAYER_HEIGHT * (1 + len(layers))
        return StackAnimation, size, {"steps": _DREAM_STEPS, "every": _DREAM_EVERY}
    if not layers and hasattr(model.module_, "machine_of_rows"):
        return ChainAnimation, _CHAIN_SIZE, {"steps": _SHOWN_STEPS}
    raise ParameterError(
        f"{request.model}: {type(model).__name__} has no chain between layers that could be shown "
        "in motion; give the picture the ending .png"
    )


def _write_page(model: Any, rows: Any, held_out: Any, request: PortraitRequest) -> None:
    figure = portrait_page(
        model,
        rows,
        held_out,
        request.image_shape,
        title=request.model.name,
        steps=request.steps,
        seed=request.seed,
    )
    with replacing(request.out) as file:
        figure.savefig(file, format="png", dpi=_DPI)
