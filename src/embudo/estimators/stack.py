"""What every stack of layers can do once it is fitted."""

from typing import Any

import numpy as np
import torch
from sklearn.utils.validation import check_is_fitted
from torch import Tensor

from embudo.errors import DataError, ParameterError
from embudo.estimators.inputs import (
    Floats,
    RowFunction,
    admit,
    admit_codes,
    as_array,
    check_counts,
)
from embudo.estimators.partitioned import PartitionedEstimator
from embudo.kernels.stack import sampled_bound
from embudo.modules.dbn import DBNModule
from embudo.modules.likelihood import Partition
from embudo.modules.rbm import RBMModule
from embudo.modules.trip import divergences


class StackEstimator(PartitionedEstimator):
    """Base of the estimators whose module is a stack of restricted Boltzmann machines."""

    module_: DBNModule
    module_class = DBNModule

    def transform(self, X: Any, layer: int = -1) -> Floats:
        """Encode rows as the means of a hidden layer, each layer given the means of the last.

        Parameters
        ----------
        X : array, CSR matrix or data frame of shape (n_rows, n_features)
        layer : int, default=-1
            Which hidden layer, counted from 0 upwards or from -1 downwards.

        Returns
        -------
        codes : array of shape (n_rows, units of the layer)
        """
        check_is_fitted(self)
        depth = self._depth(layer)
        X_in = admit(self, X, reset=False)
        width = self.module_.rbms[depth - 1].n_hidden
        return self._map(X_in, lambda x, seen: self.module_.encode(x, seen, depth), width)

    def inverse_transform(self, H: Any, layer: int = -1) -> Any:
        """Decode codes of a hidden layer into rows on the scale of the data.

        Parameters
        ----------
        H : array of shape (n_rows, units of the layer)
        layer : int, default=-1
            Which hidden layer, counted from 0 upwards or from -1 downwards.

        Returns
        -------
        X : array or data frame of shape (n_rows, n_features)
            A frame like the one trained on, if it was one.
        """
        check_is_fitted(self)
        depth, module = self._depth(layer), self.module_
        H_in = admit_codes(H, module.rbms[depth - 1].n_hidden)

        def decode(h: Tensor, _: Tensor | None) -> Tensor:
            return module.layer.decode(module.decode(h, depth))

        return self._given_back(self._map(H_in, decode, self.n_features_in_))

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

    def score_samples(self, X: Any) -> Floats:
        """Return how well a trip up and down the stack gives each row back.

        Parameters
        ----------
        X : array, CSR matrix or data frame of shape (n_rows, n_features)

        Returns
        -------
        scores : array of shape (n_rows,)
            Minus the Kullback-Leibler divergence from row to reconstruction, in nats; higher is
            more usual.
        """
        scores: Floats = self.score_columns(X).sum(1)
        return scores

    def score_columns(self, X: Any) -> Floats:
        """Return the same for each entry: what makes a row usual or unusual.

        Parameters
        ----------
        X : array, CSR matrix or data frame of shape (n_rows, n_features)

        Returns
        -------
        scores : array of shape (n_rows, n_features)
            In nats, 0 where an entry is missing.
        """
        check_is_fitted(self)
        X_in = admit(self, X, reset=False)
        module, depth = self.module_, len(self.module_.rbms)

        def score(x: Tensor, observed: Tensor | None) -> Tensor:
            mean = module.decode(module.encode(x, observed, depth), depth)
            return -divergences(module.layer, x, observed, mean)

        return self._map(X_in, score, self.n_features_in_)

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
    def visible_(self) -> str:
        """The kind of visible units in use: "bernoulli", "gaussian", "softmax" or "mixed"."""
        kinds = self.module_.layer.kind_names
        return min(kinds) if len(kinds) == 1 else "mixed"

    @property
    def _undirected(self) -> RBMModule:
        return self.module_.top

    def _encoder(self, dtype: torch.dtype) -> RowFunction:
        module, depth = self.module_, len(self.module_.rbms)
        return lambda x, observed: module.encode(x, observed, depth)

    def _decoder(self, dtype: torch.dtype) -> RowFunction:
        module, depth = self.module_, len(self.module_.rbms)
        return lambda h, _: module.layer.decode(module.decode(h, depth))

    def _depth(self, layer: int) -> int:
        n = len(self.module_.rbms)
        if not -n <= layer < n:
            raise ParameterError(
                f"layer must be from 0 to {n - 1}, or from -1 down to {-n}, but is {layer!r}"
            )
        return layer % n + 1
