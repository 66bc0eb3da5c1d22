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
    return _first_liked(ratings.scale)


def liked_above(scale: tuple[float, ...]) -> float:
    """Return what lies midway between the first rating that says "liked" and the one below."""
    first = _first_liked(scale)
    below = [level for level in scale if level < first]
    return (first + below[-1]) / 2 if below else first - 0.5


def _first_liked(scale: tuple[float, ...]) -> float:
    reach = scale[0] + _LIKED_FROM * (scale[-1] - scale[0])
    return next(level for level in scale if level >= reach)
