"""Numbers as normal scores: the place of each among the others, as a standard normal has it.

A column is described by *knots*, its quantiles at even steps from the smallest to the largest. A
value that stands for many rows is a flat stretch of knots: it gets the score of the middle of that
stretch, and every score within the stretch leads back to it.
"""

import torch
from jaxtyping import Float
from torch import Tensor

_OUTERMOST = 1e-4  # share of a normal distribution that lies beyond the outermost knots


def knots_of(
    x: Float[Tensor, " row"], weight: Float[Tensor, " row"], n_knots: int
) -> Float[Tensor, " knot"]:
    """Return the quantiles of a column at even steps from 0 to 1, each a value that occurs.

    ``weight`` is what each row counts, which equals its standing there so often.
    """
    order = x.argsort()
    mass = weight[order].double().cumsum(0)
    steps = torch.linspace(0, 1, n_knots, dtype=torch.float64, device=x.device) * mass[-1]
    places = torch.searchsorted(mass, steps * (1 - 1e-12)).clamp(max=len(x) - 1)
    places[0] = (mass > 0).nonzero()[0, 0]
    return x[order][places]


def normal_scores(
    x: Float[Tensor, "row column"], knots: Float[Tensor, "column knot"]
) -> Float[Tensor, "row column"]:
    """Return the normal scores of values; beyond the outermost knots they go on evenly."""
    columns = x.t().contiguous()
    first, last = knots[:, :1], knots[:, -1:]
    inside = torch.minimum(torch.maximum(columns, first), last)
    left = torch.searchsorted(knots, inside)
    right = torch.searchsorted(knots, inside, right=True)
    below = (left - 1).clamp(min=0)
    low, high = knots.gather(1, below), knots.gather(1, left)
    share = (inside - low) / (high - low).clamp(min=torch.finfo(x.dtype).tiny)
    between = below + share
    tied = (left + right - 1).to(x.dtype) / 2
    place = torch.where(right > left, tied, between) / (knots.shape[1] - 1)
    beyond = (columns - inside) / (last - first).clamp(min=torch.finfo(x.dtype).tiny)
    return (_scores(place) + beyond).t()


def from_normal_scores(
    z: Float[Tensor, "row column"], knots: Float[Tensor, "column knot"]
) -> Float[Tensor, "row column"]:
    """Return the values that normal scores stand for, none beyond the outermost knots."""
    n = knots.shape[1] - 1
    share = torch.special.ndtr(z.t())
    place = ((share - _OUTERMOST) / (1 - 2 * _OUTERMOST)).clamp(0, 1) * n
    below = place.floor().clamp(max=n - 1).long()
    low, high = knots.gather(1, below), knots.gather(1, below + 1)
    return torch.lerp(low, high, place - below).t()


def _scores(place: Tensor) -> Tensor:
    found: Tensor = torch.special.ndtri(_OUTERMOST + (1 - 2 * _OUTERMOST) * place)
    return found
