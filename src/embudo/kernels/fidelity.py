"""Whether generated rows lie where real ones do, whether everywhere, and how many differ.

The region of a set is what balls around its rows cover, each reaching to the row's ``k``-th nearest
neighbour within the set. What lies on the edge lies inside.
"""

import math
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from embudo.kernels.neighbours import balls, neighbours


class PrecisionRecall(NamedTuple):
    """Which share of the generated rows could be real, and of the real ones generated."""

    precision: float
    recall: float


class DensityCoverage(NamedTuple):
    """How densely real rows lie about the generated ones, and which share of them is met."""

    density: float
    coverage: float


class Twins(NamedTuple):
    """Rows that come twice.

    Attributes
    ----------
    n_rows : int
        All rows there are.
    with_twin : int
        Those of them that have another one nearby.
    pairs : int
        Of rows that are near each other.
    """

    n_rows: int
    with_twin: int
    pairs: int

    @property
    def share(self) -> float:
        """Share of the rows that have a twin."""
        return self.with_twin / self.n_rows

    @property
    def support(self) -> float:
        """Estimate of how many different rows there are to draw from, each as often as the others.

        Of so many, ``n`` draws make ``n (n - 1) / 2 / support`` pairs in expectation; infinite if
        no pair was seen. Where some are drawn more often than others, there are more of them.
        """
        possible = self.n_rows * (self.n_rows - 1) / 2
        return possible / self.pairs if self.pairs else math.inf


def precision_recall(
    real: Float[Tensor, "real width"],
    generated: Float[Tensor, "generated width"],
    k: int = 3,
    block: int | None = None,
) -> PrecisionRecall:
    """Return which share of each set lies in the other's region (Kynkäänniemi et al. 2019).

    Both grow with the size of regions, and these shrink as rows become more: compare values from
    as many rows only. ``block`` bounds memory alone.
    """
    precise = balls(real, _reach(real, k, block), generated, block).around > 0
    recalled = balls(generated, _reach(generated, k, block), real, block).around > 0
    return PrecisionRecall(float(precise.double().mean()), float(recalled.double().mean()))


def density_coverage(
    real: Float[Tensor, "real width"],
    generated: Float[Tensor, "generated width"],
    k: int = 5,
    block: int | None = None,
) -> DensityCoverage:
    """Return how many real balls a generated row lies in, by ``k``, and how many balls are met.

    Naeem et al. (2020). For two samples of one distribution density is 1 in expectation, and may
    be above 1; coverage is about ``1 - 1 / 2^k`` if they are as large as each other. One outlier
    among the real rows does not spoil them, as it does precision.
    """
    found = balls(real, _reach(real, k, block), generated, block)
    density = float(found.around.double().mean()) / k
    return DensityCoverage(density, float((found.inside > 0).double().mean()))


def twins(x: Float[Tensor, "row width"], radius: float = 0.0, block: int | None = None) -> Twins:
    """Count the rows that have another one within ``radius``: the birthday test.

    A model that knows few rows by heart repeats itself among about as many draws as the root of
    their number (Arora, Risteski and Zhang 2018).
    """
    others = balls(x, x.new_full((len(x),), radius, dtype=torch.float64), x, block).around - 1
    return Twins(len(x), int((others > 0).sum()), int(others.sum()) // 2)


def _reach(x: Tensor, k: int, block: int | None) -> Tensor:
    return neighbours(x, k, block=block).distances[:, -1]
