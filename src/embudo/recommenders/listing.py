"""From scores of all items to lists of the best ones that may be recommended."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from embudo.kernels.ranking import NOTHING, top_n


@dataclass(frozen=True, eq=False)
class Lists:
    """The best items of some rows.

    Attributes
    ----------
    items : ndarray of shape (rows, n), int64
        Codes, best first; NOTHING behind the last one.
    scores : ndarray of shape (rows, n)
    informed : ndarray of shape (rows,), bool
        Whether the model spoke; where not, items are ranked by how many users they have.
    """

    items: NDArray[np.int64]
    scores: NDArray[np.floating[Any]]
    informed: NDArray[np.bool_]

    @classmethod
    def joined(cls, parts: "Sequence[Lists]", n: int) -> "Lists":
        """Return lists one after the other."""
        if not parts:
            return cls(np.empty((0, n), np.int64), np.empty((0, n)), np.empty(0, bool))
        return cls(
            np.concatenate([part.items for part in parts]),
            np.concatenate([part.scores for part in parts]),
            np.concatenate([part.informed for part in parts]),
        )


def listed(
    scores: Tensor, n: int, allowed: Tensor | None, seen: Any, informed: NDArray[np.bool_]
) -> Lists:
    """Return the best items of each row.

    Parameters
    ----------
    scores : Tensor of shape (rows, items)
        Overwritten where an item may not be listed.
    n : int
    allowed : Tensor of shape (items,), bool, or None
    seen : csr_array of shape (rows, items) or None
        What is left out, row by row.
    informed : ndarray of shape (rows,), bool
    """
    if allowed is not None:
        scores = scores.masked_fill(~allowed.to(scores.device), -torch.inf)
    if seen is not None:
        rows = np.repeat(np.arange(len(scores)), np.diff(seen.indptr))
        where = torch.from_numpy(rows), torch.from_numpy(seen.indices.astype(np.int64))
        scores[where] = -torch.inf
    items = top_n(scores, n)
    best = scores.gather(1, items.clamp(min=0)).masked_fill(items == NOTHING, -torch.inf)
    return Lists(items.numpy(force=True), best.numpy(force=True), informed)
