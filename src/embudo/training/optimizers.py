"""Optimizers and learning-rate schedules by name."""

import math
from collections.abc import Callable, Sequence
from typing import Any, Literal, TypeAlias

import torch
from torch import Tensor, nn
from torch.optim import Adam, Optimizer

Schedule: TypeAlias = Literal["constant", "linear", "cosine"]

SCHEDULES: dict[str, Callable[[float], float]] = {
    "constant": lambda progress: 1.0,
    "linear": lambda progress: 1.0 - progress,
    "cosine": lambda progress: 0.5 * (1.0 + math.cos(math.pi * progress)),
}
"""Factor on the learning rate as a function of progress, from 0 to just below 1."""


class SGD(Optimizer):
    """Gradient descent with momentum, updated in place.

    torch's own one costs up to three times as much on parameters that fit a cache, where an RBM
    lives: see ``docs/decisions/0005-own-sgd.md``.
    """

    def __init__(self, parameters: Any, lr: float, momentum: float = 0.0) -> None:
        super().__init__(parameters, {"lr": lr, "momentum": momentum, "weight_decay": 0.0})

    def step(self, closure: Callable[[], float] | None = None) -> None:  # type: ignore[override]
        """Update every parameter from its ``grad``."""
        with torch.no_grad():
            for group in self.param_groups:
                for parameter in group["params"]:
                    self._update(parameter, parameter.grad, group)

    step.hooked = True  # type: ignore[attr-defined]  # torch wraps steps in a profiler's record

    def _update(self, parameter: Tensor, gradient: Tensor, group: dict[str, Any]) -> None:
        if group["weight_decay"]:
            gradient = gradient.add(parameter, alpha=group["weight_decay"])
        if group["momentum"]:
            state = self.state[parameter]
            if "momentum" not in state:
                state["momentum"] = torch.zeros_like(parameter)
            gradient = state["momentum"].mul_(group["momentum"]).add_(gradient)
        parameter.add_(gradient, alpha=-group["lr"])


def sgd(
    parameters: Sequence[nn.Parameter],
    *,
    learning_rate: float,
    momentum: float = 0.0,
    weight_decay: float = 0.0,
) -> Optimizer:
    """Return gradient descent with momentum; only matrices decay, never biases."""
    return SGD(_groups(parameters, weight_decay), lr=learning_rate, momentum=momentum)


def adam(
    parameters: Sequence[nn.Parameter],
    *,
    learning_rate: float,
    betas: tuple[float, float] = (0.9, 0.999),
    weight_decay: float = 0.0,
) -> Optimizer:
    """Return Adam, fused; only matrices decay, never biases."""
    return Adam(_groups(parameters, weight_decay), lr=learning_rate, betas=betas, fused=True)


def _groups(parameters: Sequence[nn.Parameter], weight_decay: float) -> list[dict[str, Any]]:
    matrices = [p for p in parameters if p.ndim > 1]
    biases = [p for p in parameters if p.ndim <= 1]
    groups = [
        {"params": matrices, "weight_decay": weight_decay},
        {"params": biases, "weight_decay": 0.0},
    ]
    return [group for group in groups if group["params"]]
