"""AutoRec: an autoencoder of ratings."""

from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np
import torch
from torch import Generator, Tensor

from embudo._types import NonNegativeFloat, PositiveInt
from embudo.modules.rating_autoencoder import RatingAutoencoder
from embudo.recommenders.asking import Asked
from embudo.recommenders.axis import Axis
from embudo.recommenders.bias import Bias
from embudo.training.objective import Objective
from embudo.training.optimizers import FusedAdam, adam

_RATE = 2e-3


@dataclass(eq=False, repr=False, kw_only=True)
class AutoRec(Axis):
    """An autoencoder of ratings, which learns what biases of users and items leave over.

    Sedhain, Menon, Sanner and Xie (2015), "AutoRec: autoencoders meet collaborative filtering".

    Parameters
    ----------
    n_components : int, default=200
        Hidden units.
    regularization : float, default=80.0
        Penalty on the squared weights.
    axis : {"user", "item"}, default="user"
        Whether a row is a user with the ratings given, or an item with the ratings it got. Rows
        of users take in somebody new as they take in anybody.
    epochs : int, default=20
        Passes over the rows.
    """

    module_class = RatingAutoencoder
    learns_from: ClassVar[frozenset[str]] = frozenset({"ratings"})

    n_components: PositiveInt = 200
    regularization: NonNegativeFloat = 80.0
    axis: Literal["user", "item"] = "user"

    def _learn(self, resume: Any) -> None:
        self._bias = Bias.of(self.ratings_.matrix)
        super()._learn(resume)

    def _build(self, matrix: Any, generator: Generator, device: torch.device) -> RatingAutoencoder:
        module = RatingAutoencoder(matrix.shape[1], self.n_components).to(device)
        module.initialise(generator)
        return module

    def _objective(self, module: RatingAutoencoder, n_rows: int, n_batches: int) -> Objective:
        return module.objective(self.regularization, n_rows)

    def _optimizer(self, objective: Objective) -> FusedAdam:
        return adam(objective.parameters, learning_rate=self._rate(_RATE))

    def _base(self, asked: Asked) -> Tensor:
        users = torch.from_numpy(self._bias.of_rows(asked.histories)).float()
        items = torch.from_numpy(self._bias.mean + self._bias.items).float()
        return users[:, None] + items

    def _centred(self, histories: Any, base: Any) -> Any:
        left = histories.astype(np.float32, copy=True)
        rows = np.repeat(np.arange(left.shape[0]), np.diff(left.indptr))
        users = self._bias.of_rows(histories)
        left.data -= self._bias.mean + users[rows] + self._bias.items[left.indices]
        return left

    def _parts(self) -> tuple[dict[str, Tensor], dict[str, Any]]:
        tensors, facts = super()._parts()
        items = torch.from_numpy(self._bias.items)
        return {**tensors, "item_bias": items}, {**facts, "mean": self._bias.mean}

    def _restore(self, tensors: dict[str, Tensor], facts: dict[str, Any]) -> None:
        self._bias = Bias(facts["mean"], tensors["item_bias"].numpy())
        super()._restore(tensors, facts)
