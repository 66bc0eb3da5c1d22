"""What every energy-based estimator can do once it is fitted."""

from typing import Any, ClassVar

import numpy as np
import torch
from sklearn.utils.validation import check_is_fitted
from torch import Tensor

from embudo.estimators.chained import ChainEstimator
from embudo.estimators.contract import OneStage
from embudo.estimators.inputs import Floats, RowFunction, admit, as_array
from embudo.kernels.energies import hidden_mean, visible_mean
from embudo.modules.measures import (
    RowMeasure,
    column_log_likelihoods,
    free_energy_of_data,
    pseudo_log_likelihood,
)
from embudo.modules.rbm import RBMModule


class EnergyEstimator(ChainEstimator, OneStage):
    """Base of the estimators whose module is a restricted Boltzmann machine."""

    module_: RBMModule
    module_class: ClassVar[type[RBMModule]] = RBMModule

    def free_energy(self, X: Any) -> Floats:
        """Return F(x) of each row, in nats, with ``p(x) = exp(-F(x)) / Z``.

        Parameters
        ----------
        X : array, CSR matrix or data frame of shape (n_rows, n_features)

        Returns
        -------
        energies : array of shape (n_rows,)
            Lower is more probable; differences between rows are exact log-odds.
        """
        return self._measure_rows(X, free_energy_of_data)

    def score_samples(self, X: Any) -> Floats:
        """Return the pseudo-log-likelihood of each row: the sum of log p(x_i | all other x).

        It is exact over all observed entries and involves no randomness; for Gaussian units the
        one-dimensional conditional densities are normalised by quadrature.

        Parameters
        ----------
        X : array, CSR matrix or data frame of shape (n_rows, n_features)

        Returns
        -------
        scores : array of shape (n_rows,)
            In nats; higher is more usual.
        """
        return self._measure_rows(X, pseudo_log_likelihood)

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
        return self._measure_rows(X, column_log_likelihoods, columns=True)

    def score(self, X: Any, y: Any = None) -> float:
        """Return the mean of :meth:`score_samples`.

        Parameters
        ----------
        X : array, CSR matrix or data frame of shape (n_rows, n_features)
        y : None
            Ignored.
        """
        return float(np.mean(self.score_samples(X), dtype=np.float64))

    @property
    def components_(self) -> Floats:
        """The weights, one row for each hidden unit."""
        return as_array(self.module_.weight.data.t())

    @property
    def intercept_hidden_(self) -> Floats:
        """Biases of the hidden units."""
        return as_array(self.module_.hidden_bias.data)

    @property
    def intercept_visible_(self) -> Floats:
        """Biases of the visible units."""
        return as_array(self.module_.visible_bias.data)

    @property
    def visible_(self) -> str:
        """The kind of visible units in use: "bernoulli", "gaussian", "softmax" or "mixed"."""
        kinds = self.module_.layer.kind_names
        return min(kinds) if len(kinds) == 1 else "mixed"

    def _encoder(self, dtype: torch.dtype) -> RowFunction:
        module, machine = self.module_, self.module_.machine_of_rows(dtype)
        return lambda x, observed: hidden_mean(module.layer.encode(x, observed)[0], machine)

    def _decoder(self, dtype: torch.dtype) -> RowFunction:
        module, machine = self.module_, self.module_.machine(dtype)
        return lambda h, _: module.layer.decode(visible_mean(h, machine))

    def _measure_rows(self, X: Any, measure: RowMeasure, columns: bool = False) -> Floats:
        check_is_fitted(self)
        X_in = admit(self, X, reset=False)
        module, machine = self.module_, self.module_.machine_of_rows(X_in.dtype)

        def of_rows(x: Tensor, observed: Tensor | None) -> Tensor:
            return measure(module, machine, x, observed)

        return self._map(X_in, of_rows, self.n_features_in_ if columns else None)
