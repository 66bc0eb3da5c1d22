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
from embudo.estimators.routes import drawn_stops, stops_of
from embudo.estimators.sampling import chained
from embudo.files import check_target, replacing
from embudo.plots import ChainAnimation, LatentWalkAnimation, StackAnimation
from embudo.plots.canvas import page
from embudo.plots.moving import MovingPicture
from embudo.storage import load

_MOST_ROWS = 10_000
_SHOWN_STEPS = 24
_DREAM_STEPS, _DREAM_EVERY = 240, 20
_DREAM_WIDTH, _LAYER_HEIGHT = 6.4, 1.3  # inches
_CHAIN_SIZE = (6.4, 3.4)  # inches
_STOPS, _STEPS_OF_A_WALK = 6, 12
_SECONDS, _SECONDS_OF_A_WALK = 0.4, 0.12  # for which a frame stands
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
        at the first row of the data, or the layers of a deep model at work on the first rows, or
        a walk from code to code of a model that makes rows of drawn codes.
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
    film, seconds = _film(model, rows, request)
    film.save(request.out, seconds=seconds)


def _film(model: Any, rows: Any, request: PortraitRequest) -> tuple[MovingPicture, float]:
    """Return what of a model moves, and the seconds for which a frame stands.

    Raises
    ------
    ParameterError
        If nothing does.
    """
    layers = getattr(model.module_, "hidden_sizes", ())
    shape, seed = request.image_shape, request.seed
    if hasattr(model, "sample_codes"):
        stops = (
            drawn_stops(model, _STOPS, 1, seed) if rows is None else stops_of(model, rows[:_STOPS])
        )
        walk = LatentWalkAnimation.from_estimator(
            model, None, shape, codes=stops, steps=_STEPS_OF_A_WALK
        )
        return walk, _SECONDS_OF_A_WALK
    if layers and hasattr(model, "sample") and chained(model, _DREAM_STEPS):
        ax = page(_DREAM_WIDTH, 1.0 + _LAYER_HEIGHT * (1 + len(layers))).add_subplot()
        often = {"steps": _DREAM_STEPS, "every": _DREAM_EVERY}
        return StackAnimation.from_estimator(
            model, rows, shape, **often, random_state=seed, ax=ax
        ), _SECONDS
    if not layers and hasattr(model.module_, "machine_of_rows"):
        ax = page(*_CHAIN_SIZE).add_subplot()
        return ChainAnimation.from_estimator(
            model, rows, shape, steps=_SHOWN_STEPS, random_state=seed, ax=ax
        ), _SECONDS
    raise ParameterError(
        f"{request.model}: {type(model).__name__} has no chain between layers, and no codes to "
        "walk along, that could be shown in motion; give the picture the ending .png"
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
