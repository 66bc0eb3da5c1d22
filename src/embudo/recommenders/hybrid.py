"""Collaborative and content-based at once."""

from dataclasses import dataclass
from os import PathLike
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from embudo._types import NonNegativeFloat, PositiveFloat, Seed
from embudo.data.rating_splits import held_out_likes
from embudo.data.ratings import Ratings
from embudo.kernels import ranking
from embudo.recommenders import recommender_class
from embudo.recommenders.asking import Asked, everybody
from embudo.recommenders.base import Recommender
from embudo.recommenders.carrying import Carrier, blended, standardised
from embudo.recommenders.content import ContentRecommender
from embudo.recommenders.liking import Liking, threshold_of
from embudo.recommenders.listing import listed

_WEIGHTS = (0.0, 0.02, 0.05, 0.1, 0.2, 0.4)
_LIST = 20  # places by which a weight is judged
_ROWS = 5000  # users at most that judge it


@dataclass(eq=False, repr=False, kw_only=True)
class HybridRecommender(Liking):
    """A collaborative model, helped by what items are, which also reaches items nobody rated.

    Scores of both are standardised for each user and added. A ridge regression of a user's
    collaborative scores on what the items are says what their features imply, which is the score
    of items that nobody rated and a part of all others.

    Parameters
    ----------
    model : {"ease", "elsa", "dae", "vae", "rbm"}, default="ease"
        The collaborative model, with its defaults.
    weight : float or "auto", default="auto"
        What content counts beside it; "auto" chooses among 0, 0.02, 0.05, 0.1, 0.2 and 0.4 by
        what it ranks best of likes held out.
    regularization : float, default=1.0
        Penalty of the regression that reaches items nobody rated.
    random_state : int, default=0
        Seed of what is held out and of the collaborative model.

    Attributes
    ----------
    weight_ : float
        What content counts.
    """

    model: Literal["ease", "elsa", "dae", "vae", "rbm"] = "ease"
    weight: NonNegativeFloat | Literal["auto"] = "auto"
    regularization: PositiveFloat = 1.0
    random_state: Seed = 0

    def _learn(self, resume: bool | str | PathLike[str]) -> None:
        liked = self.ratings_.positives(threshold_of(self.positive, self.ratings_))
        self._content = self._fitted_content(liked)
        self.weight_ = self._weight(liked)
        self._collaborative = self._new().fit(liked)

    def _weight(self, liked: Ratings) -> float:
        if liked.catalogue is None:
            return 0.0
        return self._chosen_weight(liked) if self.weight == "auto" else self.weight

    def _new(self) -> Recommender:
        model = recommender_class(self.model)()
        if hasattr(model, "random_state"):
            model.random_state = self.random_state
        return model

    def _fitted_content(self, liked: Ratings) -> ContentRecommender | None:
        return None if liked.catalogue is None else ContentRecommender().fit(liked)

    def _chosen_weight(self, liked: Ratings) -> float:
        """Return the weight that ranks likes held out best, those on the rest being refitted."""
        kept, held = held_out_likes(liked, 0.2, self.random_state)
        model = self._new().fit(kept)
        users = np.unique(held.user)[:_ROWS]
        asked = everybody(kept).some(users)
        content = self._fitted_content(kept)
        assert content is not None
        theirs, ours = model._score(asked), content._score(asked)
        carrier = self._new_carrier(content, kept)
        relevant = torch.from_numpy(held.matrix[users].toarray() > 0)
        gains = []
        for weight in _WEIGHTS:
            lists = listed(
                blended(theirs, ours, carrier, weight), _LIST, None, asked.histories, users >= 0
            )
            hit = ranking.hits(torch.from_numpy(lists.items), relevant)
            gains.append(float(ranking.ndcg(hit, relevant.sum(1)).nanmean()))
        return _WEIGHTS[int(np.argmax(gains))]

    def _score(self, asked: Asked) -> Tensor:
        liked = self._likes_of(asked)
        scores = self._collaborative._score(liked)
        if self._content is None:
            return standardised(scores, torch.ones(scores.shape[1], dtype=torch.bool))
        return blended(scores, self._content._score(liked), self._carrier, self.weight_)

    def _voice(self, asked: Asked) -> Tensor:
        scores = self._collaborative._voice(self._likes_of(asked))
        return scores if self._content is None else self._carrier.filled(scores)

    def _likes_of(self, asked: Asked) -> Asked:
        return Asked(asked.labels, asked.codes, self._rows(asked.histories))

    def _prepare(self) -> None:
        if self._content is not None:
            self._carrier = self._new_carrier(self._content, self.ratings_)

    def _new_carrier(self, content: ContentRecommender, ratings: Ratings) -> Carrier:
        return Carrier.of(content._vectors, ratings.support > 0, self.regularization)

    def _sources(self) -> NDArray[np.str_]:
        return np.where(self.ratings_.support == 0, "content", "collaborative")

    def _likeness(self) -> Tensor:
        return self._collaborative._likeness()

    def _similarity(self, codes: NDArray[np.int64]) -> Tensor:
        similarity = self._collaborative._similarity(codes)
        if self._content is None:
            return similarity
        others = similarity.clone()
        others[torch.arange(len(codes)), torch.from_numpy(codes)] = 0
        largest = others.amax(1, keepdim=True).clamp(min=1e-12)  # so that both parts end at 1
        content = self._content._similarity(codes)
        return (similarity / largest + self.weight_ * content) / (1 + self.weight_)

    def _parts(self) -> tuple[dict[str, Tensor], dict[str, Any]]:
        tensors, facts = self._collaborative._parts()
        return tensors, {"collaborative": facts, "weight": self.weight_}

    def _restore(self, tensors: dict[str, Tensor], facts: dict[str, Any]) -> None:
        liked = self.ratings_.positives(threshold_of(self.positive, self.ratings_))
        self.weight_ = facts["weight"]
        self._content = self._fitted_content(liked)
        self._collaborative = self._new()
        self._collaborative.ratings_ = liked
        self._collaborative._restore(tensors, facts["collaborative"])
        self._collaborative._prepare()
