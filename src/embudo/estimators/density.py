"""What an energy-based estimator knows of itself as a distribution: log Z, likelihood, health."""

import warnings
from typing import Any

import numpy as np
from sklearn.utils.validation import check_is_fitted
from torch import Tensor

from embudo.data.batches import Batch
from embudo.data.survey import check_finite
from embudo.errors import DataError, ParameterError
from embudo.estimators.energy import EnergyEstimator
from embudo.estimators.inputs import Floats, admit, check_counts
from embudo.estimators.partitioned import RestrictedEstimator
from embudo.kernels.energies import Machine
from embudo.modules import examination, likelihood
from embudo.modules.diagnosis import Diagnosis
from embudo.modules.learning import Algorithm
from embudo.modules.likelihood import Method, Partition
from embudo.modules.measures import free_energy_of_data
from embudo.modules.rbm import RBMModule

_MOST_ROWS = 5000  # that a diagnosis looks at
_FEWEST_CHAINS, _FEWEST_SWEEPS = 4, 8  # without which chains cannot be compared


class DensityEstimator(EnergyEstimator, RestrictedEstimator):
    """Base of the energy-based estimators whose partition function can be had."""

    algorithm: Algorithm
    steps: int

    @property
    def _undirected(self) -> RBMModule:
        return self.module_

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

        Where a Bernoulli column lies between 0 and 1 the row is no state of the model, and there
        is a warning: the result is then below the mean log-likelihood of states drawn from it.

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
            If an entry is missing: the sum over all that it could be has no closed form.

        Warns
        -----
        UserWarning
            If the partition computed here is not trustworthy.
        """
        check_is_fitted(self)
        energies = self._energies_of_states(X)  # before the annealing: rows may be refused
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

    def _energies_of_states(self, X: Any) -> Floats:
        """Return the free energy of each row; refuse holes, and warn of rows between states."""
        all_states, done = True, 0

        def energy(
            module: RBMModule, machine: Machine, x: Tensor, observed: Tensor | None
        ) -> Tensor:
            nonlocal all_states, done
            if observed is not None:
                raise DataError(_incomplete(observed, done))
            all_states = all_states and likelihood.are_states(module, x)
            done += len(x)
            return free_energy_of_data(module, machine, x, None)

        energies = self._measure_rows(X, energy)
        if not all_states:
            warnings.warn(likelihood.NO_STATES, stacklevel=3)
        return energies

    def diagnose(
        self,
        X: Any,
        X_validation: Any = None,
        *,
        n_chains: int = 100,
        steps: int = 1000,
        random_state: int | None = None,
    ) -> Diagnosis:
        """Look for what can be wrong: chains that do not mix, idle units, rows known by heart.

        At most 5,000 rows of each, spread evenly, are looked at.

        Parameters
        ----------
        X : array, CSR matrix or data frame of shape (n_rows, n_features)
            Best what the model was trained on.
        X_validation : array, CSR matrix or data frame, optional
            Rows that it has not seen.
        n_chains : int, default=100
            Gibbs chains to run, at least 4.
        steps : int, default=1000
            Sweeps of each, at least 8; as many as :meth:`sample` is to take.
        random_state : int, optional
            Seed; by default that of the fit.

        Returns
        -------
        diagnosis : Diagnosis
            ``diagnosis.readings`` says in words what the figures mean.
        """
        check_is_fitted(self)
        check_counts(n_chains=n_chains, steps=steps)
        if n_chains < _FEWEST_CHAINS or steps < _FEWEST_SWEEPS:
            raise ParameterError(
                f"a diagnosis compares at least {_FEWEST_CHAINS} chains of {_FEWEST_SWEEPS} steps, "
                f"but n_chains is {n_chains} and steps is {steps}"
            )
        return examination.diagnose(
            self.module_,
            self._some_rows(X),
            None if X_validation is None else self._some_rows(X_validation),
            n_chains=n_chains,
            steps=steps,
            training_sweeps=self._training_sweeps(),
            gap_growth=self._gap_growth(),
            generator=self._generator(random_state),
        )

    def _some_rows(self, X: Any) -> Batch:
        X_in = admit(self, X, reset=False)
        for rows, block in X_in.table.blocks():
            check_finite(block, rows.start, X_in.names)
        count = min(_MOST_ROWS, X_in.table.n_rows)
        x = X_in.table.rows(np.linspace(0, X_in.table.n_rows - 1, count).round().astype(np.int64))
        missing = x.isnan()
        observed = (~missing).to(x.dtype) if bool(missing.any()) else None
        return Batch(x.masked_fill_(missing, 0), observed).to(self.module_.weight.device)

    def _training_sweeps(self) -> int | None:
        if self.algorithm == "exact":
            return None
        updates = 1 if self.algorithm == "cd" else int(np.sum(self.history_["steps"]))
        return self.steps * updates

    def _gap_growth(self) -> float | None:
        if "free_energy_gap" not in self.history_.columns:
            return None
        gaps = self.history_["free_energy_gap"]
        return float(gaps[-1] - np.mean(gaps[: -(-len(gaps) // 4)]))


def _incomplete(observed: Tensor, done: int) -> str:
    row, column = (observed == 0).nonzero()[0].tolist()
    return (
        f"row {done + row} lacks column {column}, and the likelihood of a row with missing entries "
        "has no closed form: fill them by impute, or leave such rows out"
    )
