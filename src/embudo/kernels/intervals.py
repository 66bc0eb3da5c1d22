"""Confidence intervals by resampling: how far a mean would move with other users."""

import torch
from jaxtyping import Float
from torch import Generator, Tensor

_AT_ONCE = 2**24  # numbers drawn in one go


def resampled_ratios(
    totals: Float[Tensor, "model user"],
    weights: Float[Tensor, " user"],
    n_resamples: int,
    generator: Generator,
) -> Float[Tensor, "resample model"]:
    """Return the ratio of sums of totals and weights, over users drawn with replacement.

    All models meet the same users in each resample, so that differences between columns are
    paired: Efron and Tibshirani (1993), chapters 6 and 8.

    Parameters
    ----------
    totals : Tensor of shape (models, users), float64
        What each user adds to the sum of each model.
    weights : Tensor of shape (users,), float64
        What each user adds to the sum below.
    n_resamples : int
    generator : Generator
    """
    n_users = len(weights)
    found = []
    for count in _in_parts(n_resamples, max(1, _AT_ONCE // n_users)):
        drawn = torch.randint(
            n_users, (count, n_users), generator=generator, device=generator.device
        )
        times = torch.zeros(count, n_users, dtype=totals.dtype, device=totals.device)
        times.scatter_add_(1, drawn, torch.ones_like(drawn, dtype=totals.dtype))
        found.append(times @ totals.t() / (times @ weights)[:, None])
    return torch.cat(found)


def interval(values: Float[Tensor, " resample"], level: float = 0.95) -> Float[Tensor, "2"]:
    """Return the lower and the upper end of the middle ``level`` of resampled values."""
    ends = torch.tensor([(1 - level) / 2, (1 + level) / 2], dtype=values.dtype)
    return values.quantile(ends.to(values.device), dim=0)


def _in_parts(n: int, most: int) -> list[int]:
    return [min(most, n - start) for start in range(0, n, most)]
