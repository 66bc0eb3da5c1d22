"""Walk from code to code of a saved model, and write the rows that are met."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from embudo.applications.able import load_able
from embudo.applications.labels import class_called, takes_classes
from embudo.applications.listener import SILENT, Listener
from embudo.applications.outputs import (
    TABLES,
    check_picture_path,
    check_table_path,
    write_picture,
)
from embudo.applications.pictures import Shape, as_pictures, picture_shape
from embudo.applications.rows import (
    check_form,
    codes_of,
    column_names_of,
    first_rows,
    write_results,
)
from embudo.applications.sources import DataRequest
from embudo.data.images import tile
from embudo.errors import ParameterError
from embudo.estimators.routes import drawn_stops, legs, stops_of
from embudo.files import check_target
from embudo.plots import LatentWalkAnimation

_SECONDS = 0.12  # for which a frame stands


@dataclass(frozen=True, kw_only=True)
class InterpolateRequest:
    """Which way to go.

    Parameters
    ----------
    model : Path
        A model that makes rows of codes.
    out : Path
        ``.gif`` for a moving picture, which ends where it started; ``.png`` for a sheet with a line
        from each stop to the next; ``.npy``, ``.csv`` or ``.parquet`` for the rows.
    data : DataRequest, optional
        Whose first rows to visit; by default codes are drawn.
    stops : int, default=6
    steps : int, default=12
        From one stop to the next.
    chain_steps : int, default=1000
        Of each chain, of a model that draws rows by chains.
    seed : int, optional
        Of the codes; by default that of the training.
    label : str, optional
        The class of the rows, of a model that makes them by class; by default the most frequent.
    image_shape : tuple of int, optional
        Shape of the picture in a row, where it is no square.
    """

    model: Path
    out: Path
    data: DataRequest | None = None
    stops: int = 6
    steps: int = 12
    chain_steps: int = 1000
    seed: int | None = None
    label: str | None = None
    image_shape: Shape | None = None


@dataclass(frozen=True, kw_only=True)
class InterpolateResult:
    """The file written, how many stops and rows there are, their class, and the seconds it took."""

    out: Path
    n_stops: int
    n_rows: int
    label: str | None
    seconds: float


def interpolate(request: InterpolateRequest, listener: Listener = SILENT) -> InterpolateResult:
    """Walk from code to code, and write what is met as a film, a sheet or a table.

    Parameters
    ----------
    request : InterpolateRequest
    listener : Listener

    Returns
    -------
    InterpolateResult

    Raises
    ------
    MissingExtraError
        If a film is asked for and matplotlib is not installed.
    EmbudoError
        If model, data, numbers or path cannot be used; nothing is written then.
    """
    started = time.perf_counter()
    write = _writer(request.out)
    model = load_able(request.model, "inverse_transform")
    if request.out.suffix.lower() in TABLES:
        check_form(request.out, model)
    if request.stops < 2:
        raise ParameterError(f"stops must be at least 2, but is {request.stops}")
    y = _class(model, request)
    stops = _stops(model, y, request, listener)
    n_rows = write(model, stops, y, request)
    return InterpolateResult(
        out=request.out,
        n_stops=len(stops),
        n_rows=n_rows,
        label=None if y is None else str(y),
        seconds=time.perf_counter() - started,
    )


def _class(model: Any, request: InterpolateRequest) -> Any:
    """Return the class to stay in, the most frequent one by default; None without classes."""
    if request.label is not None:
        return class_called(request.label, model, request.model, "inverse_transform")
    return model.usual_class_ if takes_classes(model, "inverse_transform") else None


def _stops(model: Any, y: Any, request: InterpolateRequest, listener: Listener) -> Any:
    if request.data is None:
        return drawn_stops(model, request.stops, request.chain_steps, request.seed)
    rows = first_rows(request.data, model, request.stops, listener)
    return stops_of(model, rows, y)


Write = Callable[[Any, Any, Any, InterpolateRequest], int]


def _writer(path: Path) -> Write:
    """Return what writes a file of this ending, which can be written there.

    Raises
    ------
    ParameterError
        If nothing does.
    """
    ending = path.suffix.lower()
    if ending == ".gif":
        check_target(path)
        return _write_film
    if ending == ".png":
        check_picture_path(path)
        return _write_sheet
    if ending in TABLES:
        check_table_path(path)
        return _write_rows
    raise ParameterError(
        f"{path} has no ending that a walk is written to: use .gif, .png, .npy, .csv or .parquet"
    )


def _write_film(model: Any, stops: Any, y: Any, request: InterpolateRequest) -> int:
    film = LatentWalkAnimation.from_estimator(
        model, None, request.image_shape, codes=stops, steps=request.steps, y=y
    )
    film.save(request.out, seconds=_SECONDS)
    return film.n_frames_


def _write_sheet(model: Any, stops: Any, y: Any, request: InterpolateRequest) -> int:
    shape = picture_shape(model.n_features_in_, request.image_shape)
    lines = [codes_of(leg, model) for leg in legs(model, stops, request.steps, y)]
    rows = np.concatenate(lines)
    write_picture(request.out, tile(as_pictures(rows, shape), columns=request.steps + 1))
    return len(rows)


def _write_rows(model: Any, stops: Any, y: Any, request: InterpolateRequest) -> int:
    parts = legs(model, stops, request.steps, y)
    parts = [*(part[:-1] for part in parts[:-1]), parts[-1]]
    n_rows = sum(map(len, parts))
    write_results(request.out, parts, n_rows, column_names_of(model))
    return n_rows
