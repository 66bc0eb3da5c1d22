"""Exponential-family units: what a layer's units can be.

A unit with field ``t`` (bias plus input from the other layer) has the density

    p(x | t) = exp(t x - base(x) - A(t)),

so one table of four functions (mean, sample, log-normaliser ``A``, base) is all that energies,
chains and gradients need to know of it.
"""

import math
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import ClassVar, TypeAlias, final

import torch
from jaxtyping import Float
from torch import Generator, Tensor
from torch.nn.functional import softplus

from embudo.kernels.noise import bernoulli

Draw: TypeAlias = Callable[[Tensor, Generator], Tensor]
"""How zeros and ones are drawn from probabilities: exactly, or fast while training."""

_HALF_LOG_TWO_PI = 0.5 * math.log(2 * math.pi)


class Unit(ABC):
    """One kind of unit; stateless, so one instance serves every layer."""

    name: ClassVar[str]

    @abstractmethod
    def mean(self, field: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
        """Return the expected state under the field."""

    def mean_(self, field: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
        """Return the same; the field's memory may be used for it."""
        return self.mean(field)

    @abstractmethod
    def sample(
        self, mean: Float[Tensor, "*shape"], generator: Generator, draw: Draw = bernoulli
    ) -> Float[Tensor, "*shape"]:
        """Draw a state, given its mean."""

    @abstractmethod
    def log_normaliser(self, field: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
        """Return ``A(t)``, the logarithm of the sum of ``exp(t x - base(x))`` over ``x``."""

    @abstractmethod
    def base(self, state: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
        """Return minus the logarithm of the base measure at the state."""

    @abstractmethod
    def divergence(
        self, state: Float[Tensor, "*shape"], mean: Float[Tensor, "*shape"]
    ) -> Float[Tensor, "*shape"]:
        """Return KL(unit with mean ``state`` || unit with mean ``mean``) in nats."""


@final
class Bernoulli(Unit):
    """States 0 and 1; ``p(x = 1) = sigmoid(t)``."""

    name = "bernoulli"

    def mean(self, field: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
        return torch.sigmoid(field)

    def mean_(self, field: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
        return field.sigmoid_()

    def sample(
        self, mean: Float[Tensor, "*shape"], generator: Generator, draw: Draw = bernoulli
    ) -> Float[Tensor, "*shape"]:
        return draw(mean, generator)

    def log_normaliser(self, field: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
        return softplus(field)

    def base(self, state: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
        return torch.zeros_like(state)

    def divergence(
        self, state: Float[Tensor, "*shape"], mean: Float[Tensor, "*shape"]
    ) -> Float[Tensor, "*shape"]:
        return _two_way(state, state) - _two_way(state, mean)


@final
class Gaussian(Unit):
    """Real states with unit variance; the mean is the field itself."""

    name = "gaussian"

    def mean(self, field: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
        return field

    def sample(
        self, mean: Float[Tensor, "*shape"], generator: Generator, draw: Draw = bernoulli
    ) -> Float[Tensor, "*shape"]:
        noise = torch.empty_like(mean).normal_(generator=generator)
        return noise.add_(mean)

    def log_normaliser(self, field: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
        return field.square() / 2

    def base(self, state: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
        return state.square() / 2 + _HALF_LOG_TWO_PI

    def divergence(
        self, state: Float[Tensor, "*shape"], mean: Float[Tensor, "*shape"]
    ) -> Float[Tensor, "*shape"]:
        return (state - mean).square() / 2


UNITS: dict[str, Unit] = {unit.name: unit for unit in (Bernoulli(), Gaussian())}
"""Every kind of unit by its name."""


def _two_way(state: Tensor, mean: Tensor) -> Tensor:
    """Return ``s log m + (1 - s) log(1 - m)``, finite at both ends; `torch.xlogy` is slower."""
    limits = torch.finfo(mean.dtype)
    ones = state * mean.clamp(min=limits.tiny).log()
    return ones + (1 - state) * torch.log1p(-mean.clamp(max=1 - limits.eps / 2))
