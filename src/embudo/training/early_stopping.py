"""Ends training when a measure no longer improves, and brings the best epoch back."""

import math
from dataclasses import dataclass

from embudo.training.run import Best, Run


@dataclass(frozen=True)
class EarlyStopping:
    """What to watch, and for how long to wait.

    Attributes
    ----------
    measure : str
        A column of the history; larger is better.
    patience : int
        Epochs without an improvement before training ends.
    """

    measure: str
    patience: int

    @property
    def reason(self) -> str:
        """Why it stops a run, in words."""
        return f"{self.measure} did not improve for {self.patience} epochs"

    def exhausted(self, run: Run) -> bool:
        """Say whether the best epoch lies as far back as patience allows."""
        return run.best is not None and run.epoch - run.best.epoch >= self.patience

    def update(self, run: Run) -> None:
        """Compare the last epoch with the best one; stop the run if patience is at its end."""
        value = run.history[-1].values[self.measure]
        value = float("-inf") if math.isnan(value) else value
        if run.best is None or value > run.best.value:
            run.best = Best(value, run.epoch, run.snapshot())
        elif self.exhausted(run):
            run.stop(self.reason)

    def restore(self, run: Run) -> None:
        """Put the best epoch's state back into the module."""
        if run.best is not None:
            run.module.load_state_dict(run.best.tensors)
