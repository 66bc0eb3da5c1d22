"""Exponential-family units: what a layer's units can be.

A unit with field ``t`` (bias plus input from the other layer) has the density

    p(x | t) = exp(t x - base(x) - A(t)),

so one table of functions (conditional, mean, sample, log-normaliser ``A``, base) is all that
energies, chains and gradients need to know of it. A unit kind speaks for a whole layer, since some
kinds join several units of it: the last axis of every tensor is the layer.
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
_FEW_STATES = 8  # below, torch is slow to normalise over the last axis, and quick over another


class Unit(ABC):
    """One kind of unit, without any state that learns."""

    name: ClassVar[str]

    @abstractmethod
    def given(self, field: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
        """Return the conditional distribution under the field, as one parameter for each unit."""

    def given_(self, field: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
        """Return the same; the field's memory may be used for it."""
        return self.given(field)

    def mean(self, parameter: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
        """Return the expected state, for most kinds the parameter itself."""
        return parameter

    @abstractmethod
    def sample(
        self, parameter: Float[Tensor, "*shape"], generator: Generator, draw: Draw = bernoulli
    ) -> Float[Tensor, "*shape"]:
        """Draw a state from a conditional distribution."""

    @abstractmethod
    def log_normaliser(self, field: Float[Tensor, "*batch units"]) -> Float[Tensor, "*batch"]:
        """Return ``A(t)``, the log of the sum of ``exp(t x - base(x))`` over a layer's states."""

    def log_normaliser_change(
        self, field: Float[Tensor, "*batch units"], start: float, end: float
    ) -> Float[Tensor, "*batch"]:
        """Return ``A(end t) - A(start t)``, in double precision however near the two are."""
        total, t = self.log_normaliser, field.double()
        return total(end * t) - total(start * t)

    @abstractmethod
    def base(self, state: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
        """Return minus the logarithm of the base measure at each unit's state."""


class VisibleUnit(Unit):
    """A kind of unit that data can be."""

    @abstractmethod
    def divergence(
        self, state: Float[Tensor, "*shape"], mean: Float[Tensor, "*shape"]
    ) -> Float[Tensor, "*shape"]:
        """Return KL(unit with mean ``state`` || unit with mean ``mean``) in nats, to be summed."""


@final
class Bernoulli(VisibleUnit):
    """States 0 and 1; ``p(x = 1) = sigmoid(t)``."""

    name = "bernoulli"

    def given(self, field: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
        return torch.sigmoid(field)

    def given_(self, field: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
        return field.sigmoid_()

    def sample(
        self, parameter: Float[Tensor, "*shape"], generator: Generator, draw: Draw = bernoulli
    ) -> Float[Tensor, "*shape"]:
        return draw(parameter, generator)

    def log_normaliser(self, field: Float[Tensor, "*batch units"]) -> Float[Tensor, "*batch"]:
        return softplus(field).sum(-1)

    def log_normaliser_change(
        self, field: Float[Tensor, "*batch units"], start: float, end: float
    ) -> Float[Tensor, "*batch"]:
        if abs(end - start) > 2e-3:  # else log(1 - p + p exp(d)): exact up to fields of thousands
            return super().log_normaliser_change(field, start, end)
        change = torch.mul(field, start - end).expm1_().mul_(torch.sigmoid(end * field)).log1p_()
        return -change.sum(-1, dtype=torch.float64)

    def base(self, state: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
        return torch.zeros_like(state)

    def divergence(
        self, state: Float[Tensor, "*shape"], mean: Float[Tensor, "*shape"]
    ) -> Float[Tensor, "*shape"]:
        return _two_way(state, state) - _two_way(state, mean)


@final
class Gaussian(VisibleUnit):
    """Real states with unit variance; the mean is the field itself."""

    name = "gaussian"

    def given(self, field: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
        return field

    def sample(
        self, parameter: Float[Tensor, "*shape"], generator: Generator, draw: Draw = bernoulli
    ) -> Float[Tensor, "*shape"]:
        noise = torch.empty_like(parameter).normal_(generator=generator)
        return noise.add_(parameter)

    def log_normaliser(self, field: Float[Tensor, "*batch units"]) -> Float[Tensor, "*batch"]:
        return field.square().sum(-1) / 2

    def base(self, state: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
        return state.square() / 2 + _HALF_LOG_TWO_PI

    def divergence(
        self, state: Float[Tensor, "*shape"], mean: Float[Tensor, "*shape"]
    ) -> Float[Tensor, "*shape"]:
        return (state - mean).square() / 2


@final
class Softmax(VisibleUnit):
    """Blocks of ``n_states`` units of which exactly one is on (Potts units, one-hot).

    A layer of them is ``n_states`` times as wide as it has blocks.
    """

    name = "softmax"

    def __init__(self, n_states: int) -> None:
        self.n_states = n_states

    def given(self, field: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
        blocks = self._blocks(field.to(_wide(field)))
        if self.n_states == 2:
            on = blocks[..., 1] - blocks[..., 0]
            found = torch.stack((-on, on), -1).sigmoid_()
        elif self.n_states < _FEW_STATES:
            found = blocks.transpose(-1, -2).contiguous().softmax(-2).transpose(-1, -2)
        else:
            found = blocks.softmax(-1)
        return found.to(field.dtype).flatten(-2)

    def sample(
        self, parameter: Float[Tensor, "*shape"], generator: Generator, draw: Draw = bernoulli
    ) -> Float[Tensor, "*shape"]:
        if self.n_states == 2:
            on = draw(self._blocks(parameter)[..., 1].contiguous(), generator)
            return torch.stack((1 - on, on), -1).flatten(-2)
        cumulative = self._blocks(parameter).cumsum(-1, dtype=_wide(parameter))
        noise = torch.rand(
            (*cumulative.shape[:-1], 1),
            generator=generator,
            dtype=cumulative.dtype,
            device=parameter.device,
        )
        # Below 1 times a total stays below that total when rounded: no state is beyond the last.
        passed = cumulative <= noise.mul_(cumulative[..., -1:])
        reached = torch.ones_like(passed)
        reached[..., 1:] = passed[..., :-1]
        return (reached ^ passed).to(parameter.dtype).flatten(-2)

    def log_normaliser(self, field: Float[Tensor, "*batch units"]) -> Float[Tensor, "*batch"]:
        return self._blocks(field).logsumexp(-1).sum(-1)

    def base(self, state: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
        return torch.zeros_like(state)

    def divergence(
        self, state: Float[Tensor, "*shape"], mean: Float[Tensor, "*shape"]
    ) -> Float[Tensor, "*shape"]:
        tiny = torch.finfo(mean.dtype).tiny
        return state * (state.clamp(min=tiny).log() - mean.clamp(min=tiny).log())

    def _blocks(self, layer: Tensor) -> Tensor:
        blocks: Tensor = layer.unflatten(-1, (-1, self.n_states))
        return blocks


@final
class Relu(Unit):
    """Rectified states ``x >= 0`` with base ``x^2 / 2``: a Gaussian cut off at 0.

    The most probable state is ``max(0, t)``. Unlike the sum of replicas of Nair and Hinton
    (2010), which only its approximate sampler can work with, this kind has a density, and so an
    exact conditional, free energy and gradient (Su et al. 2016).
    """

    name = "relu"

    def given(self, field: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
        return field

    def mean(self, parameter: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
        t = parameter.to(_wide(parameter))
        x = -t
        near = t + math.sqrt(2 / math.pi) / torch.special.erfcx(x.clamp(max=40) / math.sqrt(2))
        tail = 10.0 if t.dtype == torch.float32 else 40.0
        y = 1 / x.clamp(min=tail).square()
        series = 1 - y * (2 - y * (10 - y * (74 - y * (706 - y * 8162))))
        far = series * y.sqrt()  # where the two terms above would cancel
        found: Tensor = torch.where(x > tail, far, torch.where(t > 40, t, near))
        return found.to(parameter.dtype)

    def sample(
        self, parameter: Float[Tensor, "*shape"], generator: Generator, draw: Draw = bernoulli
    ) -> Float[Tensor, "*shape"]:
        t = parameter.double()
        noise = 1 - torch.rand(t.shape, generator=generator, dtype=t.dtype, device=t.device)
        near = t - torch.special.ndtri(noise * torch.special.ndtr(t))
        e, y = -noise.log(), 1 / t.clamp(max=-30).square()
        far = e * y.sqrt() * (1 - (1 + e / 2) * y)  # where the tail is too small for a float
        drawn: Tensor = torch.where(t < -30, far, near.clamp(min=0))
        return drawn.to(parameter.dtype)

    def log_normaliser(self, field: Float[Tensor, "*batch units"]) -> Float[Tensor, "*batch"]:
        t = field.to(_wide(field))
        tail = torch.special.erfcx(torch.where(t < 0, -t, t) / math.sqrt(2)) / 2
        half_square = t.clamp(min=0).square() / 2
        below, above = tail.log(), half_square + torch.log1p(-tail * (-half_square).exp())
        terms = torch.where(t < 0, below, above) + _HALF_LOG_TWO_PI
        return terms.sum(-1).to(field.dtype)

    def base(self, state: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
        return state.square() / 2


@final
class Mixed(VisibleUnit):
    """A layer in which each kind of unit has a stretch of its own."""

    name = "mixed"

    def __init__(self, parts: tuple[tuple[VisibleUnit, int], ...]) -> None:
        self.parts = parts
        self._kinds = [unit for unit, _ in parts]
        self._widths = [width for _, width in parts]

    def given(self, field: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
        return torch.cat([unit.given(part) for unit, part in self._split(field)], -1)

    def sample(
        self, parameter: Float[Tensor, "*shape"], generator: Generator, draw: Draw = bernoulli
    ) -> Float[Tensor, "*shape"]:
        drawn = [unit.sample(part, generator, draw) for unit, part in self._split(parameter)]
        return torch.cat(drawn, -1)

    def log_normaliser(self, field: Float[Tensor, "*batch units"]) -> Float[Tensor, "*batch"]:
        return torch.stack([unit.log_normaliser(part) for unit, part in self._split(field)]).sum(0)

    def base(self, state: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
        return torch.cat([unit.base(part) for unit, part in self._split(state)], -1)

    def divergence(
        self, state: Float[Tensor, "*shape"], mean: Float[Tensor, "*shape"]
    ) -> Float[Tensor, "*shape"]:
        pairs = zip(self._split(state), self._split(mean), strict=True)
        return torch.cat([unit.divergence(s, m) for (unit, s), (_, m) in pairs], -1)

    def _split(self, layer: Tensor) -> list[tuple[VisibleUnit, Tensor]]:
        return list(zip(self._kinds, layer.split(self._widths, -1), strict=True))


HIDDEN: dict[str, Unit] = {unit.name: unit for unit in (Bernoulli(), Relu(), Gaussian())}
"""Every kind of hidden unit by its name."""


def _wide(tensor: Tensor) -> torch.dtype:
    return torch.promote_types(tensor.dtype, torch.float32)


def _two_way(state: Tensor, mean: Tensor) -> Tensor:
    """Return ``s log m + (1 - s) log(1 - m)``, finite at both ends; `torch.xlogy` is slower."""
    limits = torch.finfo(mean.dtype)
    ones = state * mean.clamp(min=limits.tiny).log()
    return ones + (1 - state) * torch.log1p(-mean.clamp(max=1 - limits.eps / 2))
