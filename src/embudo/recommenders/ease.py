"""EASE: items that speak for items, in closed form."""

from dataclasses import dataclass
from os import PathLike
from typing import Any

import numpy as np
import scipy.sparse
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import embedding_bag

from embudo._types import PositiveFloat
from embudo.errors import DataError
from embudo.kernels.item_weights import item_weights, partial_correlations
from embudo.recommenders.asking import Asked
from embudo.recommenders.liking import Liking


@dataclass(eq=False, repr=False, kw_only=True)
class EASE(Liking):
    """Each item predicted from all others by one matrix of weights, in closed form.

    The weights minimise the squared error of who likes what, with a penalty and with nothing on
    the diagonal (Steck 2019). Finding them takes memory of twice 8 bytes for every pair of items.

    Parameters
    ----------
    regularization : float, default=300.0
        Penalty on the squared weights; more for few ratings.
    max_memory_gb : float, default=8.0
        What finding the weights may take; more is refused before it starts.

    Examples
    --------
    >>> from embudo.recommenders import EASE, Ratings
    >>> import pandas as pd
    >>> plays = pd.DataFrame({"user": [1, 1, 2, 2, 3], "item": ["a", "b", "a", "b", "a"]})
    >>> model = EASE(regularization=1.0).fit(Ratings.from_frame(plays, rating=None))
    >>> model.recommend(3, n=1)["item"].tolist()
    ['b']
    """

    regularization: PositiveFloat = 300.0
    max_memory_gb: PositiveFloat = 8.0

    def _learn(self, resume: bool | str | PathLike[str]) -> None:
        liked = self._rows(self.ratings_.matrix)
        self._places = np.unique(liked.indices)
        needed = 2 * 8 * len(self._places) ** 2 / 1e9
        if needed > self.max_memory_gb:
            raise DataError(
                f"EASE of {len(self._places):,} liked items takes {needed:.1f} GB, but "
                f"max_memory_gb={self.max_memory_gb:g}: allow more, or take ELSA, which stores few "
                "factors in place of all pairs"
            )
        liked = liked[:, self._places]
        gram = torch.from_numpy((liked.T @ liked).toarray().astype(np.float64))
        self._weights = item_weights(gram, self.regularization).float()

    def _score(self, asked: Asked) -> Tensor:
        liked = scipy.sparse.csr_array(self._rows(asked.histories)[:, self._places])
        items, first = (torch.from_numpy(a.astype(np.int64)) for a in (liked.indices, liked.indptr))
        return self._put(embedding_bag(items, self._weights, first[:-1], mode="sum"))

    def _likeness(self) -> Tensor:
        return self._put(self._weights).t()

    def _similarity(self, codes: NDArray[np.int64]) -> Tensor:
        found = torch.zeros(len(codes), len(self._places))
        place = np.searchsorted(self._places, codes)
        for row, (code, here) in enumerate(zip(codes, place, strict=True)):
            if here < len(self._places) and self._places[here] == code:
                found[row] = partial_correlations(self._weights, int(here))
        return self._put(found)

    def _put(self, values: Tensor) -> Tensor:
        """Return columns of liked items at their places among all items, 0 elsewhere."""
        if len(self._places) == len(self.ratings_.items):
            return values
        found = values.new_zeros(len(values), len(self.ratings_.items))
        found[:, torch.from_numpy(self._places)] = values
        return found

    def _parts(self) -> tuple[dict[str, Tensor], dict[str, Any]]:
        return {"weights": self._weights, "places": torch.from_numpy(self._places)}, {}

    def _restore(self, tensors: dict[str, Tensor], facts: dict[str, Any]) -> None:
        self._weights, self._places = tensors["weights"], tensors["places"].numpy()
