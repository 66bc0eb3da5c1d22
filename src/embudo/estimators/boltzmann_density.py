"""What a Boltzmann machine knows of itself as a distribution: energies, likelihood, bounds."""

from typing import Any

import torch
from torch import Tensor

from embudo.errors import DataError, ParameterError
from embudo.estimators.boltzmann_verbs import BoltzmannVerbs
from embudo.estimators.inputs import Floats, RowFunction
from embudo.estimators.likely import BoundedEstimator, LikelyEstimator
from embudo.kernels import boltzmann_clamped as clamped
from embudo.kernels.boltzmann import Boltzmann
from embudo.kernels.partition import MAX_ENUMERATED_UNITS
from embudo.modules.boltzmann_likelihood import machinery
from embudo.modules.boltzmann_measures import best_log_mass, log_mass, lower_bound
from embudo.modules.likelihood import Machinery


class BoltzmannEstimator(BoltzmannVerbs, LikelyEstimator, BoundedEstimator):
    """Base of the Boltzmann machines: their verbs, and their likelihood."""

    def free_energy(self, X: Any) -> Floats:
        """Return F(x) of each row, in nats, with ``p(x) = exp(-F(x)) / Z``.

        Where an entry is missing, ``p(x)`` is that of the observed entries: all that the missing
        ones could be is summed over. The sums are exact where at most 20 units have to be listed
        for them: the hidden ones if they touch each other, all units if an entry is missing. Else
        it is the variational free energy of mean field, which is not below F(x).

        Parameters
        ----------
        X : array, CSR matrix or data frame of shape (n_rows, n_features)

        Returns
        -------
        energies : array of shape (n_rows,)
            Lower is more probable; where exact, differences are log-odds.
        """
        return -self._apply(X, self._measure(best_log_mass), None)

    @property
    def is_only_bounded(self) -> bool:
        """Whether of the log-likelihood only a lower bound can be had."""
        return not clamped.is_exact(self._machine, holes=False)

    def _machinery(self) -> Machinery:
        return machinery(self.module_)

    def _are_states(self, x: Tensor) -> bool:
        v, _ = self.module_.encode(x)
        return bool(((v == 0) | (v == 1)).all())

    def _free_energies(self, dtype: torch.dtype) -> RowFunction:
        if self.is_only_bounded:
            n = self.module_.n_hidden
            raise ParameterError(
                f"p(x) of {n} hidden units that touch each other is a sum over 2^{n} states; the "
                f"limit is 2^{MAX_ENUMERATED_UNITS}: take lower_bound, or a machine with "
                "lateral='visible'"
            )
        return self._measure(_exact_free_energy)(dtype)

    def _bounds(self, dtype: torch.dtype) -> RowFunction:
        return self._measure(lower_bound)(dtype)


def _exact_free_energy(v: Tensor, machine: Boltzmann, observed: Tensor | None) -> Tensor:
    if observed is not None and not clamped.is_exact(machine, holes=True):
        n = clamped.listed_beside(machine, holes=True)
        raise DataError(
            f"a row lacks entries, and to sum over these takes listing the states of all {n} "
            f"units, where the limit is {MAX_ENUMERATED_UNITS}: fill them by impute, or take "
            "lower_bound"
        )
    return -log_mass(v, machine, observed)
