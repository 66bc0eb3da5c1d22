"""What a module is asked to learn from, and how."""

from dataclasses import dataclass
from typing import Literal, Protocol, TypeAlias

import torch
from torch import Tensor

Algorithm: TypeAlias = Literal["pcd", "cd", "pt", "exact"]
HiddenKind: TypeAlias = Literal["bernoulli", "relu", "gaussian"]


class Rows(Protocol):
    """What a module asks of a batch: values, which are present, and what each row counts."""

    @property
    def x(self) -> Tensor:
        """Values of shape (rows, features); 0 where missing."""

    @property
    def observed(self) -> Tensor | None:
        """1 where present, 0 where missing; None if nothing is missing."""

    @property
    def weight(self) -> Tensor | None:
        """Share of each row; None if all count the same."""

    @property
    def labels(self) -> Tensor | None:
        """Class of each row, -1 where it is not known; None if nobody gave any."""


@dataclass(frozen=True)
class Learning:
    """How an RBM learns; the estimator's parameters of the same names say more."""

    algorithm: Algorithm
    steps: int
    centered: bool
    sparsity_target: float
    sparsity_weight: float
    learned_variance: bool
    resample: bool
    precision: torch.dtype
    mean_field: int = 0
    """Sweeps that look for the posterior of a deep machine."""
