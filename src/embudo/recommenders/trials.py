"""Trials of a recommender: what it learns from, what it is asked with, and what is held out.

Nothing that is held out is among what it learns from or is asked with, and what it is asked with
is never on a list: a model that repeats its input gains nothing by it.
"""

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import scipy.sparse
import torch
from numpy.typing import NDArray
from torch import Tensor

from embudo.data.ids import UNKNOWN
from embudo.data.ratings import Ratings
from embudo.errors import DataError
from embudo.kernels import ranking
from embudo.recommenders.asking import Asked
from embudo.recommenders.base import Recommender
from embudo.recommenders.listing import listed

_BY_HITS = {
    "ndcg": ranking.ndcg,
    "recall": ranking.recall,
    "precision": ranking.precision,
    "hit_rate": ranking.hit_rate,
    "map": ranking.average_precision,
}


@dataclass(frozen=True, eq=False)
class Judged:
    """How a model did.

    Attributes
    ----------
    means : dict of str to float
        Each measure.
    totals, weights : ndarray of shape (users,), float64
        What each user adds to both sums whose ratio the first measure comes from.
    """

    means: dict[str, float]
    totals: NDArray[np.float64]
    weights: NDArray[np.float64]


class Trial(Protocol):
    """What a protocol makes of ratings."""

    def feed(self, model: Recommender) -> Ratings:
        """Return what the model learns from."""

    def judge(self, model: Recommender) -> Judged:
        """Say how the fitted model does on what was held out."""


@dataclass(frozen=True, eq=False)
class RatingTrial:
    """Ratings held out, to be predicted.

    Attributes
    ----------
    learned, held : Ratings
    """

    learned: Ratings
    held: Ratings

    def feed(self, model: Recommender) -> Ratings:
        """Return the ratings that were kept.

        Raises
        ------
        DataError
            If the model does not answer with a rating.
        """
        if not model.predicts_ratings:
            raise DataError("it ranks items, and predicts no ratings")
        return self.learned

    def judge(self, model: Recommender) -> Judged:
        """Return the root of the mean squared error, and the mean of its absolute value."""
        held = self.held
        users = [held.users[code] for code in held.user.tolist()]
        items = [held.items[code] for code in held.item.tolist()]
        errors = model.predict(users, items) - held.value
        n_users = len(held.users)
        counts = np.bincount(held.user, minlength=n_users).astype(np.float64)
        return Judged(
            {
                "rmse": float(np.sqrt(np.square(errors).mean())),
                "mae": float(np.abs(errors).mean()),
            },
            np.bincount(held.user, np.square(errors), n_users).astype(np.float64),
            counts,
        )


@dataclass(frozen=True, eq=False)
class RankingTrial:
    """Likes held out, to be among the best of all items.

    Attributes
    ----------
    learned : Ratings
        What models that need ratings learn from; others learn from the likes among them.
    threshold : float
        The rating from which an item counts as liked.
    users : ndarray of shape (rows,), int64
        Codes of those who are asked for; UNKNOWN for strangers.
    inputs : csr_array of shape (rows, items)
        Their ratings that a model is asked with.
    targets : csr_array of shape (rows, items)
        Entries where an item held out is liked.
    n : int
        Places of a list.
    candidates : ndarray of int64, optional
        The items that are ranked, those of equal scores at random; by default all but the likes
        among ``inputs``.
    seed : int, default=0
        Of what is ranked at random.
    """

    learned: Ratings
    threshold: float
    users: NDArray[np.int64]
    inputs: Any
    targets: Any
    n: int
    candidates: NDArray[np.int64] | None = None
    seed: int = 0

    def feed(self, model: Recommender) -> Ratings:
        """Return likes, or ratings if the model needs them."""
        learns_from_likes = "implicit" in model.learns_from
        return self.learned.positives(self.threshold) if learns_from_likes else self.learned

    def judge(self, model: Recommender) -> Judged:
        """Return the measures of ranking, means over users with a target; kernels/ranking.py.

        "novelty" is the mean of -log2 of the share of users, both counted one higher, who like a
        listed item: Vargas and Castells (2011), equation 3.
        """
        asked = self._asked(model)
        liked_by = np.bincount(
            self.learned.item[self.learned.value >= self.threshold],
            minlength=len(self.learned.items),
        )
        surprise = -torch.from_numpy(np.log2((liked_by + 1) / (len(self.learned.users) + 1)))
        generator = torch.Generator().manual_seed(self.seed)
        found: dict[str, list[Tensor]] = {name: [] for name in (*_BY_HITS, "novelty")}
        listed_at_all = torch.zeros(len(liked_by), dtype=torch.bool)
        for rows in model._starts(len(asked)):
            lists = self._lists(model, asked, rows, generator)
            relevant = torch.from_numpy(self.targets[rows].toarray() > 0)
            hit, count = ranking.hits(lists, relevant), relevant.sum(1)
            for name, measure in _BY_HITS.items():
                found[name].append(measure(hit, count))
            is_item = lists != ranking.NOTHING
            known = surprise[lists.clamp(min=0)] * is_item
            found["novelty"].append(known.sum(1) / is_item.sum(1).clamp(min=1))
            listed_at_all[lists[is_item]] = True
        if self.candidates is not None:
            del found["novelty"]  # nobody likes any of them yet
        means = {name: float(torch.cat(values).nanmean()) for name, values in found.items()}
        n_candidates = len(liked_by) if self.candidates is None else len(self.candidates)
        means["coverage"] = int(listed_at_all.sum()) / n_candidates
        gains = torch.cat(found["ndcg"])
        has_targets = ~gains.isnan()
        return Judged(means, gains[has_targets].numpy(), np.ones(int(has_targets.sum())))

    def _asked(self, model: Recommender) -> Asked:
        rows = self._likes if "implicit" in model.learns_from else self.inputs
        known = [None if code == UNKNOWN else self.learned.users[code] for code in self.users]
        return Asked(known, self.users, rows)

    @property
    def _likes(self) -> scipy.sparse.csr_array:
        liked = scipy.sparse.csr_array(self.inputs, dtype=np.float32, copy=True)
        liked.data = (liked.data >= self.threshold).astype(np.float32)
        liked.eliminate_zeros()
        return liked

    def _lists(
        self, model: Recommender, asked: Asked, rows: slice, generator: torch.Generator
    ) -> Tensor:
        scores, informed = model._ranked(asked.some(rows))
        if self.candidates is None:
            lists = listed(scores, self.n, None, self._likes[rows], informed)
            return torch.from_numpy(lists.items)
        order = torch.rand(len(scores), len(self.candidates), generator=generator).argsort(1)
        columns = torch.from_numpy(self.candidates)[order]
        places = ranking.top_n(scores.cpu().gather(1, columns), self.n)
        return columns.gather(1, places.clamp(min=0)).where(places != ranking.NOTHING, places)
