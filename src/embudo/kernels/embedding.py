"""How far codes keep the neighbours that rows have: the divergence of t-SNE, and its slope.

    p(j | i) ~ exp(-b_i |x_i - x_j|^2),    q(i, j) ~ 1 / (1 + |y_i - y_j|^2)

``b_i`` is such that row i has a given perplexity of neighbours, and ``p(i, j)`` is the mean of
both directions. L. van der Maaten and G. Hinton (2008); as a loss for a network that maps rows,
batch by batch, L. van der Maaten (2009).
"""

import math

import torch
from jaxtyping import Float
from torch import Tensor

_WITHIN = 3  # times the perplexity: further neighbours do not count (van der Maaten 2014)
_FURTHEST = [2 * 0.75**step for step in range(14)]  # that a row's log-precision may move


def affinities(
    x: Float[Tensor, "rows units"], share: Float[Tensor, " rows"], perplexity: float
) -> Float[Tensor, "rows rows"]:
    """Return ``p``: how near rows are to each other, in sum 1.

    Parameters
    ----------
    x : Tensor of shape (rows, units)
    share : Tensor of shape (rows,)
        What each row counts; they sum to 1.
    perplexity : float
        How many neighbours a row is to have, about; at most half of the others. Those further
        off than three times as many do not count.
    """
    others = len(x) - 1
    wanted = min(perplexity, max(1.0, others / 2))
    near = _squared_distances(x).fill_diagonal_(torch.inf)
    k = min(others, math.ceil(_WITHIN * wanted))
    nearest, places = near.topk(k, dim=1, largest=False, sorted=True)
    mass = _masses(nearest - nearest[:, :1], wanted)  # so that no row's masses vanish
    given = mass.mul_((share / mass.sum(1))[:, None])
    p = torch.zeros_like(near).scatter_(1, places, given)
    return (p + p.t()) / 2


def _masses(near: Float[Tensor, "rows k"], perplexity: float) -> Float[Tensor, "rows k"]:
    """Return ``exp(-b near)``, with as many neighbours in each row.

    Newton's method for ``log b``. It may leap to and fro over a root that lies between two flat
    stretches, beside a twin of the row say, so its steps have to shorten.
    """
    tiny, wanted = torch.finfo(near.dtype).tiny, math.log(perplexity)
    log_b = -near.mean(1).clamp(min=tiny).log()
    for furthest in _FURTHEST:
        b = log_b.exp()
        mass = (-b[:, None] * near).exp_()
        total, moment = mass.sum(1), mass.mul_(near)
        mean, square = moment.sum(1) / total, moment.mul_(near).sum(1) / total
        surplus = total.log() + b * mean - wanted
        step = surplus / (b.square() * (square - mean.square()).clamp_(min=0))
        log_b += step.nan_to_num(0).clamp_(-furthest, furthest)
    return (-log_b.exp()[:, None] * near).exp_()


def divergence(
    p: Float[Tensor, "rows rows"], code: Float[Tensor, "rows components"]
) -> tuple[Float[Tensor, ""], Float[Tensor, "rows components"]]:
    """Return ``KL(p || q)`` in nats, and its slope by the codes."""
    weight = (1 + _squared_distances(code)).reciprocal_().fill_diagonal_(0)
    total = weight.sum()
    tiny = torch.finfo(code.dtype).tiny
    value = torch.xlogy(p, p).sum() - (p * weight.clamp(min=tiny).log()).sum() + total.log()
    pull = (p - weight / total) * weight
    return value, 4 * (pull.sum(1, keepdim=True) * code - pull @ code)


def _squared_distances(x: Tensor) -> Float[Tensor, "rows rows"]:
    size = x.square().sum(1)
    return torch.addmm(size[:, None] + size, x, x.t(), alpha=-2).clamp_(min=0)
