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


def scores_of_knots(n_knots: int) -> Float[Tensor, " knot"]:
    """Return the normal scores of the knots themselves, the same for every column."""
    share = torch.linspace(_OUTERMOST, 1 - _OUTERMOST, n_knots, dtype=torch.float64)
    found: Tensor = torch.special.ndtri(share)
    return found


def normal_scores(
    x: Float[Tensor, "row column"],
    knots: Float[Tensor, "column knot"],
    scores: Float[Tensor, " knot"],
) -> Float[Tensor, "row column"]:
    """Return the normal scores of values, on straight lines between those of the knots.

    Beyond the outermost knots they go on evenly.
    """
    columns = x.t().contiguous()
    first, last = knots[:, :1], knots[:, -1:]
    inside = torch.minimum(torch.maximum(columns, first), last)
    left, right = _place(knots, inside)
    below = (left - 1).clamp(min=0)
    low, high = knots.gather(1, below), knots.gather(1, left)
    between = torch.lerp(scores[below], scores[left], _share(inside, low, high))
    middle = left + right - 1  # twice the place of the middle of a flat stretch
    tied = (scores[middle // 2] + scores[(middle + 1) // 2]) / 2
    beyond = (columns - inside) / (last - first).clamp(min=torch.finfo(x.dtype).tiny)
    return (torch.where(right > left, tied, between) + beyond).t()


def from_normal_scores(
    z: Float[Tensor, "row column"],
    knots: Float[Tensor, "column knot"],
    scores: Float[Tensor, " knot"],
) -> Float[Tensor, "row column"]:
    """Return the values that normal scores stand for, none beyond the outermost knots."""
    inside = torch.minimum(torch.maximum(z.t().contiguous(), scores[0]), scores[-1])
    above = _place(scores, inside)[0].clamp(min=1)
    share = _share(inside, scores[above - 1], scores[above])
    return torch.lerp(knots.gather(1, above - 1), knots.gather(1, above), share).t()


def _share(x: Tensor, low: Tensor, high: Tensor) -> Tensor:
    """Return how far from ``low`` to ``high`` values are; 0 where these are the same."""
    return (x - low) / (high - low).clamp(min=torch.finfo(x.dtype).tiny)


def _place(knots: Tensor, values: Tensor) -> tuple[Tensor, Tensor]:
    """Return how many knots lie below each value, and how many not above it."""
    if torch.compiler.is_exporting():  # graphs know no binary search
        knots, values = knots.unsqueeze(-2), values[..., None]
        return (knots < values).sum(-1), (knots <= values).sum(-1)
    return torch.searchsorted(knots, values), torch.searchsorted(knots, values, right=True)
