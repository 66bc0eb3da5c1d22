"""Train a model on data and save it."""

import difflib
import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from embudo.applications.able import load_able
from embudo.applications.labels import labelled, needed
from embudo.applications.listener import SILENT, Listener
from embudo.applications.outputs import check_model_path
from embudo.applications.rows import training_rows
from embudo.applications.sources import DataRequest, model_names
from embudo.data.frames import library_of
from embudo.declarations.parameters import check_parameters, parameters
from embudo.errors import OutputError, ParameterError
from embudo.estimators import model_class
from embudo.estimators.base import Estimator
from embudo.files import check_target
from embudo.metrics import Extractor, FrechetStopping
from embudo.training.checkpoint import Checkpoint
from embudo.training.events import Callback
from embudo.training.history import History
from embudo.training.run import Run
from embudo.training.writers import JSONLines, TensorBoard

_MEASURED_ROWS = 5000


@dataclass(frozen=True, kw_only=True)
class TrainRequest:
    """What to train, on what, and where to put it.

    Parameters
    ----------
    model : str
        Short name of the model.
    data : DataRequest
    out : Path
        The model file; the checkpoint stands beside it while training goes on.
    parameters : mapping
        Hyper-parameters by name; the others keep their defaults.
    labels : str, optional
        For a model that learns from labels, the column that holds them; a data set brings its own.
    features : Path, optional
        A model whose codes tell when to end: once what a GAN makes up comes no nearer in them.
    resume : bool, default=False
        Whether to go on from the checkpoint, if there is one.
    checkpoint_minutes : float, default=5
        Minutes between checkpoints within an epoch; each epoch ends with one.
    log : Path, optional
        File to which each epoch's row is appended as a line of JSON.
    tensorboard : Path, optional
        Folder for TensorBoard.
    """

    model: str
    data: DataRequest
    out: Path
    parameters: Mapping[str, Any] = field(default_factory=dict)
    labels: str | None = None
    features: Path | None = None
    resume: bool = False
    checkpoint_minutes: float = 5.0
    log: Path | None = None
    tensorboard: Path | None = None

    @property
    def checkpoint(self) -> Path:
        """Where the run is kept until it is finished."""
        return self.out.with_name(f"{self.out.name}.checkpoint")


@dataclass(frozen=True, kw_only=True)
class TrainResult:
    """What came of it.

    Attributes
    ----------
    out : Path
        The saved model.
    model : str
        Its short name.
    parameters : dict
        All hyper-parameters but callbacks.
    n_rows, n_features : int
        Shape of the data.
    feature_names : tuple of str or None
        Names of the columns, where they have any.
    history : History
    seconds : float
        From request to saved model.
    stopped : str or None
        Why training ended before the planned epochs; "interrupted" if by Ctrl-C.
    checkpoint : Path or None
        Where an interrupted run can be resumed from.
    """

    out: Path
    model: str
    parameters: dict[str, Any]
    n_rows: int
    n_features: int
    feature_names: tuple[str, ...] | None
    history: History
    seconds: float
    stopped: str | None
    checkpoint: Path | None


class _Ending(Callback):
    """Remembers how the run ended."""

    def __init__(self) -> None:
        self.stopped: str | None = None

    def on_end(self, run: Run) -> None:
        self.stopped = run.stopped


