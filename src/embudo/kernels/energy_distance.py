"""How far two samples are apart, by distances between their rows alone."""

import torch
from jaxtyping import Float
from torch import Tensor


def energy_distance(x: Float[Tensor, "row width"], y: Float[Tensor, "other width"]) -> float:
    """Return ``2 E|x - y| - E|x - x'| - E|y - y'|`` over all pairs: 0 if the samples are equal.

    Of distributions it is 0 only if these are equal (Székely and Rizzo 2013).
    """
    across = torch.cdist(x, y).mean()
    return float(2 * across - torch.cdist(x, x).mean() - torch.cdist(y, y).mean())
