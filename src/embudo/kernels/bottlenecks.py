"""What happens between an encoder and a decoder: how the code is narrowed, and at what price.

Each bottleneck takes the encoder's outputs to what enters the decoder, adds a penalty to the loss,
and carries the loss's slope back. All are written as :class:`Plain`, which does nothing.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, NamedTuple, TypeAlias, final

import torch
from jaxtyping import Float
from torch import Generator, Tensor

Pull: TypeAlias = Callable[[Tensor], Tensor]
"""From the loss's slope by what entered the decoder to the slope by the encoder's outputs."""

_MOST_LOG_VARIANCE = 20.0  # beyond, exp() would leave the finite numbers


class Crossing(NamedTuple):
    """One batch's way through a bottleneck."""

    code: Float[Tensor, "batch components"]
    penalty: Float[Tensor, ""]
    pull: Pull


class Bottleneck(ABC):
    """A way from the encoder's outputs into the decoder, without any state that learns."""

    width: ClassVar[int] = 1
    """Outputs of the encoder for each component of the code."""

    loses_units: ClassVar[bool] = False
    """Whether a component that is at rest for all rows gets no slope."""

    def settled(self, output: Float[Tensor, "batch outputs"]) -> Float[Tensor, "batch components"]:
        """Return the code of rows once training is over; no randomness is involved."""
        return output

    def features(self, output: Float[Tensor, "batch outputs"]) -> Float[Tensor, "batch components"]:
        """Return what stands for rows in front of another model, which need not be the code."""
        return self.settled(output)

    def watched(self, output: Float[Tensor, "batch outputs"]) -> dict[str, float]:
        """Return what is worth watching in the outputs for a sample of rows."""
        return {}

    @abstractmethod
    def cross(
        self,
        output: Float[Tensor, "batch outputs"],
        share: Float[Tensor, " batch"],
        generator: Generator,
    ) -> Crossing:
        """Take a batch through in training.

        Parameters
        ----------
        output : Tensor of shape (batch, outputs)
        share : Tensor of shape (batch,)
            What each row counts; they sum to 1.
        generator : torch.Generator
        """


@final
@dataclass(frozen=True)
class Plain(Bottleneck):
    """The encoder's outputs are the code."""

    def cross(self, output: Tensor, share: Tensor, generator: Generator) -> Crossing:
        """Let everything through."""
        return Crossing(output, output.new_zeros(()), lambda slope: slope)


class Priced(Bottleneck):
    """A bottleneck that has a penalty."""

    def watched(self, output: Tensor) -> dict[str, float]:
        """Return the penalty, a mean over rows."""
        share = output.new_full((len(output),), 1 / len(output))
        return {"penalty": float(self.cross(output, share, Generator(output.device)).penalty)}


@final
@dataclass(frozen=True)
class Lasso(Priced):
    """Every component pays for its distance from 0: ``weight * sum |h|``."""

    weight: float

    def cross(self, output: Tensor, share: Tensor, generator: Generator) -> Crossing:
        """Let everything through, at its price."""

        def pull(slope: Tensor) -> Tensor:
            return slope + self.weight * share[:, None] * output.sign()

        return Crossing(output, self.weight * share @ output.abs().sum(1), pull)


@final
@dataclass(frozen=True)
class Quiet(Priced):
    """Components that are on too often pay: ``weight * sum KL(target || mean activity)``.

    Means are over the batch, activities in (0, 1). Ng's lecture notes on sparse autoencoders.
    """

    weight: float
    target: float

    def cross(self, output: Tensor, share: Tensor, generator: Generator) -> Crossing:
        """Let everything through, at its price."""
        tiny = torch.finfo(torch.float32).eps
        activity, target = (share @ output).clamp(tiny, 1 - tiny), self.target
        on, off = target / activity, (1 - target) / (1 - activity)
        penalty = self.weight * (target * on.log() + (1 - target) * off.log()).sum()

        def pull(slope: Tensor) -> Tensor:
            return slope + self.weight * share[:, None] * (off - on)

        return Crossing(output, penalty, pull)


