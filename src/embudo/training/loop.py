"""The training loop: the only place that takes an optimizer's step."""

import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Protocol

import torch
from torch import Tensor

from embudo.training.early_stopping import EarlyStopping
from embudo.training.events import Callback
from embudo.training.guard import Guard
from embudo.training.history import Row
from embudo.training.interrupt import Interrupt
from embudo.training.optimizers import SCHEDULES, Schedule
from embudo.training.run import Run


class Batches(Protocol):
    """Where batches come from: the same ones, in the same order, however often it is asked."""

    def epoch(self, number: int, start: int = 0) -> Iterable[Any]:
        """Yield the batches of an epoch, from the one at ``start``."""


def fit(
    run: Run,
    batches: Batches,
    *,
    schedule: Schedule = "constant",
    clip_norm: float | None = None,
    monitor: Callable[[], dict[str, float]] | None = None,
    early_stopping: EarlyStopping | None = None,
    callbacks: Sequence[Callback] = (),
) -> Run:
    """Train until the planned epochs are done, or until something stops the run.

    Parameters
    ----------
    run : Run
        What to train, and where it stands; it is changed in place.
    batches : Batches
        The data.
    schedule : {"constant", "linear", "cosine"}
        How the learning rate falls over the planned steps.
    clip_norm : float, optional
        Upper limit on the norm of each objective's gradient.
    monitor : callable, optional
        Takes measures at the end of an epoch; they join the history's row.
    early_stopping : EarlyStopping, optional
        Watches one of those measures, and restores the best epoch at the end; an interrupted
        run stays where it is, to be gone on with.
    callbacks : sequence of Callback
        Told of start, steps, epochs and end.

    Raises
    ------
    DivergenceError
        If a value or a parameter is no longer finite. The module then holds its last good state.
    """
    factor = SCHEDULES[schedule]
    base_rates = [[group["lr"] for group in o.param_groups] for o in run.optimizers]
    _set_rates(run, base_rates, factor(max(run.step - 1, 0) / _planned(run)))
    guard = Guard(run)
    run.check = guard.check
    if early_stopping is not None and early_stopping.exhausted(run):
        run.stop(early_stopping.reason)
    _notify(callbacks, "on_start", run)
    try:
        with Interrupt() as interrupt:
            while run.epoch < run.epochs and run.stopped is None:
                started = time.perf_counter()
                for batch in batches.epoch(run.epoch, run.position):
                    _set_rates(run, base_rates, factor(run.step / _planned(run)))
                    value = _step(run, batch, clip_norm)
                    run.position += 1
                    guard.watch(value)
                    _notify(callbacks, "on_step", run)
                    if interrupt.requested:
                        run.stop("interrupted")
                    if run.stopped is not None:
                        break
                guard.check()
                if run.position == run.steps_per_epoch:
                    _close_epoch(run, started, monitor)
                    if early_stopping is not None:
                        early_stopping.update(run)
                    _notify(callbacks, "on_epoch", run)
    finally:
        _notify(callbacks, "on_end", run)
    if early_stopping is not None and run.stopped != "interrupted":
        early_stopping.restore(run)
    return run


def _planned(run: Run) -> int:
    return run.epochs * run.steps_per_epoch


def _step(run: Run, batch: Any, clip_norm: float | None) -> Tensor:
    """Let every player take its steps on the batch; return the sum of their values."""
    values = []
    for objective, optimizer in zip(run.objectives, run.optimizers, strict=True):
        for _ in range(objective.repeats):
            value, gradients = objective.gradient(batch, run.generator)
            for parameter, gradient in zip(objective.parameters, gradients, strict=True):
                parameter.grad = gradient
            if clip_norm is not None:
                torch.nn.utils.clip_grad_norm_(objective.parameters, clip_norm)
            optimizer.step()
            if objective.after_step is not None:
                objective.after_step()
        values.append(value)
    stacked = torch.stack(values)
    run.totals += stacked.to(run.totals)
    return stacked.sum()


def _set_rates(run: Run, base_rates: list[list[float]], factor: float) -> None:
    for optimizer, rates in zip(run.optimizers, base_rates, strict=True):
        for group, rate in zip(optimizer.param_groups, rates, strict=True):
            group["lr"] = rate * factor


def _close_epoch(run: Run, started: float, monitor: Callable[[], dict[str, float]] | None) -> None:
    means = (run.totals / run.steps_per_epoch).tolist()
    values = {o.name: mean for o, mean in zip(run.objectives, means, strict=True)}
    run.epoch, run.position = run.epoch + 1, 0
    run.totals.zero_()
    values |= monitor() if monitor is not None else {}
    seconds = time.perf_counter() - started
    run.history.append(Row(run.epoch, run.steps_per_epoch, seconds, run.learning_rate, values))


def _notify(callbacks: Sequence[Callback], event: str, run: Run) -> None:
    for callback in callbacks:
        getattr(callback, event)(run)
