"""From an estimator's parameters and its data to a run, and from the run to a fitted estimator."""

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from numbers import Integral
from os import PathLike
from typing import Any, Self

import numpy as np
import torch
from sklearn.exceptions import ConvergenceWarning
from torch import Tensor, nn

from embudo.data.batches import Batches
from embudo.data.splits import hold_out
from embudo.data.survey import Survey
from embudo.errors import ParameterError
from embudo.estimators.contract import Contract
from embudo.estimators.inputs import Admitted, row_weights
from embudo.training.checkpoint import Saved, read
from embudo.training.early_stopping import EarlyStopping
from embudo.training.hardware import choose_device
from embudo.training.loop import fit
from embudo.training.objective import Objective
from embudo.training.optimizers import SGD, sgd
from embudo.training.progress import ProgressLines
from embudo.training.run import Run

_DEFAULT_HOLD_OUT = 0.1
_MEASURED_ROWS = 512
_NOT_IDENTITY = {"callbacks", "verbose", "device", "random_state"}


@dataclass
class Session:
    """One call of ``fit`` or ``partial_fit``."""

    estimator: Contract
    run: Run
    batches: Batches
    monitor: Callable[[], dict[str, float]]

    @classmethod
    def open(
        cls,
        estimator: Contract,
        X: Admitted,
        sample_weight: Any,
        resume: bool | str | PathLike[str],
    ) -> Self:
        """Prepare to train from the beginning, or from where a saved run stopped."""
        saved = _saved(estimator, resume)
        seed = None
        if saved is not None and not isinstance(estimator.random_state, Integral):
            seed = saved.identity.get("seed")  # None draws a new one, and a RandomState moved on
        weight = row_weights(sample_weight, X.table.n_rows)
        facts, estimator.layout_ = estimator._survey(X, weight)
        session = cls._prepare(
            estimator, X, weight, facts, _seed(estimator) if seed is None else seed
        )
        if saved is not None:
            saved.restore(session.run)
        return session

    @classmethod
    def more(cls, estimator: Contract, X: Admitted, sample_weight: Any) -> Self:
        """Prepare one more epoch on these rows, from wherever the estimator stands."""
        weight = row_weights(sample_weight, X.table.n_rows)
        before: Saved | None = getattr(estimator, "_progress", None)
        facts, estimator.layout_ = estimator._survey(X, weight)
        seed = _seed(estimator) if before is None else before.identity["seed"]
        session = cls._prepare(estimator, X, weight, facts, seed, once=True)
        if before is not None:
            session.run.restore(before.tensors, {**before.facts, "position": 0})
        return session

    @classmethod
    def _prepare(
        cls,
        estimator: Contract,
        X: Admitted,
        weight: Tensor | None,
        facts: Survey,
        seed: int,
        once: bool = False,
    ) -> Self:
        device = choose_device(estimator.device)
        generator = torch.Generator(device).manual_seed(seed)
        going_on = once and hasattr(estimator, "module_")
        module = (
            estimator.module_ if going_on else estimator._build(X, weight, facts, device, generator)
        )
        rows = torch.arange(X.table.n_rows) if weight is None else weight.nonzero()[:, 0]
        share = 0.0 if once else _hold_out_fraction(estimator)
        train, held = (rows[part] for part in hold_out(len(rows), share, seed))
        batches = Batches(
            X.table,
            estimator.batch_size,
            seed,
            rows=train,
            weight=weight,
            has_missing=facts.has_missing,
            device=device,
        )
        sample = batches.take(_spread(train))
        validation = batches.take(_spread(held)) if len(held) else None
        objectives = estimator._objectives(module, one_batch=len(batches) == 1)
        run = Run(
            module,
            objectives,
            [_optimizer(estimator, objective, module) for objective in objectives],
            generator,
            estimator.epochs,
            len(batches),
            identity=_identity(estimator, X, facts, seed),
        )
        return cls(estimator, run, batches, lambda: estimator._measures(module, sample, validation))

    def train(self, epochs: int, *, once: bool = False) -> None:
        """Train up to ``epochs`` in all, and leave the estimator fitted however it ends.

        With ``once`` the learning rate stays constant and nothing stops early.
        """
        estimator, run = self.estimator, self.run
        run.epochs = epochs
        stopping = EarlyStopping(estimator.watched, estimator.patience)
        lines = [ProgressLines()] if estimator.verbose else []
        try:
            fit(
                run,
                self.batches,
                schedule="constant" if once else estimator.schedule,
                monitor=self.monitor,
                early_stopping=stopping if estimator.early_stopping and not once else None,
                callbacks=[*estimator.callbacks, *lines],
            )
        finally:
            self._keep()
        if run.stopped == "interrupted":
            warnings.warn(
                f"training was interrupted after step {run.step} of "
                f"{run.epochs * run.steps_per_epoch}; the partial model is kept, and "
                "fit(X, resume=True) goes on from here",
                ConvergenceWarning,
                stacklevel=4,
            )

    def _keep(self) -> None:
        run = self.run
        run.best = None if run.stopped != "interrupted" else run.best
        self.estimator.module_ = run.module
        self.estimator.history_ = run.history
        self.estimator.n_iter_ = len(run.history)
        self.estimator._progress = Saved("the interrupted fit", run.identity, *run.state())


def _optimizer(estimator: Contract, objective: Objective, module: nn.Module) -> SGD:
    return sgd(
        objective.parameters,
        learning_rate=estimator._rate(module),
        momentum=estimator.momentum,
        weight_decay=estimator.weight_decay,
    )


def _saved(estimator: Contract, resume: bool | str | PathLike[str]) -> Saved | None:
    if resume is False:
        return None
    if resume is not True:
        return read(resume)
    progress: Saved | None = getattr(estimator, "_progress", None)
    if progress is None:
        raise ParameterError("resume=True needs an earlier fit that was interrupted; leave it out")
    return progress


def _seed(estimator: Contract) -> int:
    state = estimator.random_state
    if state is None:
        return int(np.random.SeedSequence().generate_state(1)[0])
    if isinstance(state, np.random.RandomState):
        return int(state.randint(2**31))
    return int(state)


def _hold_out_fraction(estimator: Contract) -> float:
    if estimator.validation_fraction is not None:
        return estimator.validation_fraction
    return _DEFAULT_HOLD_OUT if estimator.early_stopping else 0.0


def _spread(rows: Tensor) -> Tensor:
    """Take some rows, evenly over all of them: data often come sorted."""
    count = min(len(rows), _MEASURED_ROWS)
    return rows[torch.linspace(0, len(rows) - 1, count).round().long()]


def _identity(estimator: Contract, X: Admitted, facts: Survey, seed: int) -> dict[str, Any]:
    left_out = _NOT_IDENTITY | ({"epochs"} if estimator.schedule == "constant" else set())
    parameters = estimator._declared()
    return {
        "model": type(estimator).__name__,
        **{name: plain(value) for name, value in parameters.items() if name not in left_out},
        "seed": seed,
        "rows": X.table.n_rows,
        "features": X.table.n_features,
        "data": f"mean {float(facts.mean.mean()):.9g}, from {facts.low:g} to {facts.high:g}",
    }


def plain(value: Any) -> Any:
    """Turn numpy's numbers into Python's."""
    return value.item() if isinstance(value, np.generic) else value
