"""Distances between real and generated rows."""

from typing import Any

import torch
from torch import Tensor

from embudo.kernels import distances
from embudo.kernels.distances import KernelDistance
from embudo.metrics.checks import at_least, check_rows, same_width
from embudo.metrics.features import Extractor, features_of


def frechet_distance(real: Any, generated: Any, *, features: Any = None) -> float:
    """Return the squared Fréchet distance between normal distributions fitted to both.

    Of pictures it is known as FID (Heusel et al. 2017). It grows as rows become fewer: compare
    values from as many rows only, and look at the floor, that of rows held out.

    Parameters
    ----------
    real, generated : array, CSR matrix or data frame of shape (n_rows, n_features)
    features : estimator that has ``transform``, or callable, optional
        By default the rows themselves are compared.

    Returns
    -------
    float

    Raises
    ------
    DataError
        If there are fewer than 2 rows, or features are not finite or not as many on both sides.

    Examples
    --------
    >>> from embudo.metrics import frechet_distance
    >>> round(frechet_distance([[0.0], [2.0]], [[5.0], [7.0]]), 6)
    25.0
    """
    known, made = both(real, generated, features, 2)
    return distances.frechet_distance(distances.moments(known), distances.moments(made))


def kernel_distance(
    real: Any,
    generated: Any,
    *,
    features: Any = None,
    n_subsets: int = 100,
    subset_size: int = 1000,
    random_state: int = 0,
) -> KernelDistance:
    """Return the squared maximum mean discrepancy under a cubic kernel, without bias.

    Of pictures it is known as KID (Bińkowski et al. 2018). For rows of one distribution it is zero
    in expectation, however few they are.

    Parameters
    ----------
    real, generated : array, CSR matrix or data frame of shape (n_rows, n_features)
    features : estimator that has ``transform``, or callable, optional
        By default the rows themselves are compared.
    n_subsets : int, default=100
        Drawn at random from both sides.
    subset_size : int, default=1000
        Rows of each side in a subset; at most half of those there are, so that subsets differ.
    random_state : int, default=0
        Seed of the subsets.

    Returns
    -------
    mean, deviation : float
        Over the subsets.

    Raises
    ------
    DataError
        If there are fewer than 4 rows, or features are not finite or not as many on both sides.
    ParameterError
        If there is no subset, or no pair of rows in it.
    """
    at_least(1, n_subsets=n_subsets)
    at_least(2, subset_size=subset_size)
    known, made = both(real, generated, features, 4)
    generator = torch.Generator().manual_seed(random_state)
    size = min(subset_size, len(known) // 2, len(made) // 2)
    return distances.kernel_distance(known, made, generator, n_subsets, size)


def both(
    real: Any, generated: Any, features: Any, fewest: int, fewest_generated: int | None = None
) -> tuple[Tensor, Tensor]:
    """Return the features of real and of generated rows, which are as wide, and so many at least.

    Raises
    ------
    DataError
        If they are not.
    """
    extractor = Extractor.of(features)
    known = features_of(real, extractor, "real")
    made = features_of(generated, extractor, "generated")
    same_width(known, made, "generated")
    check_rows(known, "real", fewest)
    check_rows(made, "generated", fewest if fewest_generated is None else fewest_generated)
    return known, made
