"""What every energy-based estimator can do once it is fitted."""

from functools import partial
from typing import Any, ClassVar

import torch

from embudo.estimators.chained import ChainEstimator
from embudo.estimators.contract import OneStage
from embudo.estimators.inputs import Floats, RowFunction, TypedRowFunction, as_array
from embudo.estimators.scored import ScoredEstimator
from embudo.kernels.energies import hidden_mean, visible_mean
from embudo.modules.measures import RowMeasure, column_log_likelihoods, free_energy_of_data
from embudo.modules.rbm import RBMModule


class EnergyEstimator(ChainEstimator, ScoredEstimator, OneStage):
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
        return self._apply(X, self._measure(free_energy_of_data), None)

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

    def _entry_scorer(self, dtype: torch.dtype) -> RowFunction:
        return self._measure(column_log_likelihoods)(dtype)

    def _measure(self, measure: RowMeasure) -> TypedRowFunction:
        """Return what measures rows by the fitted machine."""

        def of_dtype(dtype: torch.dtype) -> RowFunction:
            return partial(measure, self.module_, self.module_.machine_of_rows(dtype))

        return of_dtype
