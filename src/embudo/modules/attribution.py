"""Which columns of a row a discriminator's score comes from."""

import torch
from torch import Tensor

from embudo.modules.adversaries import Adversaries

_POINTS = 16


def contributions(module: Adversaries, x: Tensor, observed: Tensor | None) -> Tensor:
    """Return a term for each column; a row's terms sum to its score, 0 where one is missing.

    They are integrated gradients (Sundararajan, Taly and Yan 2017): a column's distance from the
    mean times the slope of the score by it, averaged over the way from the mean row to the row.
    What the mean row scores itself, and what the average over 16 points leaves, is shared out.
    """
    v, seen = module.layer.encode(x, observed)
    v, judges = module.shown(v, seen), module.judges(x.dtype)
    slope = torch.zeros_like(v)
    for point in range(_POINTS):
        with torch.enable_grad():
            there = ((point + 0.5) / _POINTS * v).requires_grad_()
            score = module.best(module.heads(there, judges)).sum()
        slope += torch.autograd.grad(score, there)[0] / _POINTS
    terms = module.layer.sum_by_column(v * slope)
    left = module.best(module.heads(v, judges)) - terms.sum(1)
    present = torch.ones_like(terms) if observed is None else observed
    return terms + present * (left / present.sum(1).clamp(min=1))[:, None]
