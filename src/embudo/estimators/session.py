"""From an estimator's parameters and its data to a run, and from the run to a fitted estimator."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from numbers import Integral
from os import PathLike
from typing import Any

import torch
from torch import Tensor, nn

from embudo.data.adapt import Table
from embudo.data.batches import Batches
from embudo.data.splits import hold_out
from embudo.data.survey import Survey
from embudo.declarations.beginnings import plain, saved_of, seed_of, warn_of_interruption
from embudo.errors import DataError
from embudo.estimators.contract import Contract
from embudo.estimators.inputs import Admitted, row_weights
from embudo.estimators.stages import Stage, encoded, generator_of
from embudo.training.checkpoint import Saved
from embudo.training.early_stopping import EarlyStopping
from embudo.training.hardware import choose_device
from embudo.training.history import History
from embudo.training.loop import fit
from embudo.training.progress import ProgressLines
from embudo.training.run import Run

_DEFAULT_HOLD_OUT = 0.1
_MEASURED_ROWS = 512
_NOT_IDENTITY = {"callbacks", "verbose", "device", "random_state"}


@dataclass(frozen=True)
class _Leg:
    """A stage about to be trained."""

    stage: Stage
    run: Run
    batches: Batches
    monitor: Callable[[], dict[str, float]]


class Session:
    """One call of ``fit`` or ``partial_fit``: data, a module, and the stages of its training."""

    def __init__(
        self,
        estimator: Contract,
        X: Admitted,
        labels: Tensor | None,
        sample_weight: Any,
        seed: int,
        *,
        once: bool = False,
    ) -> None:
        self._estimator, self._table, self._labels = estimator, X.table, labels
        self._seed, self._once = seed, once
        self._weight = weight = row_weights(sample_weight, X.table.n_rows)
        facts, estimator.layout_ = estimator._survey(X, weight)
        self._has_missing = facts.has_missing
        self._device = device = choose_device(estimator.device)
        self._generator = torch.Generator(device).manual_seed(seed)
        self._going_on = once and hasattr(estimator, "module_")
        self._module: nn.Module = (
            estimator.module_
            if self._going_on
            else estimator._build(X, weight, facts, device, self._generator)
        )
        rows = torch.arange(X.table.n_rows) if weight is None else weight.nonzero()[:, 0]
        share = 0.0 if once else _hold_out_fraction(estimator)
        self._train, self._held = (rows[part] for part in hold_out(len(rows), share, seed))
        self._identity = _identity(estimator, X, facts, labels, seed)
        self._stages = estimator._stages(self._module)

    @classmethod
    def fit(
        cls,
        estimator: Contract,
        X: Admitted,
        labels: Tensor | None,
        sample_weight: Any,
        resume: bool | str | PathLike[str],
    ) -> None:
        """Train from the beginning, or from where a saved run stopped, until all stages are done.

        The estimator is left fitted however it ends.
        """
        saved = saved_of(estimator, resume)
        seed = None
        if saved is not None and not isinstance(estimator.random_state, Integral):
            seed = saved.identity.get("seed")  # None draws a new one, and a RandomState moved on
        seed = seed_of(estimator) if seed is None else seed
        cls(estimator, X, labels, sample_weight, seed)._go_through(saved)

    @classmethod
    def more(
        cls, estimator: Contract, X: Admitted, labels: Tensor | None, sample_weight: Any
    ) -> None:
        """Train each stage for one more epoch on these rows, from wherever the estimator stands.

        The learning rate stays constant, and nothing stops early.
        """
        before: Saved | None = getattr(estimator, "_progress", None)
        seed = seed_of(estimator) if before is None else before.identity["seed"]
        session = cls(estimator, X, labels, sample_weight, seed, once=True)
        session._once_more(before)

    def _go_through(self, saved: Saved | None) -> None:
        first, history = 0, History()
        if saved is not None:
            first = saved.begin(self._identity, self._module, len(self._stages))
        for number in range(first, len(self._stages)):
            if self._stages[number].done:
                continue
            leg = self._enter(number, history, fresh=number > first or saved is None)
            run = leg.run
            if saved is not None and number == first:
                saved.restore(run)
            self._follow(leg)
            history = run.history
            if run.stopped == "interrupted":
                warn_of_interruption(run)
                return

    def _once_more(self, before: Saved | None) -> None:
        history = History() if before is None else History.from_json(before.facts["history"])
        if before is not None:
            self._generator.set_state(before.tensors["generator"])
        for number, stage in enumerate(self._stages):
            if stage.done or (stage.once and self._going_on):
                continue
            leg = self._enter(number, history, fresh=not self._going_on)
            run = leg.run
            if before is not None and before.facts["stage"] == number:
                run.load_optimizers(before.tensors)
            run.epoch = sum(row.stage == run.stage_name for row in history)
            run.epochs = run.epoch + 1
            self._follow(leg)

    def _enter(self, number: int, history: History, *, fresh: bool) -> "_Leg":
        """Prepare a stage, from its beginning."""
        stage = self._stages[number]
        table = self._seen(number, 0)
        if fresh and stage.prepare is not None:
            stage.prepare(table, self._weight, self._generator)
        train, held = self._train, self._held
        if stage.labelled and self._labels is not None:
            train, held = train[self._labels[train] >= 0], held[self._labels[held] >= 0]
            _check_labelled(train, held, len(self._held) > 0)
        batches = self._batches(table, train, number)
        run = self._run(number, stage, len(batches), history)
        sample = batches.take(_spread(train))
        validation = batches.take(_spread(held)) if len(held) else None
        return _Leg(stage, run, batches, lambda: stage.measures(sample, validation))

    def _seen(self, number: int, epoch: int) -> Table:
        """Return the rows as a stage sees them in an epoch."""
        encode = self._stages[number].encode
        if encode is None:
            return self._table
        generator = generator_of(self._seed, number, epoch, self._device)
        return encoded(self._table, encode, generator)

    def _batches(self, table: Table, rows: Tensor, number: int) -> Batches:
        stage = self._stages[number]
        return Batches(
            table,
            self._estimator.batch_size,
            self._seed,
            rows=rows,
            weight=self._weight,
            labels=self._labels,
            has_missing=self._has_missing and stage.encode is None,
            device=self._device,
            anew=partial(self._seen, number) if stage.anew else None,
        )

    def _run(self, number: int, stage: Stage, n_batches: int, history: History) -> Run:
        objectives = stage.objectives(n_batches == 1)
        settings = {
            "learning_rate": stage.rate,
            "momentum": self._estimator.momentum,
            "weight_decay": self._estimator.weight_decay,
        }
        return Run(
            self._module,
            objectives,
            [stage.optimizer(objective.parameters, **settings) for objective in objectives],
            self._generator,
            stage.epochs,
            n_batches,
            history=history,
            identity=self._identity,
            stage=number,
            n_stages=len(self._stages),
            stage_name=stage.name,
        )

    def _follow(self, leg: "_Leg") -> None:
        """Train one stage, and leave the estimator fitted however that ends."""
        estimator, once = self._estimator, self._once
        stopping = EarlyStopping(leg.stage.watched, estimator.patience)
        lines = [ProgressLines()] if estimator.verbose else []
        try:
            fit(
                leg.run,
                leg.batches,
                schedule="constant" if once else estimator.schedule,
                monitor=leg.monitor,
                remark=leg.stage.remark,
                early_stopping=stopping if estimator.early_stopping and not once else None,
                callbacks=[*estimator.callbacks, *lines],
            )
        finally:
            self._keep(leg.run)

    def _keep(self, run: Run) -> None:
        run.best = None if run.stopped != "interrupted" else run.best
        self._estimator.module_ = run.module
        self._estimator.history_ = run.history
        self._estimator.n_iter_ = len(run.history)
        self._estimator._progress = Saved("the interrupted fit", run.identity, *run.state())


def _check_labelled(train: Tensor, held: Tensor, holding_out: bool) -> None:
    if not len(train) or (holding_out and not len(held)):
        where = "to learn from" if not len(train) else "among those held out"
        raise DataError(
            f"no row {where} has a label: give labels to more rows, or hold out another share "
            "by validation_fraction"
        )


def _hold_out_fraction(estimator: Contract) -> float:
    if estimator.validation_fraction is not None:
        return estimator.validation_fraction
    return _DEFAULT_HOLD_OUT if estimator.early_stopping else 0.0


def _spread(rows: Tensor) -> Tensor:
    """Take some rows, evenly over all of them: data often come sorted."""
    count = min(len(rows), _MEASURED_ROWS)
    return rows[torch.linspace(0, len(rows) - 1, count).round().long()]


def _identity(
    estimator: Contract, X: Admitted, facts: Survey, labels: Tensor | None, seed: int
) -> dict[str, Any]:
    left_out = _NOT_IDENTITY | ({"epochs"} if estimator.schedule == "constant" else set())
    parameters = estimator._declared()
    return {
        "model": type(estimator).__name__,
        **{name: plain(value) for name, value in parameters.items() if name not in left_out},
        "seed": seed,
        "rows": X.table.n_rows,
        "features": X.table.n_features,
        "data": f"mean {float(facts.mean.mean()):.9g}, from {facts.low:g} to {facts.high:g}",
        **({} if labels is None else {"labels": f"mean {float(labels.double().mean()):.9g}"}),
    }
