"""What estimators that draw by Gibbs chains have in common: new rows, and missing entries."""

from abc import abstractmethod
from inspect import signature
from typing import Any

import torch
from sklearn.utils.validation import check_is_fitted
from torch import Generator, Tensor

from embudo.estimators.base import Estimator
from embudo.estimators.inputs import admit, as_array, check_counts


def chained(estimator: Any, steps: int) -> dict[str, int]:
    """Return what to tell ``estimator.sample`` of steps: nothing if it draws without chains."""
    return {"steps": steps} if "steps" in signature(estimator.sample).parameters else {}


class SamplingEstimator(Estimator):
    """Base of the estimators that rows can be drawn from."""

    def sample(
        self,
        n_samples: int = 1,
        *,
        steps: int = 1000,
        means: bool = False,
        random_state: int | None = None,
    ) -> Any:
        """Draw rows from the model by Gibbs sampling.

        Parameters
        ----------
        n_samples : int, default=1
            Number of independent chains, each giving one row.
        steps : int, default=1000
            Sweeps of each chain, which starts at the base rates of its visible units. In a stack
            it is that of the topmost machine, and one pass down follows.
        means : bool, default=False
            Whether to return the means that the last states are drawn from, in place of these; of
            categories, the likeliest.
        random_state : int, optional
            Seed; by default that of the fit.

        Returns
        -------
        X : array or data frame of shape (n_samples, n_features)
            A frame like the one trained on, if it was one.
        """
        check_is_fitted(self)
        check_counts(n_samples=n_samples, steps=steps)
        rows = self._draw(n_samples, steps, self._generator(random_state), means)
        return self._given_back(as_array(rows))

    @abstractmethod
    def _draw(self, n: int, steps: int, generator: Generator, means: bool) -> Tensor:
        """Return rows on the data's scale, or their means."""


class ImputingEstimator(Estimator):
    """Base of the estimators that fill gaps by Gibbs chains."""

    def impute(self, X: Any, *, steps: int = 200, random_state: int | None = None) -> Any:
        """Fill missing entries, and only those, with their mean given the observed ones.

        The mean is averaged over a Gibbs chain; a Boltzmann machine of up to 20 units has it
        exactly. A missing category becomes the likeliest one, a missing integer of a frame the
        nearest.

        Parameters
        ----------
        X : array, CSR matrix or data frame of shape (n_rows, n_features)
            NaN stands for a missing value.
        steps : int, default=200
            Gibbs sweeps with the observed entries clamped; the first fifth is not averaged.
        random_state : int, optional
            Seed; by default that of the fit.

        Returns
        -------
        X : array or data frame of shape (n_rows, n_features)
            A frame like the one trained on, if it was one.
        """
        check_is_fitted(self)
        check_counts(steps=steps)
        X_in = admit(self, X, reset=False)
        generator = self._generator(random_state)

        def fill(x: Tensor, observed: Tensor | None) -> Tensor:
            if observed is None:
                return x
            return torch.where(observed.bool(), x, self._filled(x, observed, steps, generator))

        return self._given_back(self._map(X_in, fill, self.n_features_in_), X_in.index)

    @abstractmethod
    def _filled(self, x: Tensor, observed: Tensor, steps: int, generator: Generator) -> Tensor:
        """Return rows with the mean, given what is observed, where they lack an entry."""
