"""A run in progress: everything that has to survive to go on exactly where it stopped."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Generator, Tensor, nn

from embudo.training.history import History
from embudo.training.objective import Objective
from embudo.training.optimizers import SGD, FusedAdam


@dataclass
class Best:
    """The best epoch so far, by the measure that early stopping watches."""

    value: float
    epoch: int
    tensors: dict[str, Tensor]


@dataclass
class Run:
    """The state of one training.

    Attributes
    ----------
    module : nn.Module
        Its ``state_dict`` is the whole model: parameters, chains, moving averages.
    objectives, optimizers : sequences of equal length
        The players, and what moves each of them.
    generator : torch.Generator
        The only source of randomness of a training step.
    epochs, steps_per_epoch : int
        What is planned.
    epoch, position : int
        Whole epochs done, and batches done of the current one.
    totals : Tensor of shape (objectives,)
        Sums of each objective's values over the current epoch.
    history : History
        One row per epoch done.
    best : Best or None
        Kept if early stopping watches.
    stopped : str or None
        Why training ended before the planned epochs.
    stage, n_stages : int
        Which part of a training in stages this is, counted from 0, and how many there are.
    stage_name : str
        What that part is called; empty where there is only one.
    identity : dict
        Which model and data this is; resuming from a checkpoint asks for the same.
    check : callable
        Raises DivergenceError unless the state is finite; to be called before the state is kept.
    """

    module: nn.Module
    objectives: Sequence[Objective]
    optimizers: Sequence[SGD | FusedAdam]
    generator: Generator
    epochs: int
    steps_per_epoch: int
    epoch: int = 0
    position: int = 0
    totals: Tensor = field(default_factory=lambda: torch.zeros(0))
    history: History = field(default_factory=History)
    best: Best | None = None
    stopped: str | None = None
    stage: int = 0
    n_stages: int = 1
    stage_name: str = ""
    identity: dict[str, Any] = field(default_factory=dict)
    check: Callable[[], None] = field(default=lambda: None)

    def __post_init__(self) -> None:
        """Start the sums at zero."""
        device = self.objectives[0].parameters[0].device
        self.totals = torch.zeros(len(self.objectives), dtype=torch.float64, device=device)

    @property
    def step(self) -> int:
        """Batches done since the beginning."""
        return self.epoch * self.steps_per_epoch + self.position

    @property
    def learning_rate(self) -> float:
        """The learning rate of the first player, now."""
        return float(self.optimizers[0].param_groups[0]["lr"])

    def stop(self, reason: str) -> None:
        """End training after the current step."""
        self.stopped = reason

    def snapshot(self) -> dict[str, Tensor]:
        """Return a copy of the module's state."""
        return {name: t.detach().clone() for name, t in self.module.state_dict().items()}

    def tensors(self) -> dict[str, Tensor]:
        """Return the tensors that a step changes, by reference: module, optimizers, sums."""
        tensors = {f"module.{name}": t for name, t in self.module.state_dict().items()}
        tensors["generator"] = self.generator.get_state()
        tensors["totals"] = self.totals
        for number, optimizer in enumerate(self.optimizers):
            for index, entries in optimizer.state_dict()["state"].items():
                for name, tensor in entries.items():
                    tensors[f"optimizer.{number}.{index}.{name}"] = tensor
        return tensors

    def state(self) -> tuple[dict[str, Tensor], dict[str, Any]]:
        """Return all of the run as tensors, by reference, and JSON values."""
        tensors = self.tensors()
        facts: dict[str, Any] = {
            "stage": self.stage,
            "epoch": self.epoch,
            "position": self.position,
            "history": self.history.to_json(),
        }
        if self.best is not None:
            tensors |= {f"best.{name}": t for name, t in self.best.tensors.items()}
            facts["best"] = {"value": self.best.value, "epoch": self.best.epoch}
        return tensors, facts

    def restore(self, tensors: dict[str, Tensor], facts: dict[str, Any]) -> None:
        """Go back to where :meth:`state` was taken."""
        self._load(tensors)
        self.epoch, self.position = facts["epoch"], facts["position"]
        self.history = History.from_json(facts["history"])
        if "best" in facts:
            self.best = Best(**facts["best"], tensors=_under("best.", tensors))

    def rewind(self, tensors: dict[str, Tensor], step: int) -> None:
        """Go back, within this training, to a step whose :meth:`tensors` were copied."""
        self._load(tensors)
        self.epoch, self.position = divmod(step, self.steps_per_epoch)
        if self.position == 0:
            self.totals.zero_()

    def _load(self, tensors: dict[str, Tensor]) -> None:
        load_module(self.module, tensors)
        self.generator.set_state(tensors["generator"])
        self.totals.copy_(tensors["totals"])
        self.load_optimizers(tensors)

    def load_optimizers(self, tensors: dict[str, Tensor]) -> None:
        """Put the optimizers where those of a run with these :meth:`tensors` stood."""
        for number, optimizer in enumerate(self.optimizers):
            state: dict[int, dict[str, Tensor]] = {}
            for key, tensor in _under(f"optimizer.{number}.", tensors).items():
                index, name = key.split(".", 1)
                state.setdefault(int(index), {})[name] = tensor.clone()
            groups = optimizer.state_dict()["param_groups"]
            optimizer.load_state_dict({"state": state, "param_groups": groups})


def load_module(module: nn.Module, tensors: dict[str, Tensor]) -> None:
    """Put a module where the run that these tensors are of had it."""
    module.load_state_dict(_under("module.", tensors))


def _under(prefix: str, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    return {k.removeprefix(prefix): t for k, t in tensors.items() if k.startswith(prefix)}
