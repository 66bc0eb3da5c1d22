"""From parameters to the beginning of a run: its seed, and the earlier run that it goes on from."""

import warnings
from os import PathLike
from typing import Any, Protocol

import numpy as np
from sklearn.exceptions import ConvergenceWarning

from embudo.errors import ParameterError
from embudo.training.checkpoint import Saved, read
from embudo.training.run import Run


class Trained(Protocol):
    """A model with parameters of a training."""

    random_state: Any


def warn_of_interruption(run: Run) -> None:
    """Say that a run was interrupted, how far it came, and how to go on."""
    where = f" of {run.stage_name}" if run.stage_name else ""
    warnings.warn(
        f"training was interrupted after step {run.step} of "
        f"{run.epochs * run.steps_per_epoch}{where}; the partial model is kept, and "
        "fit(X, resume=True) goes on from here",
        ConvergenceWarning,
        stacklevel=5,
    )


def saved_of(model: Trained, resume: bool | str | PathLike[str]) -> Saved | None:
    """Return the run to go on from: the model's own, that of a checkpoint, or none.

    Raises
    ------
    ParameterError
        If the model has no run of its own.
    """
    if resume is False:
        return None
    if resume is not True:
        return read(resume)
    progress: Saved | None = getattr(model, "_progress", None)
    if progress is None:
        raise ParameterError("resume=True needs an earlier fit that was interrupted; leave it out")
    return progress


def seed_of(model: Trained) -> int:
    """Return the seed that a model's ``random_state`` gives."""
    state = model.random_state
    if state is None:
        return int(np.random.SeedSequence().generate_state(1)[0])
    if isinstance(state, np.random.RandomState):
        return int(state.randint(2**31))
    return int(state)


def plain(value: Any) -> Any:
    """Turn numpy's numbers into Python's, and a tuple into what JSON makes of it."""
    if isinstance(value, tuple):
        return [plain(item) for item in value]
    return value.item() if isinstance(value, np.generic) else value
