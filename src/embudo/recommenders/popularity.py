"""The most popular items, for everybody."""

from dataclasses import dataclass
from os import PathLike
from typing import Any, ClassVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from embudo.recommenders.asking import Asked
from embudo.recommenders.liking import Liking
from embudo.recommenders.support import item_means

_DOUBT = 10.0  # ratings at the mean of all that each item starts with


@dataclass(eq=False, repr=False, kw_only=True)
class Popularity(Liking):
    """Items in the order of how many users like them: the floor that every model has to leave.

    What it predicts of an item is the mean of its ratings, drawn to that of all as by ten more.

    Parameters
    ----------
    positive : float or "auto", default="auto"
        The rating from which an item counts as liked.

    Examples
    --------
    >>> from embudo.recommenders import Popularity, Ratings
    >>> import pandas as pd
    >>> plays = pd.DataFrame({"user": [1, 1, 2, 3], "item": ["a", "b", "a", "c"]})
    >>> model = Popularity().fit(Ratings.from_frame(plays, rating=None))
    >>> model.recommend(3, n=1)["item"].tolist()
    ['a']
    """

    predicts_ratings: ClassVar[bool] = True
    _source: ClassVar[str] = "popular"

    def _learn(self, resume: bool | str | PathLike[str]) -> None:
        counts = np.asarray(self._rows(self.ratings_.matrix).sum(0)).ravel()
        self._counts = torch.from_numpy(counts.astype(np.float32))

    def _prepare(self) -> None:
        self._means = item_means(self.ratings_.matrix, _DOUBT)

    def _values(self, asked: Asked) -> Tensor:
        found = self._counts if self.kind == "score" else self._means
        return found.repeat(len(asked), 1)

    def _score(self, asked: Asked) -> Tensor:
        return self._counts.repeat(len(asked), 1)

    def _informed(self, asked: Asked) -> NDArray[np.bool_]:
        return np.ones(len(asked), bool)

    def _likeness(self) -> Tensor:
        return self._counts[:, None].log1p()

    def _parts(self) -> tuple[dict[str, Tensor], dict[str, Any]]:
        return {"counts": self._counts}, {}

    def _restore(self, tensors: dict[str, Tensor], facts: dict[str, Any]) -> None:
        self._counts = tensors["counts"]
