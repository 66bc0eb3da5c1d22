"""What every stack of layers can do once it is fitted."""

from typing import Any

import torch
from sklearn.utils.validation import check_is_fitted
from torch import Tensor

from embudo.errors import DataError
from embudo.estimators.inputs import Floats, admit, as_array, check_counts
from embudo.estimators.layered import LayeredEstimator
from embudo.estimators.partitioned import RestrictedEstimator
from embudo.kernels.stack import sampled_bound
from embudo.modules.dbn import DBNModule
from embudo.modules.likelihood import Partition
from embudo.modules.rbm import RBMModule


class StackEstimator(LayeredEstimator, RestrictedEstimator):
    """Base of the estimators whose module is a stack of restricted Boltzmann machines."""

    module_: DBNModule
    module_class = DBNModule

    def sample(
        self,
        n_samples: int = 1,
        *,
        steps: int = 1000,
        means: bool = False,
        random_state: int | None = None,
    ) -> Any:
        """Draw rows from the model: the topmost machine's Gibbs chain, then one pass down.

        Parameters
        ----------
        n_samples : int, default=1
            Number of independent chains, each giving one row.
        steps : int, default=1000
            Sweeps of each chain, which starts at its visible units' base rates.
        means : bool, default=False
            Whether to return the last step's means in place of the states drawn from them; of
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
        generator = self._generator(random_state)
        return self._given_back(as_array(self.module_.sample(n_samples, steps, generator, means)))

    def lower_bound(
        self,
        X: Any,
        partition: Partition | None = None,
        *,
        n_draws: int = 20,
        random_state: int | None = None,
    ) -> Floats:
        """Return the variational lower bound on log p(x) of each row, in nats.

        With ``q(h | x)`` the way up, it is ``E_q[log p(x, h)] + H(q)``, estimated without bias
        from draws of ``q`` (Salakhutdinov and Murray 2008). It is below the log-likelihood by the
        divergence from ``q`` to the posterior; the error of log Z, ``partition.error``, is that of
        all rows in common. With one hidden layer it is the log-likelihood itself.

        Parameters
        ----------
        X : array, CSR matrix or data frame of shape (n_rows, n_features)
        partition : Partition, optional
            What :meth:`log_partition` returned, of the topmost machine; by default it is computed
            anew, each time, which may take minutes.
        n_draws : int, default=20
            Draws of ``q`` for each row.
        random_state : int, optional
            Seed of the draws; by default that of the fit.

        Returns
        -------
        bounds : array of shape (n_rows,)

        Raises
        ------
        DataError
            If an entry is missing.
        """
        check_is_fitted(self)
        check_counts(n_draws=n_draws)
        X_in = admit(self, X, reset=False)
        module, generator = self.module_, self._generator(random_state)
        up = module.up_machines(X_in.dtype)
        down = [rbm.machine(X_in.dtype) for rbm in module.rbms]

        def bound(x: Tensor, observed: Tensor | None) -> Tensor:
            if observed is not None:
                raise DataError(
                    "the bound of a row with missing entries has no closed form: fill them "
                    "first, or leave such rows out"
                )
            v, _ = module.layer.encode(x)
            draws = [sampled_bound(v, up, down, generator) for _ in range(n_draws)]
            return torch.stack(draws).mean(0) - module.layer.log_scale.to(v.dtype).sum()

        bounds = self._map(X_in, bound, None)  # before the annealing: rows may be refused
        log_z = (self.log_partition() if partition is None else partition).value
        found: Floats = bounds - log_z
        return found

    @property
    def _undirected(self) -> RBMModule:
        return self.module_.top
