"""Estimators whose likelihood can be had, and those of which only a bound can."""

from abc import abstractmethod
from typing import Any

import torch
from sklearn.utils.validation import check_is_fitted

from embudo.estimators.inputs import Floats, RowFunction
from embudo.estimators.partitioned import PartitionedEstimator
from embudo.modules.likelihood import Method, Partition


class LikelyEstimator(PartitionedEstimator):
    """Base of those whose free energy, and so whose likelihood, can be had."""

    @abstractmethod
    def _free_energies(self, dtype: torch.dtype) -> RowFunction:
        """Return the function from rows to free energies; it refuses rows that have none."""

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
        """Return log p(x) of each row, in nats; for numeric columns the density on their scale.

        The sum over the hidden units is exact; whether log Z is, ``partition`` says. A Boltzmann
        machine's numeric columns are states of its units, once scaled.

        Where a value of a Bernoulli unit lies between 0 and 1 the row is no state of the model,
        and there is a warning: the result is then below the mean log-likelihood of states drawn
        from it.

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
        DataError
            If an entry is missing: the sum over all that it could be has no closed form. (In a
            Boltzmann machine of up to 20 units it is summed over.)
        ParameterError
            If more than 20 hidden units touch each other, in a Boltzmann machine:
            ``lower_bound`` can be had.

        Warns
        -----
        UserWarning
            If the partition computed here is not trustworthy.
        """
        check_is_fitted(self)
        energies = self._apply_to_states(X, self._free_energies)
        log_z = self._log_z(  # after the rows, of which some may be refused: it may take minutes
            partition,
            method=method,
            n_temperatures=n_temperatures,
            n_chains=n_chains,
            burn_in=burn_in,
            random_state=random_state,
        )
        found: Floats = -log_z - energies
        return found


class BoundedEstimator(PartitionedEstimator):
    """Base of those whose likelihood has a bound by mean field."""

    @abstractmethod
    def _bounds(self, dtype: torch.dtype) -> RowFunction:
        """Return the function from rows to bounds on ``log(p(x) Z)``."""

    def lower_bound(self, X: Any, partition: Partition | None = None) -> Floats:
        """Return the variational lower bound on log p(x) of each row, in nats.

        With ``q`` the independent units that mean field finds for all that is not observed, it is
        ``E_q[log p(x, h)] + H(q)``, which is below the log-likelihood by the divergence from ``q``
        to the posterior. It is the log-likelihood itself where no two hidden units touch: in a
        deep Boltzmann machine with one hidden layer, and in a Boltzmann machine without lateral
        couplings among hidden units, whose rows may then not lack entries.

        Where a value of a Bernoulli unit lies between 0 and 1 the row is no state of the model,
        and there is a warning.

        Parameters
        ----------
        X : array, CSR matrix or data frame of shape (n_rows, n_features)
        partition : Partition, optional
            What :meth:`log_partition` returned; its ``error`` is that of all rows in common. By
            default it is computed anew, each time, which may take minutes.

        Returns
        -------
        bounds : array of shape (n_rows,)

        Raises
        ------
        DataError
            If an entry is missing. (A Boltzmann machine has units for what is missing.)

        Warns
        -----
        UserWarning
            If the partition computed here is not trustworthy.
        """
        check_is_fitted(self)
        bounds = self._apply_to_states(X, self._bounds)  # first: rows may be refused
        found: Floats = bounds - self._log_z(partition)
        return found
