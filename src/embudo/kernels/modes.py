"""Which classes, or modes, generated rows fall into, and how evenly."""

import torch
from jaxtyping import Float, Int
from torch import Tensor

from embudo.kernels.neighbours import neighbours


def class_shares(labels: Int[Tensor, " row"], n_classes: int) -> Float[Tensor, " class"]:
    """Return which share of the rows is of each class; labels below 0 are of none."""
    counts = torch.bincount(labels[labels >= 0], minlength=n_classes)
    return counts.double() / len(labels)


def class_divergence(shares: Float[Tensor, " class"], reference: Float[Tensor, " class"]) -> float:
    """Return the Kullback-Leibler divergence of shares from those of the data, in nats.

    It is ``sum p log(p / q)``, with a class that nobody generates adding nothing; infinite if one
    is generated that the data lack. On Stacked MNIST the reference is uniform.
    """
    terms = torch.special.xlogy(shares, shares) - torch.special.xlogy(shares, reference)
    return max(0.0, float(terms.sum()))


def nearest_modes(
    x: Float[Tensor, "row width"], centres: Float[Tensor, "mode width"], radius: float
) -> Int[Tensor, " row"]:
    """Return the number of each row's nearest centre, -1 if none is within ``radius``.

    It is a classifier for mixtures of known centres, such as rings and grids of Gaussians.
    """
    index, distance = neighbours(centres, 1, x)
    return torch.where(distance <= radius, index, -1)[:, 0]
