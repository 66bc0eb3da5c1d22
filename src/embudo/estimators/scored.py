"""What estimators that score rows have in common."""

from abc import abstractmethod
from typing import Any

import numpy as np
import torch

from embudo.estimators.base import Estimator
from embudo.estimators.inputs import Floats, RowFunction


class ScoredEstimator(Estimator):
    """Base of the estimators that say how usual a row is, and which entries make it so."""

    @abstractmethod
    def _entry_scorer(self, dtype: torch.dtype) -> RowFunction:
        """Return the function from rows and their presence to a score for each entry."""

    def score_samples(self, X: Any) -> Floats:
        """Return the pseudo-log-likelihood of each row: the sum of log p(x_i | all other x).

        No randomness is involved. An RBM has it exactly, with the one-dimensional conditional
        densities of Gaussian units normalised by quadrature; a Boltzmann machine does where at
        most 10 hidden units touch each other, or none, and else each term is a quotient of the
        mean-field bounds of two sums.

        Parameters
        ----------
        X : array, CSR matrix or data frame of shape (n_rows, n_features)

        Returns
        -------
        scores : array of shape (n_rows,)
            In nats; higher is more usual.
        """
        return self._apply(X, self._row_scorer, None)

    def score_columns(self, X: Any) -> Floats:
        """Return log p(x_i | all other x) of each entry: what makes a row usual or unusual.

        Parameters
        ----------
        X : array, CSR matrix or data frame of shape (n_rows, n_features)

        Returns
        -------
        scores : array of shape (n_rows, n_features)
            In nats, 0 where an entry is missing. They sum to those of :meth:`score_samples`.
        """
        return self._apply(X, self._entry_scorer, self.n_features_in_)

    def score(self, X: Any, y: Any = None) -> float:
        """Return the mean of :meth:`score_samples`.

        Parameters
        ----------
        X : array, CSR matrix or data frame of shape (n_rows, n_features)
        y : None
            Ignored.
        """
        return float(np.mean(self.score_samples(X), dtype=np.float64))

    def _row_scorer(self, dtype: torch.dtype) -> RowFunction:
        of_entries = self._entry_scorer(dtype)
        return lambda x, observed: of_entries(x, observed).sum(1)
