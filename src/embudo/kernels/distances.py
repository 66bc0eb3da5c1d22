"""How far apart two sets of rows are: by their moments, and by a kernel.

Both compare generated rows with real ones through the eyes of features, wide vectors in which
distance has a meaning. All of it is computed in float64.
"""

from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Generator, Tensor

_ELEMENTS_AT_ONCE = 2**22


class Moments(NamedTuple):
    """The mean of rows and their covariance, with ``n - 1`` in its denominator."""

    mean: Float[Tensor, " width"]
    covariance: Float[Tensor, "width width"]


class KernelDistance(NamedTuple):
    """The mean over subsets of the rows, and the standard deviation between them."""

    mean: float
    deviation: float


def moments(x: Float[Tensor, "row width"], block: int | None = None) -> Moments:
    """Return mean and covariance of at least two rows; ``block`` bounds memory alone."""
    if len(x) < 2:
        raise ValueError(f"{len(x)} rows have no covariance: give 2 at least")
    size = block or max(1, _ELEMENTS_AT_ONCE // max(1, x.shape[1]))
    mean = sum(some.double().sum(0) for some in x.split(size)) / len(x)
    scatter = x.new_zeros((x.shape[1], x.shape[1]), dtype=torch.float64)
    for some in x.split(size):
        centred = some - mean
        scatter.addmm_(centred.T, centred)
    return Moments(mean, scatter / (len(x) - 1))


def frechet_distance(a: Moments, b: Moments) -> float:
    """Return the squared Fréchet distance between the normal distributions of these moments.

    It is ``|m_a - m_b|^2 + tr(A + B - 2 (A^1/2 B A^1/2)^1/2)`` (Dowson and Landau 1982), known of
    images as FID (Heusel et al. 2017). The trace of that root is the sum of the singular values of
    ``A^1/2 B^1/2``. So no root is taken of a product, which would turn rounding into a millionth,
    and covariances without full rank do no harm.
    """
    shift = (a.mean - b.mean).square().sum()
    shared = torch.linalg.svdvals(_root(a.covariance) @ _root(b.covariance)).sum()
    spread = a.covariance.trace() + b.covariance.trace()
    return max(0.0, float(shift + spread - 2 * shared))


def kernel_distance(
    real: Float[Tensor, "real width"],
    generated: Float[Tensor, "generated width"],
    generator: Generator,
    n_subsets: int = 100,
    size: int = 1000,
) -> KernelDistance:
    """Return the squared maximum mean discrepancy under ``(x y / width + 1)^3``, without bias.

    Known of images as KID (Bińkowski et al. 2018): zero in expectation for two samples of one
    distribution, however small they are, so that single values may be negative. Each subset is of
    ``size`` rows of either side, drawn without replacement by ``generator``.
    """
    most = min(len(real), len(generated))
    if not 2 <= size <= most:
        raise ValueError(f"subsets of {size} rows cannot be drawn: choose 2 to {most}")
    found = torch.stack(
        [
            _discrepancy(_drawn(real, size, generator), _drawn(generated, size, generator))
            for _ in range(n_subsets)
        ]
    )
    return KernelDistance(float(found.mean()), float(found.std(correction=0)))


def _root(matrix: Tensor) -> Tensor:
    """Return the symmetric square root; eigenvalues below zero are rounding."""
    values, vectors = torch.linalg.eigh(matrix)
    root: Tensor = (vectors * values.clamp(min=0).sqrt()) @ vectors.T
    return root


def _drawn(x: Tensor, size: int, generator: Generator) -> Tensor:
    places = torch.randperm(len(x), generator=generator, device=generator.device)[:size]
    return x[places.to(x.device)].double()


def _discrepancy(x: Tensor, y: Tensor) -> Tensor:
    """Return the discrepancy between as many rows of each; none meets itself."""
    n = len(x)
    within = sum(_similar(rows, rows).fill_diagonal_(0).sum() for rows in (x, y)) / (n * (n - 1))
    return within - 2 * _similar(x, y).mean()


def _similar(x: Tensor, y: Tensor) -> Tensor:
    return (x @ y.T / x.shape[1] + 1) ** 3