@final
@dataclass(frozen=True)
class TopK(Bottleneck):
    """The ``k`` largest components of a row stay, the others are 0 (Makhzani and Frey 2013).

    As features ``transform_k`` of them stay, if that is given, each with what it exceeds the next
    smaller one by: a soft threshold, as Coates and Ng (2011) encode with what was learned sparsely.
    """

    k: int
    transform_k: int | None = None
    loses_units = True

    def watched(self, output: Tensor) -> dict[str, float]:
        """Return the share of the components that are on for no row."""
        return {"idle_units": 1 - float(self.settled(output).any(0).float().mean())}

    def settled(self, output: Tensor) -> Tensor:
        """Return the code, of which at most ``k`` components are not 0."""
        return output * self._kept(output)

    def features(self, output: Tensor) -> Tensor:
        """Return the code, or components above a threshold that ``transform_k`` of them reach."""
        if self.transform_k is None:
            return self.settled(output)
        if self.transform_k >= output.shape[1]:
            return output - output.amin(1, keepdim=True)
        largest = output.topk(self.transform_k + 1, dim=1, sorted=False).values
        return (output - largest.amin(1, keepdim=True)).clamp_(min=0)

    def cross(self, output: Tensor, share: Tensor, generator: Generator) -> Crossing:
        """Let the largest through."""
        kept = self._kept(output)
        return Crossing(output * kept, output.new_zeros(()), lambda slope: slope * kept)

    def _kept(self, output: Tensor) -> Tensor:
        largest = output.topk(min(self.k, output.shape[1]), dim=1, sorted=False).indices
        return torch.zeros_like(output).scatter_(1, largest, 1.0)


@final
@dataclass(frozen=True)
class Normal(Priced):
    """A code drawn from a normal distribution for each row, which pays for being unlike N(0, 1).

    The encoder's outputs are means and logarithms of variances; the penalty is
    ``beta * KL(N(mean, variance) || N(0, 1))`` in nats (Kingma and Welling 2014; Higgins et al.
    2017 for a ``beta`` that is not 1).
    """

    beta: float = 1.0
    width = 2

    def settled(self, output: Tensor) -> Tensor:
        """Return the means."""
        return output[:, : output.shape[1] // 2]

    def cross(self, output: Tensor, share: Tensor, generator: Generator) -> Crossing:
        """Draw a code for each row; the slope goes through the draw (reparameterisation)."""
        mean, log_variance = moments(output)
        variance = log_variance.exp()
        noise = torch.randn(mean.shape, generator=generator, dtype=mean.dtype, device=mean.device)
        spread = noise * variance.sqrt()
        divergence = 0.5 * (mean.square() + variance - 1 - log_variance).sum(1)
        price = self.beta * share[:, None]
        inside = log_variance.abs() < _MOST_LOG_VARIANCE

        def pull(slope: Tensor) -> Tensor:
            by_log_variance = 0.5 * (slope * spread + price * (variance - 1))
            return torch.cat((slope + price * mean, by_log_variance * inside), 1)

        return Crossing(mean + spread, self.beta * share @ divergence, pull)


def moments(
    output: Float[Tensor, "batch outputs"],
) -> tuple[Float[Tensor, "batch components"], Float[Tensor, "batch components"]]:
    """Return the means and logarithms of variances that an encoder's outputs stand for."""
    mean, log_variance = output.chunk(2, 1)
    return mean, log_variance.clamp(-_MOST_LOG_VARIANCE, _MOST_LOG_VARIANCE)


BOTTLENECKS: dict[str, type[Bottleneck]] = {
    "plain": Plain,
    "l1": Lasso,
    "kl": Quiet,
    "topk": TopK,
    "normal": Normal,
}
"""Every bottleneck by its name."""


def narrowed(name: str, **fields: int | float | None) -> Bottleneck:
    """Return a bottleneck by its name and fields."""
    return BOTTLENECKS[name](**fields)
