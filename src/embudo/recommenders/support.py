"""How far what is said of an item can be believed, by how many people it comes from."""

from typing import Any

import torch
from numpy.typing import NDArray
from torch import Tensor


def confidence(counts: NDArray[Any], doubt: float) -> Tensor:
    """Return a number below 1 for each item: counts / (counts + doubt).

    With no count it is 0, with ``doubt`` counts one half. It is what a mean of ratings keeps of its
    distance from a prior mean that weighs as much as ``doubt`` ratings.
    """
    known = torch.from_numpy(counts).float()
    return known / (known + doubt)
