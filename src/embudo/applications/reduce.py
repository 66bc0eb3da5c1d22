"""From rows to a few numbers each in one go: train a model, and write its codes."""

import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from embudo.applications.labels import labelled
from embudo.applications.listener import SILENT, Listener
from embudo.applications.outputs import (
    check_model_path,
    check_picture_path,
    check_table_path,
)
from embudo.applications.rows import training_rows, write_results
from embudo.applications.sources import DataRequest
from embudo.applications.train import new_model
from embudo.errors import ParameterError
from embudo.files import replacing
from embudo.training.events import Callback
from embudo.training.run import Run

_TO_LOOK_AT = 3  # components at most, for which codes are to keep neighbours
_BATCH, _UPDATES = 500, 3000
_MOST_POINTS = 20_000


@dataclass(frozen=True, kw_only=True)
class ReduceRequest:
    """What to reduce, to how much, and by what.

    Parameters
    ----------
    data : DataRequest
    out : Path
        Where the codes go: ``.npy``, ``.csv`` or ``.parquet``.
    model : str, default="autoencoder"
        Short name of a model.
    n_components : int, default=2
        Numbers in a code.
    parameters : mapping
        Further hyper-parameters of the model by name. An autoencoder whose codes are to be looked
        at keeps neighbours together, unless something else is said here.
    labels : str, optional
        The column that holds classes, left out of the rows, to colour the map by.
    picture : Path, optional
        A PNG file for the map of the codes.
    save : Path, optional
        Where the trained model goes, for rows to come.
    """

    data: DataRequest
    out: Path
    model: str = "autoencoder"
    n_components: int = 2
    parameters: Mapping[str, Any] = field(default_factory=dict)
    labels: str | None = None
    picture: Path | None = None
    save: Path | None = None


@dataclass(frozen=True, kw_only=True)
class ReduceResult:
    """The files written, their shape, the epochs of training and the seconds of all.

    ``interrupted`` says whether Ctrl-C ended the training; the codes are then those so far.
    """

    out: Path
    picture: Path | None
    save: Path | None
    model: str
    n_rows: int
    n_components: int
    epochs: int
    interrupted: bool
    seconds: float


class _Ending(Callback):
    interrupted = False

    def on_end(self, run: Run) -> None:
        self.interrupted |= run.stopped == "interrupted"


def reduce(
    request: ReduceRequest, callbacks: Sequence[Callback] = (), listener: Listener = SILENT
) -> ReduceResult:
    """Train, encode and write; after Ctrl-C, what was learned until then.

    Parameters
    ----------
    request : ReduceRequest
    callbacks : sequence of Callback
        Further listeners of the training.
    listener : Listener

    Returns
    -------
    ReduceResult

    Raises
    ------
    EmbudoError
        If data, model, numbers or paths cannot be used; nothing is trained then.
    """
    started = time.perf_counter()
    check_table_path(request.out, request.data.name)
    if request.picture is not None:
        check_picture_path(request.picture)
        if request.n_components < 2:
            raise ParameterError("a map needs two components or more: give n_components=2")
    if request.save is not None:
        check_model_path(request.save)
    source, labels = labelled(request.data.open(listener), request.labels)
    rows, ending = training_rows(source, listener), _Ending()
    parameters = _parameters(request, rows.shape[0])
    model: Any = new_model(request.model, parameters, [*callbacks, ending])
    if hasattr(model, "predict"):
        raise ParameterError(
            f"{request.model} learns from labels: take a model without, such as autoencoder"
        )
    model.fit(rows)
    codes = model.transform(rows)
    names = [str(name) for name in model.get_feature_names_out()]
    write_results(request.out, iter([codes]), len(codes), names)
    if request.save is not None:
        model.save(request.save)
    if request.picture is not None:
        _draw(request.picture, codes, labels)
    return ReduceResult(
        out=request.out,
        picture=request.picture,
        save=request.save,
        model=request.model,
        n_rows=len(codes),
        n_components=codes.shape[1],
        epochs=len(model.history_),
        interrupted=ending.interrupted,
        seconds=time.perf_counter() - started,
    )


def _parameters(request: ReduceRequest, n_rows: int) -> dict[str, Any]:
    chosen: dict[str, Any] = {"n_components": request.n_components, **request.parameters}
    if request.model != "autoencoder" or request.n_components > _TO_LOOK_AT:
        return chosen
    batch = max(2, min(_BATCH, n_rows))
    epochs = max(10, math.ceil(_UPDATES * batch / max(n_rows, 1)))
    together = {"neighbours": 300.0, "batch_size": batch, "epochs": epochs, "schedule": "cosine"}
    return {**together, **chosen}


def _draw(path: Path, codes: Any, labels: Any) -> None:
    """Draw the map of the codes, of some of them where there are very many."""
    from embudo.plots.canvas import page
    from embudo.plots.latent_map import LatentMapDisplay, on_a_plane

    step = max(1, math.ceil(len(codes) / _MOST_POINTS))
    points, names = on_a_plane(codes[::step].astype(float))
    figure = page(7.0, 7.0)
    shown = None if labels is None else labels[::step]
    LatentMapDisplay(points, names, shown).plot(figure.add_subplot())
    with replacing(path) as file:
        figure.savefig(file, format="png", dpi=120)
