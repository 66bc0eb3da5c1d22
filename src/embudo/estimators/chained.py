"""What estimators whose module runs Gibbs chains between two sides can draw from them."""

from typing import Any

import torch
from sklearn.utils.validation import check_is_fitted
from torch import Tensor

from embudo.estimators.base import Estimator
from embudo.estimators.inputs import admit, as_array, check_counts
from embudo.kernels import chains
from embudo.modules.rbm import RBMModule


class ChainEstimator(Estimator):
    """Base of the estimators that sample and impute by block Gibbs chains."""

    module_: RBMModule

    def sample(
        self,
        n_samples: int = 1,
        *,
        steps: int = 1000,
        means: bool = False,
        random_state: int | None = None,
    ) -> Any:
        """Draw rows from the model by block Gibbs sampling.

        Parameters
        ----------
        n_samples : int, default=1
            Number of independent chains, each giving one row.
        steps : int, default=1000
            Sweeps of each chain, which starts at the visible units' base rates.
        means : bool, default=False
            Whether to return the last sweep's means in place of the states drawn from them; of
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
        machine = self.module_.machine()
        generator = self._generator(random_state)
        h = chains.from_base_rates(machine, n_samples, generator)
        end = chains.run(h, machine, steps, generator)
        v = machine.visible.mean(end.visible_given) if means else end.visible
        return self._given_back(as_array(self._rows(v)))

    def impute(self, X: Any, *, steps: int = 200, random_state: int | None = None) -> Any:
        """Fill missing entries, and only those, with their mean given the observed ones.

        A missing category becomes the likeliest one, a missing integer of a frame the nearest.

        Parameters
        ----------
        X : array, CSR matrix or data frame of shape (n_rows, n_features)
            NaN stands for a missing value.
        steps : int, default=200
            Gibbs sweeps with the observed entries clamped; the first fifth is not averaged.
        random_state : int, optional
            Seed; by default that of the fit.

        Returns
        -------
        X : array or data frame of shape (n_rows, n_features)
            A frame like the one trained on, if it was one.
        """
        check_is_fitted(self)
        check_counts(steps=steps)
        X_in = admit(self, X, reset=False)
        machine, generator = self.module_.machine(X_in.dtype), self._generator(random_state)

        def fill(x: Tensor, observed: Tensor | None) -> Tensor:
            if observed is None:
                return x
            v, seen = self._states(x, observed)
            assert seen is not None
            filled = self._rows(chains.impute(v, seen, machine, steps, generator))
            return torch.where(observed.bool(), x, filled)

        return self._given_back(self._map(X_in, fill, self.n_features_in_), X_in.index)

    def _states(self, x: Tensor, observed: Tensor) -> tuple[Tensor, Tensor | None]:
        """Carry rows to states of the visible side, and say which of its units are observed."""
        return self.module_.layer.encode(x, observed)

    def _rows(self, v: Tensor) -> Tensor:
        """Carry states or means of the visible side to rows."""
        return self.module_.layer.decode(v)
