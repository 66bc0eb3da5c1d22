"""From ratings to what is liked, for models that know no more than that."""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import scipy.sparse

from embudo.data.ratings import Ratings
from embudo.recommenders.base import Recommender

_LIKED_FROM = 0.75  # of the way from the worst to the best rating


@dataclass(eq=False, repr=False, kw_only=True)
class Liking(Recommender):
    """Which ratings say that an item is liked.

    Parameters
    ----------
    positive : float or "auto", default="auto"
        The rating from which an item counts as liked; "auto" is the level that lies three quarters
        of the way from the worst to the best, which is 4 of 5 stars. Plays are all liked.
    """

    positive: float | Literal["auto"] = "auto"

    def _rows(self, histories: Any) -> Any:
        """Return rows with 1 where an item is liked, and nothing elsewhere."""
        threshold = threshold_of(self.positive, self.ratings_)
        liked = scipy.sparse.csr_array(histories, dtype=np.float32, copy=True)
        liked.data = (liked.data >= threshold).astype(np.float32)
        liked.eliminate_zeros()
        return liked


def threshold_of(positive: float | Literal["auto"], ratings: Ratings) -> float:
    """Return the rating from which an item counts as liked."""
    if ratings.scale is None:
        return 0.0
    if positive != "auto":
        return float(positive)
    worst, best = ratings.scale[0], ratings.scale[-1]
    reach = worst + _LIKED_FROM * (best - worst)
    return next(level for level in ratings.scale if level >= reach)
