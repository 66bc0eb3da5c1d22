"""ELSA: items that speak for items through few factors."""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import torch
from torch import Generator, Tensor

from embudo._types import PositiveInt
from embudo.modules.elsa import FactoredItems
from embudo.recommenders.asking import Asked
from embudo.recommenders.liking import Liking
from embudo.recommenders.support import confidence
from embudo.recommenders.trained import Trained
from embudo.training.objective import Objective
from embudo.training.optimizers import FusedAdam, adam

_RATE = 0.1
_DOUBT = 10.0  # likes that an item must have to count half of what its direction says


@dataclass(eq=False, repr=False, kw_only=True)
class ELSA(Liking, Trained):
    """EASE's sibling for large catalogues: its weights between items are products of factors.

    Factors of all items have the norm 1; scores of items that few people like are lowered.

    Vančura, Alves, Kasalický and Kordík (2022), "Scalable linear shallow autoencoder for
    collaborative filtering".

    Parameters
    ----------
    n_components : int, default=64
        Factors of an item; memory grows with their number times that of the items.
    epochs : int, default=10
        Passes over the users.
    batch_size : int, default=128
        Users for each update.
    learning_rate : float or "auto", default="auto"
        Step size of Adam; "auto" is 0.1.
    schedule : {"constant", "linear", "cosine"}, default="linear"
        How the learning rate falls, to 0 at the end of training unless it is constant.
    """

    module_class = FactoredItems

    n_components: PositiveInt = 64
    epochs: PositiveInt = 10
    batch_size: PositiveInt = 128
    schedule: Literal["constant", "linear", "cosine"] = "linear"

    def _build(self, matrix: Any, generator: Generator, device: torch.device) -> FactoredItems:
        module = FactoredItems(matrix.shape[1], self.n_components).to(device)
        module.initialise(generator)
        return module

    def _objective(self, module: FactoredItems, n_rows: int, n_batches: int) -> Objective:
        return module.objective()

    def _optimizer(self, objective: Objective) -> FusedAdam:
        return adam(objective.parameters, learning_rate=self._rate(_RATE))

    def _prepare(self) -> None:
        likes = np.asarray(self._rows(self.ratings_.matrix).sum(0)).ravel()
        self._confidence = confidence(likes, _DOUBT)

    def _score(self, asked: Asked) -> Tensor:
        scores = super()._score(asked) - torch.from_numpy(self._rows(asked.histories).toarray())
        return scores * self._confidence
