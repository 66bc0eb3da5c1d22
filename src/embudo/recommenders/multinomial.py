"""Mult-DAE and Mult-VAE: autoencoders of what users have."""

from dataclasses import dataclass
from typing import Any, ClassVar

import torch
from torch import Generator

from embudo._types import Fraction, NonNegativeFloat, PositiveInt, Sizes
from embudo.modules.multinomial import MultinomialAutoencoder
from embudo.recommenders.liking import Liking
from embudo.recommenders.trained import Trained
from embudo.training.objective import Objective
from embudo.training.optimizers import FusedAdam, adam

_RATE = 1e-3


@dataclass(eq=False, repr=False, kw_only=True)
class MultDAE(Liking, Trained):
    """A denoising autoencoder of what users like, with one softmax over all items.

    Liang, Krishnan, Hoffman and Jebara (2018), "Variational autoencoders for collaborative
    filtering".

    Parameters
    ----------
    n_components : int, default=200
        Units of the code.
    hidden : tuple of int, optional
        Units of the layers between items and code, and back from it; by default there are none.
    dropout : float, default=0.5
        Share of a user's items that is left out, drawn anew at each step.
    weight_decay : float, default=0.0
        L2 penalty on the weights.
    epochs : int, default=50
        Passes over the users.
    batch_size : int, default=100
        Users for each update.
    learning_rate : float or "auto", default="auto"
        Step size of Adam; "auto" is 0.001.
    """

    module_class = MultinomialAutoencoder
    _variational: ClassVar[bool] = False

    n_components: PositiveInt = 200
    hidden: Sizes | None = None
    dropout: Fraction = 0.5
    weight_decay: NonNegativeFloat = 0.0
    epochs: PositiveInt = 50
    batch_size: PositiveInt = 100

    def _build(
        self, matrix: Any, generator: Generator, device: torch.device
    ) -> MultinomialAutoencoder:
        sizes = (*(self.hidden or ()), self.n_components)
        module = MultinomialAutoencoder(matrix.shape[1], sizes, self._variational).to(device)
        module.initialise(generator)
        return module

    def _objective(self, module: MultinomialAutoencoder, n_rows: int, n_batches: int) -> Objective:
        return module.objective(self.dropout, *self._annealing(n_batches))

    def _annealing(self, n_batches: int) -> tuple[float, int]:
        return 0.0, 0

    def _optimizer(self, objective: Objective) -> FusedAdam:
        rate = self._rate(_RATE)
        return adam(objective.parameters, learning_rate=rate, weight_decay=self.weight_decay)


@dataclass(eq=False, repr=False, kw_only=True)
class MultVAE(MultDAE):
    """A variational autoencoder of what users like, with one softmax over all items.

    Liang, Krishnan, Hoffman and Jebara (2018), "Variational autoencoders for collaborative
    filtering".

    Parameters
    ----------
    n_components : int, default=200
        Components of the code.
    hidden : tuple of int, default=(600,)
        Units of the layers between items and code, and back from it.
    beta : float, default=0.2
        What the code's divergence from the standard normal counts in the end.
    annealing : float, default=1.0
        Share of the training over which it grows from 0 to ``beta``.
    epochs : int, default=40
        Passes over the users.
    """

    _variational: ClassVar[bool] = True

    hidden: Sizes | None = (600,)
    beta: NonNegativeFloat = 0.2
    annealing: NonNegativeFloat = 1.0
    epochs: PositiveInt = 40

    def _annealing(self, n_batches: int) -> tuple[float, int]:
        return self.beta, round(self.annealing * self.epochs * n_batches)
