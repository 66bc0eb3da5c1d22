"""What an energy-based estimator knows of itself as a distribution: log Z, likelihood, health."""

from typing import Any

import numpy as np
import torch
from sklearn.utils.validation import check_is_fitted

from embudo.data.batches import Batch
from embudo.data.survey import check_finite
from embudo.errors import ParameterError
from embudo.estimators.energy import EnergyEstimator
from embudo.estimators.inputs import RowFunction, admit, check_counts
from embudo.estimators.likely import LikelyEstimator
from embudo.estimators.partitioned import RestrictedEstimator, of_complete_rows
from embudo.modules import examination
from embudo.modules.diagnosis import Diagnosis
from embudo.modules.learning import Algorithm
from embudo.modules.measures import free_energy_of_data
from embudo.modules.rbm import RBMModule

_MOST_ROWS = 5000  # that a diagnosis looks at
_FEWEST_CHAINS, _FEWEST_SWEEPS = 4, 8  # without which chains cannot be compared


class DensityEstimator(EnergyEstimator, LikelyEstimator, RestrictedEstimator):
    """Base of the energy-based estimators whose partition function can be had."""

    algorithm: Algorithm
    steps: int

    @property
    def _undirected(self) -> RBMModule:
        return self.module_

    def _free_energies(self, dtype: torch.dtype) -> RowFunction:
        energies = self._measure(free_energy_of_data)(dtype)
        return of_complete_rows(lambda x: energies(x, None), "likelihood")

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
