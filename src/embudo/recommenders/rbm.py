"""Collaborative filtering by a restricted Boltzmann machine."""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import torch
from torch import Generator, Tensor

from embudo._types import Fraction, NonNegativeFloat, PositiveInt
from embudo.data.adapt import SparseTable
from embudo.data.batches import Batches
from embudo.data.rating_batches import histories
from embudo.modules.learning import Learning
from embudo.modules.liking_rbm import LikingRBM
from embudo.modules.rating_rbm import RatingRBM
from embudo.recommenders.asking import Asked
from embudo.recommenders.axis import Axis
from embudo.recommenders.trained import Trained
from embudo.training.objective import Objective
from embudo.training.optimizers import SGD, sgd

_LIKES = {"rows": 20, "rate": 0.02, "decay": 0.001}  # that suit implicit feedback
_RATE, _DECAY = 0.00075, 0.02  # that suit ratings, for each row of a batch


@dataclass(eq=False, repr=False, kw_only=True)
class RBMRecommender(Axis):
    """A restricted Boltzmann machine of ratings: a softmax unit for each item that was rated.

    Salakhutdinov, Mnih and Hinton (2007), "Restricted Boltzmann machines for collaborative
    filtering". Rows share their weights, and each has units for what it rated alone, so that time
    and memory grow with the number of ratings. Plays and other implicit feedback become yes/no
    units of all items, with users as rows.

    Parameters
    ----------
    n_components : int, default=400
        Hidden units.
    conditional : bool, default=True
        Whether the hidden units also hear *which* items were rated, whatever the ratings are.
    steps : int, default=1
        Gibbs steps of contrastive divergence.
    momentum : float, default=0.8
        Share of the last update that is carried into the next one.
    weight_decay : float or "auto", default="auto"
        L2 penalty on the weights, never on the biases; "auto" is 0.02 divided by the rows of a
        batch, and 0.001 for implicit feedback.
    epochs : int, default=40
        Passes over the rows.
    batch_size : int or "auto", default="auto"
        Rows for each update. "auto" is 20 for implicit feedback; of ratings it takes so many rows
        that they hold one rating a column on average: the work of an epoch, in which every update
        touches all weights, then grows with the number of ratings.
    learning_rate : float or "auto", default="auto"
        Step size; "auto" is 0.00075 times the rows of a batch, and 0.02 for implicit
        feedback.
    schedule : {"constant", "linear", "cosine"}, default="linear"
        How the learning rate falls, to 0 at the end of training unless it is constant.

    Examples
    --------
    >>> from embudo.data.synthetic import checkerboard_ratings
    >>> from embudo.recommenders import RBMRecommender
    >>> ratings = checkerboard_ratings(40, 30, seed=0)
    >>> model = RBMRecommender(n_components=10, random_state=0).fit(ratings)
    >>> len(model.recommend(3, n=5))
    5
    """

    n_components: PositiveInt = 400
    conditional: bool = True
    steps: PositiveInt = 1
    momentum: Fraction = 0.8
    weight_decay: NonNegativeFloat | Literal["auto"] = "auto"
    epochs: PositiveInt = 40
    batch_size: PositiveInt | Literal["auto"] = "auto"  # type: ignore[assignment]
    schedule: Literal["constant", "linear", "cosine"] = "linear"

    @property
    def module_class(self) -> Any:
        """The machine of this kind of feedback."""
        return LikingRBM if self.ratings_.is_implicit else RatingRBM

    def _matrix(self) -> Any:
        return self.ratings_.matrix if self.ratings_.is_implicit else super()._matrix()

    def _build(self, matrix: Any, generator: Generator, device: torch.device) -> Any:
        if self.ratings_.scale is None:
            likes = LikingRBM(matrix.shape[1], self.n_components).to(device)
            rates = torch.from_numpy(np.asarray(matrix.mean(0), np.float32))
            likes.begin(rates.to(device), generator)
            return likes
        sizes = (matrix.shape[1], self.ratings_.scale, self.n_components, self.conditional)
        module = RatingRBM(*sizes).to(device)
        module.initialise(histories(matrix).to(device), generator)
        return module

    def _batches(self, matrix: Any, seed: int, device: torch.device) -> Any:
        if self.ratings_.is_implicit:
            return Batches(SparseTable(matrix), self._step_rows(), seed, device=device)
        return super()._batches(matrix, seed, device)

    def _objective(self, module: Any, n_rows: int, n_batches: int) -> Objective:
        if self.ratings_.is_implicit:
            learning = Learning("cd", self.steps, True, 0.0, 0.0, False, False, torch.float32)
            (found,) = module.objectives(learning)
            return found  # type: ignore[no-any-return]
        return module.objective(self.steps)  # type: ignore[no-any-return]

    def _optimizer(self, objective: Objective) -> SGD:
        rows = self._step_rows()
        rate, decay = _RATE * rows, _DECAY / rows
        if self.ratings_.is_implicit:
            rate, decay = _LIKES["rate"], _LIKES["decay"]
        return sgd(
            objective.parameters,
            learning_rate=self._rate(rate),
            momentum=self.momentum,
            weight_decay=decay if self.weight_decay == "auto" else self.weight_decay,
        )

    def _step_rows(self) -> int:
        if self.batch_size != "auto":
            return self.batch_size
        if self.ratings_.is_implicit:
            return int(_LIKES["rows"])
        user, item = self.ratings_.user, self.ratings_.item
        rows = len(np.unique(user if self.axis == "user" else item))
        columns = len(self.ratings_.items if self.axis == "user" else self.ratings_.users)
        return max(1, round(rows * columns / len(user)))

    def _base(self, asked: Asked) -> float:
        return 0.0

    def _values(self, asked: Asked) -> Tensor:
        return self._score(asked) if self.ratings_.is_implicit else super()._values(asked)

    def _voice(self, asked: Asked) -> Tensor:
        return self._score(asked) if self.ratings_.is_implicit else super()._voice(asked)

    def _score(self, asked: Asked) -> Tensor:
        if self.ratings_.is_implicit:
            return Trained._score(self, asked)
        return super()._score(asked)

    def _likeness(self) -> Tensor:
        if self.ratings_.is_implicit:
            return Trained._likeness(self)
        return super()._likeness()
