"""What a rating is worth before anybody's taste: the mean, kind users and good items."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

_ALTERNATIONS = 10
_ITEM_DOUBT, _USER_DOUBT = 10.0, 15.0  # ratings at the mean that each item, and user, starts with


@dataclass(frozen=True, eq=False)
class Bias:
    """The mean of all ratings, and by how much each item's lie above it.

    Attributes
    ----------
    mean : float
    items : ndarray of shape (items,)
    """

    mean: float
    items: NDArray[np.float64]

    @classmethod
    def of(cls, matrix: Any) -> "Bias":
        """Fit the biases of items, users' alternating with them, drawn towards 0."""
        mean = float(matrix.data.mean(dtype=np.float64))
        rows = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
        values = matrix.data.astype(np.float64) - mean
        n_items = matrix.shape[1]
        count = np.bincount(matrix.indices, minlength=n_items)
        items, users = np.zeros(n_items), np.zeros(matrix.shape[0])
        for _ in range(_ALTERNATIONS):
            rest = np.bincount(matrix.indices, values - users[rows], n_items)
            items = rest / (_ITEM_DOUBT + count)
            users = cls(mean, items).of_rows(matrix)
        return cls(mean, items)

    def of_rows(self, matrix: Any) -> NDArray[np.float64]:
        """Return by how much each row's ratings lie above those of its items."""
        rows = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
        rest = matrix.data.astype(np.float64) - self.mean - self.items[matrix.indices]
        total = np.bincount(rows, rest, matrix.shape[0])
        found: NDArray[np.float64] = total / (_USER_DOUBT + np.diff(matrix.indptr))
        return found