def train(
    request: TrainRequest, callbacks: Sequence[Callback] = (), listener: Listener = SILENT
) -> TrainResult:
    """Train, and save the model; an interrupted run saves what it has and keeps its checkpoint.

    Parameters
    ----------
    request : TrainRequest
    callbacks : sequence of Callback
        Further listeners of the training loop.
    listener : Listener

    Returns
    -------
    TrainResult

    Raises
    ------
    EmbudoError
        Before training if anything about parameters, data or paths cannot be; a DivergenceError
        leaves a model that stood at ``out`` before as it was.
    """
    started = time.perf_counter()
    ending = _Ending()
    keeper = Checkpoint(request.checkpoint, _minutes(request))
    listeners = [keeper, *_logs(request), *callbacks, ending]
    model = new_model(request.model, request.parameters, listeners)
    check_model_path(request.out)
    source, labels = labelled(request.data.open(listener), request.labels)
    if hasattr(model, "predict"):
        labels = needed(labels, request.model, source.name)
    elif model.learns_labels and labels is not None:
        listener.note(f"learning class by class, of the {len(set(labels.tolist()))} in the data")
    elif request.labels is not None:
        listener.note(f"{request.model} learns without labels: {request.labels} was left out")
    values = training_rows(source, listener)
    model.callbacks = [*_stopping(request, values, model.patience), *listeners]
    model.fit(values, labels, resume=_start(request, listener))
    model.save(request.out)
    interrupted = ending.stopped == "interrupted"
    if not interrupted:
        request.checkpoint.unlink(missing_ok=True)
    chosen = model.get_params(deep=False)
    del chosen["callbacks"]
    return TrainResult(
        out=request.out,
        model=request.model,
        parameters=chosen,
        n_rows=values.shape[0],
        n_features=source.n_features,
        feature_names=model_names(model),
        history=model.history_,
        seconds=time.perf_counter() - started,
        stopped=ending.stopped,
        checkpoint=request.checkpoint if interrupted else None,
    )


def new_model(
    short_name: str, chosen: Mapping[str, Any], callbacks: Sequence[Callback]
) -> Estimator:
    """Return a model, not yet trained.

    Raises
    ------
    ParameterError
        If there is no such model, it has no parameter of a name, or a value is outside its limits.
    """
    cls = model_class(short_name)
    names = [parameter.name for parameter in parameters(cls)]
    for name in chosen:
        if name not in names:
            close = difflib.get_close_matches(name, names, 1)
            hint = f"did you mean {close[0]}?" if close else f"choose from {', '.join(names)}"
            raise ParameterError(f"{short_name} has no parameter {name}: {hint}")
    model = cls(**{**chosen, "callbacks": callbacks})
    check_parameters(model)
    return model


def _minutes(request: TrainRequest) -> float:
    minutes = request.checkpoint_minutes
    if not 0 < minutes < math.inf:
        raise ParameterError(f"checkpoint_minutes must be a number > 0, but is {minutes}")
    return minutes


def _logs(request: TrainRequest) -> list[Callback]:
    """Return the writers asked for, after making sure that they can write."""
    logs: list[Callback] = []
    if request.log is not None:
        check_target(request.log)
        logs.append(JSONLines(request.log))
    if request.tensorboard is not None:
        try:
            request.tensorboard.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise OutputError(
                f"{request.tensorboard} cannot be made ({error.strerror}): name another folder"
            ) from None
        logs.append(TensorBoard(request.tensorboard))
    return logs


def _stopping(request: TrainRequest, values: Any, patience: int) -> list[Callback]:
    """Return what ends training by the codes of another model, if there is to be such."""
    if request.features is None:
        return []
    judge = load_able(request.features, "transform")
    if library_of(values) is not None:
        raise ParameterError(
            "--features compares rows of numbers, and these are a table of named columns: leave "
            "it out, or train with --early-stopping"
        )
    some = values[:: max(1, len(values) // _MEASURED_ROWS)]
    extractor = Extractor(request.features.name, judge.transform)
    return [FrechetStopping(some, extractor, patience=patience)]


def _start(request: TrainRequest, listener: Listener) -> Path | bool:
    """Return the checkpoint to go on from, or False to start from the beginning."""
    there = request.checkpoint.exists()
    if request.resume and there:
        listener.note(f"going on from {request.checkpoint}")
        return request.checkpoint
    if request.resume:
        listener.note(f"there is no checkpoint {request.checkpoint}: starting from the beginning")
    elif there:
        listener.note(
            f"starting from the beginning; the checkpoint {request.checkpoint} of an unfinished "
            "run will be replaced"
        )
    return False
