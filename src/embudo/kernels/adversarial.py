"""What a discriminator and a generator lose to each other, and what a steep slope costs.

A discriminator gives every row a score, the higher the more authentic it seems. Losses are of
pairs, one real row and one that was made; where the two do not meet in a formula it does not
matter how they are paired.
"""

from collections.abc import Callable
from typing import NamedTuple, TypeAlias

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import softplus

Scores: TypeAlias = Float[Tensor, " pair"]
PairLoss: TypeAlias = Callable[[Scores, Scores], Scores]
"""From the scores of real rows and of made ones to a loss for each pair."""

_TINY = 1e-12  # under the root of a squared norm, whose slope at 0 would be infinite


class Duel(NamedTuple):
    """A loss for each player.

    Attributes
    ----------
    discriminator, generator : callable
        From the scores of real and made rows to what a pair costs the player.
    probability : callable
        From a score to the probability that a row is authentic, where it is as often as not, for
        the best discriminator there is.
    paired : bool
        Whether the generator's loss looks at the real rows.
    floats : bool
        Whether scores are as good with any number added to all of them.
    """

    discriminator: PairLoss
    generator: PairLoss
    probability: Callable[[Tensor], Tensor]
    paired: bool = False
    floats: bool = False


def _unit_interval(score: Tensor) -> Tensor:
    return score.clamp(0, 1)


DUELS: dict[str, Duel] = {
    "classic": Duel(
        lambda real, made: softplus(-real) + softplus(made),
        lambda real, made: softplus(-made),
        torch.sigmoid,
    ),
    "least_squares": Duel(
        lambda real, made: 0.5 * ((real - 1).square() + made.square()),
        lambda real, made: 0.5 * (made - 1).square(),
        _unit_interval,
    ),
    "wasserstein": Duel(
        lambda real, made: made - real,
        lambda real, made: -made,
        torch.sigmoid,
        floats=True,
    ),
    "relativistic": Duel(
        lambda real, made: softplus(made - real),
        lambda real, made: softplus(real - made),
        torch.sigmoid,
        paired=True,
        floats=True,
    ),
}
"""By name: the non-saturating loss of Goodfellow et al. (2014), that of Mao et al. (2017) with the
targets 1 and 0, the critic of Arjovsky, Chintala and Bottou (2017), and the pairs of
Jolicoeur-Martineau (2019)."""


def squared_slopes(
    score: Float[Tensor, " row"], x: Float[Tensor, " row *shape"]
) -> Float[Tensor, " row"]:
    """Return the squared norm of each score's slope by its row; autograd can follow.

    Half of its mean over real rows is the penalty R1, over made ones R2 (Mescheder, Geiger and
    Nowozin 2018). It is summed up in float32 at least, whatever the score was computed in.
    """
    (slope,) = torch.autograd.grad(score.sum(), x, create_graph=True)
    wide = slope.to(torch.promote_types(slope.dtype, torch.float32))
    return wide.square().flatten(1).sum(1)


def distance_from_slope_1(squared: Float[Tensor, " row"]) -> Float[Tensor, " row"]:
    """Return ``(|slope| - 1)^2`` from squared slopes, as Gulrajani et al. (2017) penalise it.

    A little is added under the root, for the root of 0 has no slope.
    """
    return ((squared + _TINY).sqrt() - 1).square()


def between(
    real: Float[Tensor, " row *shape"],
    made: Float[Tensor, " row *shape"],
    share: Float[Tensor, " row"],
) -> Float[Tensor, " row *shape"]:
    """Return points on the lines between real and made rows, ``share`` of the way from the made."""
    share = share.view(-1, *[1] * (real.ndim - 1))
    return made + share * (real - made)


def straight_through(soft: Tensor, hard: Tensor) -> Tensor:
    """Return the hard values, with the slope of the soft ones (Bengio et al. 2013)."""
    return soft + (hard - soft).detach()


def averaged(average: Tensor, value: Tensor, decay: float) -> Tensor:
    """Move an average a step, in place: ``decay * average + (1 - decay) * value``."""
    return average.lerp_(value, 1 - decay)


def warmed_up(decay: float, step: int) -> float:
    """Return the decay of an average at a step, from 1: lower at first, so that it forgets chance.

    At the first step the average becomes the value; later it looks back over about a tenth of all
    steps, until ``decay`` is reached.
    """
    return min(decay, (step - 1) / (step + 9))


def spherical(
    start: Float[Tensor, "row component"],
    end: Float[Tensor, "row component"],
    share: Float[Tensor, " step"],
) -> Float[Tensor, "step row component"]:
    """Return points on the arcs between standard normal codes (Shoemake 1985).

    A straight line would lead through the middle, where codes of many components never lie. The
    angle is that of the directions; lengths go from one to the other in the same shares.
    """
    lengths = [torch.linalg.vector_norm(z, dim=-1, keepdim=True) for z in (start, end)]
    smallest = torch.finfo(start.dtype).tiny
    one, other = (z / n.clamp(min=smallest) for z, n in zip((start, end), lengths, strict=True))
    angle = (one * other).sum(-1, keepdim=True).clamp(-1, 1).acos()
    t = share.to(start)[:, None, None]
    sine = angle.sin()
    flat = sine < 1e-4  # ends of one direction, or opposite ones, between which no arc is the one
    here = torch.where(flat, 1 - t, ((1 - t) * angle).sin() / sine.masked_fill(flat, 1))
    there = torch.where(flat, t, (t * angle).sin() / sine.masked_fill(flat, 1))
    found: Tensor = (here * one + there * other) * ((1 - t) * lengths[0] + t * lengths[1])
    return found
