"""Carrying scores onto items that nobody rated, by what items are."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor


@dataclass(frozen=True, eq=False)
class Carrier:
    """A ridge regression of scores of items on their features, with one inverse for all rows.

    Attributes
    ----------
    features : csr_array of shape (items, features)
    rated : ndarray of shape (items,), bool
        Which items have scores of their own.
    inverse : Tensor of shape (features, features)
        Of the rated items' Gram matrix with the penalty on its diagonal.
    """

    features: Any
    rated: NDArray[np.bool_]
    inverse: Tensor

    @classmethod
    def of(cls, features: Any, rated: NDArray[np.bool_], penalty: float) -> "Carrier":
        """Prepare the regression on the features of rated items."""
        mine = features[rated]
        gram = torch.from_numpy((mine.T @ mine).toarray()).double()
        gram.diagonal().add_(penalty)
        return cls(features, rated, torch.linalg.inv(gram).float())

    def implied(self, scores: Tensor) -> Tensor:
        """Return what features alone would say, of shape (rows, items), given (rows, items).

        Scores of items that nobody rated are not looked at.
        """
        known = scores.numpy() * self.rated
        weights = torch.from_numpy(known @ self.features) @ self.inverse
        return torch.from_numpy(weights.numpy() @ self.features.T)

    def filled(self, scores: Tensor) -> Tensor:
        """Return scores as they are, and for items nobody rated what features imply."""
        rated = torch.from_numpy(self.rated)
        mean = scores[:, rated].mean(1, keepdim=True)
        return torch.where(rated, scores, mean + self.implied(scores - mean))


def blended(scores: Tensor, content: Tensor, carrier: Carrier, weight: float) -> Tensor:
    """Return collaborative scores with content beside them.

    Both are standardised for each row. What content adds is how like the row's items an item is,
    and the scores that its features imply; for items nobody rated those are the scores.
    """
    rated = torch.from_numpy(carrier.rated)
    known = standardised(scores, rated)
    implied = carrier.implied(known)
    whole = torch.where(rated, known, implied)
    everything = torch.ones_like(rated)
    return whole + weight * (standardised(content, everything) + implied)


def standardised(scores: Tensor, among: Tensor) -> Tensor:
    """Return scores that have mean 0 and deviation 1 among some items of each row."""
    deviation, mean = torch.std_mean(scores[:, among], 1, keepdim=True)
    return (scores - mean) / deviation.clamp(min=1e-12)
