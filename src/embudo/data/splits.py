"""Which rows train and which are held out."""

import torch
from torch import Tensor

from embudo.errors import ParameterError


def permutation(n: int, seed: int, epoch: int = 0) -> Tensor:
    """Return a permutation of ``range(n)`` that depends on nothing but its arguments."""
    generator = torch.Generator().manual_seed((seed * 1_000_003 + epoch) % 2**63)
    return torch.randperm(n, generator=generator)


def hold_out(n: int, fraction: float, seed: int) -> tuple[Tensor, Tensor]:
    """Split ``range(n)`` into rows to train on and rows to validate with, both in order.

    Raises
    ------
    ParameterError
        If one of the two would be empty.
    """
    held = round(n * fraction)
    if fraction == 0:
        return torch.arange(n), torch.arange(0)
    if not 0 < held < n:
        raise ParameterError(
            f"validation_fraction={fraction:g} of {n} rows leaves no rows to "
            f"{'validate with' if held == 0 else 'train on'}; change it or give more rows"
        )
    order = permutation(n, seed, epoch=-1)
    return order[held:].sort().values, order[:held].sort().values
