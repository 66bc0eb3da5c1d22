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
from embudo.training.objective import Slope
from embudo.training.optimizers import SCHEDULES, Schedule, dense
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
    remark: Callable[[dict[str, float]], str] | None = None,
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
    remark : callable, optional
        Says in words what the values of a row mean; it joins the row.
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
    loop = _Loop(run, batches, SCHEDULES[schedule], clip_norm, callbacks)
    if early_stopping is not None and early_stopping.exhausted(run):
        run.stop(early_stopping.reason)
    loop.notify("on_start")
    try:
        with torch.no_grad(), Interrupt() as interrupt:
            while run.epoch < run.epochs and run.stopped is None:
                started = time.perf_counter()
                if loop.epoch(interrupt):
                    _close_epoch(run, started, monitor, remark)
                    if early_stopping is not None:
                        early_stopping.update(run)
                    loop.notify("on_epoch")
    finally:
        loop.notify("on_end")
    if early_stopping is not None and run.stopped != "interrupted":
        early_stopping.restore(run)
    return run


class _Loop:
    """What the steps of one call of :func:`fit` share."""

    def __init__(
        self,
        run: Run,
        batches: Batches,
        factor: Callable[[float], float],
        clip_norm: float | None,
        callbacks: Sequence[Callback],
    ) -> None:
        self._run = run
        self._batches = batches
        self._factor = factor
        self._clip_norm = clip_norm
        self._callbacks = callbacks
        self._groups = [(g, g["lr"]) for o in run.optimizers for g in o.param_groups]
        self._planned = run.epochs * run.steps_per_epoch
        self._set_rates(max(run.step - 1, 0))
        self._guard = Guard(run)
        run.check = self._guard.check
        sums = run.totals.unbind()
        self._players = list(zip(run.objectives, run.optimizers, sums, strict=True))

    def epoch(self, interrupt: Interrupt) -> bool:
        """Go through what is left of an epoch; say whether it was completed."""
        run = self._run
        for batch in self._batches.epoch(run.epoch, run.position):
            self._set_rates(run.step)
            value = self._step(batch)
            run.position += 1
            self._guard.watch(value)
            self.notify("on_step")
            if interrupt.requested:
                run.stop("interrupted")
            if run.stopped is not None:
                break
        self._guard.check()
        return run.position == run.steps_per_epoch

    def notify(self, event: str) -> None:
        """Tell the callbacks of an event."""
        for callback in self._callbacks:
            getattr(callback, event)(self._run)

    def _step(self, batch: Any) -> Tensor:
        """Let every player take its steps on the batch; return the sum of their values."""
        values = []
        for objective, optimizer, total in self._players:
            for _ in range(objective.repeats):
                value, gradients = objective.gradient(batch, self._run.generator)
                if self._clip_norm is not None:
                    gradients = _clipped(gradients, self._clip_norm)
                optimizer.step(dict(zip(objective.parameters, gradients, strict=True)))
                if objective.after_step is not None:
                    objective.after_step()
            total.add_(value)
            values.append(value)
        return values[0] if len(values) == 1 else torch.stack(values).sum()

    def _set_rates(self, step: int) -> None:
        factor = self._factor(step / self._planned)
        for group, rate in self._groups:
            group["lr"] = rate * factor
        for optimizer in self._run.optimizers:
            optimizer.pace(factor)
        for objective in self._run.objectives:
            if objective.pace is not None:
                objective.pace(factor)


def _clipped(gradients: Sequence[Slope], limit: float) -> list[Tensor]:
    """Return the gradients, scaled down if their common norm exceeds the limit."""
    tensors = [dense(gradient) for gradient in gradients]
    factor = (limit / (torch.nn.utils.get_total_norm(tensors) + 1e-6)).clamp(max=1)
    return [tensor * factor for tensor in tensors]


def _close_epoch(
    run: Run,
    started: float,
    monitor: Callable[[], dict[str, float]] | None,
    remark: Callable[[dict[str, float]], str] | None,
) -> None:
    means = (run.totals / run.steps_per_epoch).tolist()
    values = {o.name: mean for o, mean in zip(run.objectives, means, strict=True)}
    run.epoch, run.position = run.epoch + 1, 0
    run.totals.zero_()
    values |= monitor() if monitor is not None else {}
    seconds = time.perf_counter() - started
    words = remark(values) if remark is not None else ""
    row = Row(
        run.epoch,
        run.steps_per_epoch,
        seconds,
        run.learning_rate,
        values,
        run.stage_name,
        words,
    )
    run.history.append(row)
