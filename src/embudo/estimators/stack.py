"""What every stack of layers can do once it is fitted."""

from functools import partial
from typing import Any

import torch
from sklearn.utils.validation import check_is_fitted
from torch import Generator, Tensor

from embudo.estimators.inputs import Floats, RowFunction, check_counts
from embudo.estimators.layered import LayeredEstimator
from embudo.estimators.partitioned import RestrictedEstimator, of_complete_rows
from embudo.estimators.sampling import SamplingEstimator
from embudo.kernels.stack import sampled_bound
from embudo.modules.dbn import DBNModule
from embudo.modules.likelihood import Partition
from embudo.modules.rbm import RBMModule


class StackEstimator(LayeredEstimator, SamplingEstimator, RestrictedEstimator):
    """Base of the estimators whose module is a stack of restricted Boltzmann machines."""

    module_: DBNModule
    module_class = DBNModule
    _learned: RBMModule | None = None
    """The lowest machine, if ``fit`` is to take one over in place of training it."""

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

        Warns
        -----
        UserWarning
            If the partition computed here is not trustworthy, or if a value of a Bernoulli unit
            lies between 0 and 1: the row is then no state of the model.
        """
        check_is_fitted(self)
        check_counts(n_draws=n_draws)
        generator = self._generator(random_state)
        of_dtype = partial(self._bounds, n_draws, generator)
        bounds = self._apply_to_states(X, of_dtype)  # first: rows may be refused
        found: Floats = bounds - self._log_z(partition)
        return found

    def _bounds(self, n_draws: int, generator: Generator, dtype: torch.dtype) -> RowFunction:
        module = self.module_
        up, down = module.up_machines(dtype), [rbm.machine(dtype) for rbm in module.rbms]

        def bound(x: Tensor) -> Tensor:
            v, _ = module.layer.encode(x)
            draws = [sampled_bound(v, up, down, generator) for _ in range(n_draws)]
            return torch.stack(draws).mean(0) - module.layer.log_scale.to(v.dtype).sum()

        return of_complete_rows(bound, "bound")

    def _draw(self, n: int, steps: int, generator: Generator, means: bool) -> Tensor:
        return self.module_.sample(n, steps, generator, means)

    @property
    def _undirected(self) -> RBMModule:
        return self.module_.top
