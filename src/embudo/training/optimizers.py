"""Optimizers and learning-rate schedules by name."""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, TypeAlias

import torch
from torch import Tensor, nn
from torch.optim import Adam, Optimizer

from embudo.training.objective import Slope

Schedule: TypeAlias = Literal["constant", "linear", "cosine"]

SCHEDULES: dict[str, Callable[[float], float]] = {
    "constant": lambda progress: 1.0,
    "linear": lambda progress: 1.0 - progress,
    "cosine": lambda progress: 0.5 * (1.0 + math.cos(math.pi * progress)),
}
"""Factor on the learning rate as a function of progress, from 0 to just below 1."""


Slopes: TypeAlias = Mapping[Tensor, Slope]
"""A gradient for each parameter."""


class SGD(Optimizer):
    """Gradient descent with momentum, updated in place, from factors where that saves a pass.

    torch's own one costs up to three times as much on parameters that fit a cache, where an RBM
    lives: see ``docs/decisions/0005-own-sgd.md``.
    """

    def __init__(self, parameters: Any, lr: float, momentum: float = 0.0) -> None:
        super().__init__(parameters, {"lr": lr, "momentum": momentum, "weight_decay": 0.0})

    def step(self, gradients: Slopes) -> None:  # type: ignore[override]
        """Move every parameter along its gradient."""
        for group in self.param_groups:
            for parameter in group["params"]:
                if group["momentum"]:
                    self._roll(parameter, gradients[parameter], group)
                else:
                    rate = group["lr"]
                    kept = 1 - rate * group["weight_decay"]
                    accumulate(parameter.data, gradients[parameter], kept, -rate)

    def pace(self, factor: float) -> None:
        """Hear the schedule's factor; but for the rate there is nothing to change."""

    step.hooked = True  # type: ignore[attr-defined]  # torch wraps steps in a profiler's record

    def _roll(self, parameter: Tensor, gradient: Slope, group: dict[str, Any]) -> None:
        state = self.state[parameter]
        if "momentum" not in state:
            state["momentum"] = torch.zeros_like(parameter)
        accumulate(state["momentum"], gradient, group["momentum"], 1.0)
        if group["weight_decay"]:
            state["momentum"].add_(parameter.data, alpha=group["weight_decay"])
        parameter.data.add_(state["momentum"], alpha=-group["lr"])


class FusedAdam(Adam):
    """torch's Adam, fused, whose memory of squares may change with the schedule."""

    last_beta2: float | None = None

    def step(self, gradients: Slopes) -> None:  # type: ignore[override]
        """Move every parameter along its gradient."""
        for parameter, gradient in gradients.items():
            # Fused, it goes through memory as it lies, whatever the strides say.
            parameter.grad = dense(gradient).contiguous()
        super().step()

    def pace(self, factor: float) -> None:
        """Go from the first second beta, at factor 1, to the last one, at factor 0."""
        if self.last_beta2 is not None:
            beta1, first = self.defaults["betas"]
            for group in self.param_groups:
                group["betas"] = (beta1, self.last_beta2 + (first - self.last_beta2) * factor)


def dense(gradient: Slope) -> Tensor:
    """Return a gradient as a tensor."""
    return gradient if isinstance(gradient, Tensor) else gradient.dense()


def accumulate(target: Tensor, gradient: Slope, beta: float, alpha: float) -> None:
    """Set ``target`` to ``beta * target + alpha * gradient``, in place."""
    if not isinstance(gradient, Tensor):
        gradient.add_to(target, beta, alpha)
        return
    if beta != 1.0:
        target.mul_(beta)
    target.add_(gradient, alpha=alpha)


def sgd(
    parameters: Sequence[nn.Parameter],
    *,
    learning_rate: float,
    momentum: float = 0.0,
    weight_decay: float = 0.0,
) -> SGD:
    """Return gradient descent with momentum; only matrices decay, never biases."""
    return SGD(_groups(parameters, weight_decay), lr=learning_rate, momentum=momentum)


def adam(
    parameters: Sequence[nn.Parameter],
    *,
    learning_rate: float,
    betas: tuple[float, float] = (0.9, 0.999),
    weight_decay: float = 0.0,
    last_beta2: float | None = None,
) -> FusedAdam:
    """Return Adam, fused; only matrices decay, never biases.

    With ``last_beta2`` the second beta goes there as the schedule's factor goes to 0.
    """
    groups = _groups(parameters, weight_decay)
    found = FusedAdam(groups, lr=learning_rate, betas=betas, fused=True)
    found.last_beta2 = last_beta2
    return found


def _groups(parameters: Sequence[nn.Parameter], weight_decay: float) -> list[dict[str, Any]]:
    matrices = [p for p in parameters if p.ndim > 1]
    biases = [p for p in parameters if p.ndim <= 1]
    groups = [
        {"params": matrices, "weight_decay": weight_decay},
        {"params": biases, "weight_decay": 0.0},
    ]
    return [group for group in groups if group["params"]]
