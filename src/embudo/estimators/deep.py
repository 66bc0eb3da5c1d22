"""What a deep Boltzmann machine can do once it is fitted."""

import warnings
from typing import Any

from sklearn.utils.validation import check_is_fitted
from torch import Tensor

from embudo.errors import DataError
from embudo.estimators.chained import ChainEstimator
from embudo.estimators.inputs import Floats, admit
from embudo.estimators.layered import LayeredEstimator
from embudo.estimators.partitioned import RestrictedEstimator
from embudo.modules import likelihood
from embudo.modules.dbm import DBMModule
from embudo.modules.likelihood import Partition


class DeepEstimator(LayeredEstimator, ChainEstimator, RestrictedEstimator):
    """Base of the estimators whose module is a deep Boltzmann machine."""

    module_: DBMModule
    module_class = DBMModule

    def lower_bound(self, X: Any, partition: Partition | None = None) -> Floats:
        """Return the variational lower bound on log p(x) of each row, in nats.

        With ``q(h | x)`` the independent hidden units that mean field found it is
        ``E_q[log p(x, h)] + H(q)``, which is below the log-likelihood by the divergence from ``q``
        to the posterior. With one hidden layer it is the log-likelihood itself.

        Where a Bernoulli column lies between 0 and 1 the row is no state of the model, and there
        is a warning.

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
            If an entry is missing.

        Warns
        -----
        UserWarning
            If the partition computed here is not trustworthy.
        """
        check_is_fitted(self)
        bounds = self._bounds_of_states(X)  # before the annealing: rows may be refused
        if partition is None:
            partition = self.log_partition()
            if partition.warning:
                warnings.warn(partition.warning, stacklevel=2)
        found: Floats = bounds - partition.value
        return found

    def _bounds_of_states(self, X: Any) -> Floats:
        X_in = admit(self, X, reset=False)
        module, all_states = self.module_, True

        def bound(x: Tensor, observed: Tensor | None) -> Tensor:
            nonlocal all_states
            if observed is not None:
                raise DataError(
                    "the bound of a row with missing entries has no closed form: fill them by "
                    "impute, or leave such rows out"
                )
            all_states = all_states and likelihood.are_states(module, x)
            return -module.variational_free_energy(x)

        bounds = self._map(X_in, bound, None)
        if not all_states:
            warnings.warn(likelihood.NO_STATES, stacklevel=3)
        return bounds

    @property
    def _undirected(self) -> DBMModule:
        return self.module_

    def _states(self, x: Tensor, observed: Tensor) -> tuple[Tensor, Tensor | None]:
        return self.module_.states_of(x, observed)

    def _rows(self, v: Tensor) -> Tensor:
        return self.module_.rows_of(v)
