"""What a model hands to the loop: a value and its gradients, however they were found."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

import torch
from torch import Generator, Tensor, nn


class Factored(Protocol):
    """A gradient that is not a tensor, but can be added to one."""

    def dense(self) -> Tensor:
        """Return it as a tensor."""

    def add_to(self, target: Tensor, beta: float, alpha: float) -> None:
        """Set ``target`` to ``beta * target + alpha * self``, in place."""


Slope: TypeAlias = Tensor | Factored
"""The gradient for one parameter."""

Gradient: TypeAlias = Callable[[Any, Generator], tuple[Tensor, Sequence[Slope]]]
"""From a batch, whatever that is, to the objective's value and a gradient for each parameter."""


@dataclass(frozen=True)
class Objective:
    """One player: parameters, the gradient to follow, and what to do after a step.

    Attributes
    ----------
    name : str
        The name of its value in the history.
    parameters : tuple of nn.Parameter
        What the loop may change.
    gradient : callable
        ``gradient(batch, generator)`` returns the value (a scalar tensor) and one gradient for
        each parameter.
    after_step : callable, optional
        Called after each step: clipping, gauge fixing, averaging.
    repeats : int
        Steps on each batch; a critic may need several.
    pace : callable, optional
        Told, before each batch, the factor that the schedule puts on the learning rate: what else
        changes while training goes on can go by it.
    """

    name: str
    parameters: tuple[nn.Parameter, ...]
    gradient: Gradient
    after_step: Callable[[], None] | None = None
    repeats: int = 1
    pace: Callable[[float], None] | None = None


def autograd(
    name: str,
    module: nn.Module,
    loss: Callable[[Any, Generator], Tensor],
    *,
    precision: torch.dtype = torch.float32,
    after_step: Callable[[], None] | None = None,
    repeats: int = 1,
    pace: Callable[[float], None] | None = None,
) -> Objective:
    """Make an objective of a differentiable loss over the parameters of ``module``.

    With ``precision=torch.bfloat16`` the loss is computed under autocast; the parameters and
    their gradients stay in float32.
    """
    parameters = tuple(p for p in module.parameters() if p.requires_grad)

    def gradient(batch: Any, generator: Generator) -> tuple[Tensor, Sequence[Slope]]:
        low = precision is not torch.float32
        with (
            torch.enable_grad(),
            torch.autocast(
                parameters[0].device.type, dtype=precision if low else None, enabled=low
            ),
        ):
            value = loss(batch, generator)
        return value.detach(), torch.autograd.grad(value, parameters)

    return Objective(name, parameters, gradient, after_step, repeats, pace)
