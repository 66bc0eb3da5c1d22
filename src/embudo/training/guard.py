"""Watches for values that are not finite, without waiting for the device at every step."""

import torch
from torch import Tensor

from embudo.errors import DivergenceError
from embudo.training.run import Run

_EVERY = 50


class Guard:
    """Keeps the last state known to be finite, and goes back to it when one is not.

    Values stay on the device and are looked at together, every fifty steps and whenever somebody
    is about to use the state.
    """

    def __init__(self, run: Run) -> None:
        self._run = run
        self._values: list[Tensor] = []
        self._good: dict[str, Tensor] = {}
        self._keep()

    def watch(self, value: Tensor) -> None:
        """Take note of a step's value."""
        self._values.append(value)
        if len(self._values) >= _EVERY:
            self.check()

    def check(self) -> None:
        """Raise DivergenceError, with the good state restored, if anything is not finite."""
        if not self._values:
            return
        finite = torch.stack(self._values).isfinite()
        parameters = (p for objective in self._run.objectives for p in objective.parameters)
        if bool(finite.all()) and all(bool(p.detach().sum().isfinite()) for p in parameters):
            self._values.clear()
            self._keep()
            return
        bad = int((~finite).nonzero()[0]) if not bool(finite.all()) else len(finite) - 1
        self._fail(self._run.step - len(finite) + bad + 1)

    def _keep(self) -> None:
        tensors = self._run.tensors()
        if tensors.keys() != self._good.keys():  # an optimizer that has begun has more
            self._good = {name: tensor.clone() for name, tensor in tensors.items()}
        else:
            for name, tensor in tensors.items():
                self._good[name].copy_(tensor)
        self._good_step = self._run.step

    def _fail(self, step: int) -> None:
        run = self._run
        run.rewind(self._good, self._good_step)
        run.stopped = "diverged"
        epoch = (step - 1) // run.steps_per_epoch + 1
        raise DivergenceError(
            f"training left the finite numbers at step {step} (epoch {epoch}); the state "
            f"after step {self._good_step} was kept: lower learning_rate (now "
            f"{run.learning_rate:g}) or look for extreme values in the data"
        )
