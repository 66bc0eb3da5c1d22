"""What a Boltzmann machine knows of itself as a distribution: energies, likelihood, bounds."""

import warnings
from typing import Any

from sklearn.utils.validation import check_is_fitted
from torch import Tensor

from embudo.errors import DataError, ParameterError
from embudo.estimators.boltzmann_verbs import BoltzmannVerbs
from embudo.estimators.inputs import Floats
from embudo.kernels import boltzmann_clamped as clamped
from embudo.kernels.boltzmann import Boltzmann
from embudo.kernels.partition import MAX_ENUMERATED_UNITS
from embudo.modules.boltzmann_measures import best_log_mass, log_mass, lower_bound
from embudo.modules.likelihood import NO_STATES, Method, Partition


class BoltzmannEstimator(BoltzmannVerbs):
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
        return -self._measure_rows(X, best_log_mass)

    def log_likelihood(
        self,
        X: Any,
        partition: Partition | None = None,
        *,
        method: Method = "auto",
        n_temperatures: int = 10_000,
        n_chains: int = 100,
        burn_in: int = 1000,
        random_state: int | None = None,
    ) -> Floats:
        """Return log p(x) of each row, in nats, as states of the units.

        The sum over the hidden units is exact; whether log Z is, ``partition`` says. Where a value
        lies between 0 and 1 (after scaling, if there is any) the row is no state of the model, and
        there is a warning: the result is then below the mean log-likelihood of states drawn from
        it. Where an entry is missing, it is the log-likelihood of the others.

        Parameters
        ----------
        X : array, CSR matrix or data frame of shape (n_rows, n_features)
        partition : Partition, optional
            What :meth:`log_partition` returned; its ``error`` is that of all rows in common. By
            default it is computed anew, each time, which may take minutes.
        method, n_temperatures, n_chains, burn_in, random_state
            As for :meth:`log_partition`, if no partition is given.

        Returns
        -------
        log_p : array of shape (n_rows,)

        Raises
        ------
        ParameterError
            If more than 20 hidden units touch each other: :meth:`lower_bound` can be had.
        DataError
            If an entry is missing, and the machine has more than 20 units in all.

        Warns
        -----
        UserWarning
            If the partition computed here is not trustworthy.
        """
        check_is_fitted(self)
        self._refuse_inexact()
        all_states = True

        def energy(v: Tensor, machine: Boltzmann, observed: Tensor | None) -> Tensor:
            nonlocal all_states
            all_states = all_states and bool(((v == 0) | (v == 1)).all())
            return _exact_free_energy(v, machine, observed)

        energies = self._measure_rows(X, energy)  # before the annealing: rows may be refused
        if not all_states:
            warnings.warn(NO_STATES, stacklevel=2)
        if partition is None:
            partition = self.log_partition(
                method,
                n_temperatures=n_temperatures,
                n_chains=n_chains,
                burn_in=burn_in,
                random_state=random_state,
            )
            if partition.warning:
                warnings.warn(partition.warning, stacklevel=2)
        found: Floats = -partition.value - energies
        return found

    def lower_bound(
        self,
        X: Any,
        partition: Partition | None = None,
        *,
        method: Method = "auto",
        n_temperatures: int = 10_000,
        n_chains: int = 100,
        burn_in: int = 1000,
        random_state: int | None = None,
    ) -> Floats:
        """Return the mean-field lower bound on log p(x) of each row, in nats.

        With independent units ``q`` for all that is not observed, it is
        ``E_q[-E] + entropy(q) - log Z``: below log p(x) by the divergence from ``q`` to the true
        posterior, and equal to it where no two hidden units touch and no entry is missing.

        Parameters
        ----------
        X : array, CSR matrix or data frame of shape (n_rows, n_features)
        partition, method, n_temperatures, n_chains, burn_in, random_state
            As for :meth:`log_likelihood`.

        Returns
        -------
        bounds : array of shape (n_rows,)

        Warns
        -----
        UserWarning
            If the partition computed here is not trustworthy.
        """
        bounds = self._measure_rows(X, lower_bound)
        if partition is None:
            partition = self.log_partition(
                method,
                n_temperatures=n_temperatures,
                n_chains=n_chains,
                burn_in=burn_in,
                random_state=random_state,
            )
            if partition.warning:
                warnings.warn(partition.warning, stacklevel=2)
        found: Floats = bounds - partition.value
        return found

    @property
    def is_only_bounded(self) -> bool:
        """Whether of the log-likelihood only a lower bound can be had."""
        return not self._is_exact(holes=False)

    def _refuse_inexact(self) -> None:
        if self.is_only_bounded:
            n = self.module_.n_hidden
            raise ParameterError(
                f"p(x) of {n} hidden units that touch each other is a sum over 2^{n} states; the "
                f"limit is 2^{MAX_ENUMERATED_UNITS}: take lower_bound, or a machine with "
                "lateral='visible'"
            )


def _exact_free_energy(v: Tensor, machine: Boltzmann, observed: Tensor | None) -> Tensor:
    if observed is not None and not clamped.is_exact(machine, holes=True):
        n = clamped.listed_beside(machine, holes=True)
        raise DataError(
            f"a row lacks entries, and to sum over these takes listing the states of all {n} "
            f"units, where the limit is {MAX_ENUMERATED_UNITS}: fill them by impute, or take "
            "lower_bound"
        )
    return -log_mass(v, machine, observed)
