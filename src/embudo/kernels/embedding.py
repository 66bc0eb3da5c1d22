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

_HALVINGS = 24  # of the range in which the logarithm of a row's precision is looked for
_WIDEST = 12.0  # that range's half, around one over the row's mean squared distance


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
        How many neighbours a row is to have, about; at most half of the others.
    """
    near = _squared_distances(x).fill_diagonal_(torch.inf)
    wanted = math.log(min(perplexity, max(1.0, (len(x) - 1) / 2)))
    others = near.masked_fill(near.isinf(), 0).sum(1) / max(1, len(x) - 1)
    centre = -others.clamp(min=torch.finfo(x.dtype).tiny).log()
    low, high = centre - _WIDEST, centre + _WIDEST
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        wide = _entropy((-middle.exp()[:, None] * near).log_softmax(1)) > wanted
        low, high = torch.where(wide, middle, low), torch.where(wide, high, middle)
    given = share[:, None] * (-low.exp()[:, None] * near).softmax(1)
    return (given + given.t()) / 2


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


def _entropy(log_p: Float[Tensor, "rows others"]) -> Float[Tensor, " rows"]:
    return -(log_p.exp() * log_p.nan_to_num(neginf=0)).sum(1)
