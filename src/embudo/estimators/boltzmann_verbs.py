"""What every Boltzmann machine without restrictions can do once it is fitted."""

from collections.abc import Callable
from typing import Any, ClassVar, TypeAlias

import numpy as np
import torch
from sklearn.utils.validation import check_is_fitted
from torch import Generator, Tensor

from embudo.estimators.contract import OneStage
from embudo.estimators.inputs import Floats, RowFunction, admit, as_array, check_counts
from embudo.estimators.partitioned import PartitionedEstimator
from embudo.kernels import boltzmann_clamped as clamped
from embudo.kernels.boltzmann import Boltzmann, given_all_others
from embudo.kernels.boltzmann_sweeps import gibbs
from embudo.kernels.noise import bernoulli
from embudo.modules import boltzmann_likelihood as likelihood
from embudo.modules.boltzmann import BoltzmannModule
from embudo.modules.boltzmann_measures import column_log_likelihoods, decoded, imputed, means
from embudo.modules.likelihood import Annealing, Method, Partition, Progress

RowMeasure: TypeAlias = Callable[[Tensor, Boltzmann, Tensor | None], Tensor]
"""From states of the visible units, and where they are observed, to one number a row or column."""


class BoltzmannVerbs(PartitionedEstimator, OneStage):
    """Base of the estimators whose module is an unrestricted Boltzmann machine."""

    module_: BoltzmannModule
    module_class: ClassVar[type[BoltzmannModule]] = BoltzmannModule

    def sample(
        self,
        n_samples: int = 1,
        *,
        steps: int = 1000,
        means: bool = False,
        random_state: int | None = None,
    ) -> Any:
        """Draw rows from the model by Gibbs sampling.

        Parameters
        ----------
        n_samples : int, default=1
            Number of independent chains, each giving one row.
        steps : int, default=1000
            Sweeps of each chain over all units; it starts at the visible units' base rates.
        means : bool, default=False
            Whether to return each visible unit's mean given all other units of the last sweep, in
            place of its state.
        random_state : int, optional
            Seed; by default that of the fit.

        Returns
        -------
        X : array or data frame of shape (n_samples, n_features)
            A frame like the one trained on, if it was one.
        """
        check_is_fitted(self)
        check_counts(n_samples=n_samples, steps=steps)
        module, machine = self.module_, self.module_.machine()
        generator = self._generator(random_state)
        start = module.base_bias.sigmoid().expand(n_samples, -1).contiguous()
        state = gibbs(bernoulli(start, generator), machine, steps, generator)
        if means:
            v = given_all_others(state, machine, machine.visible)
        else:
            v = state[:, machine.visible]
        return self._given_back(as_array(module.decode(v)))

    def impute(self, X: Any, *, steps: int = 200, random_state: int | None = None) -> Any:
        """Fill missing entries, and only those, with their mean given the observed ones.

        The mean is exact in a machine of up to 20 units; else it is averaged over a Gibbs chain.

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
        module, machine = self.module_, self.module_.machine(X_in.dtype)
        generator = self._generator(random_state)

        def fill(x: Tensor, observed: Tensor | None) -> Tensor:
            if observed is None:
                return x
            v, _ = module.encode(x, observed)
            filled = module.decode(imputed(v, observed, machine, steps, generator))
            return torch.where(observed.bool(), x, filled)

        return self._given_back(self._map(X_in, fill, self.n_features_in_), X_in.index)

    def score_samples(self, X: Any) -> Floats:
        """Return the pseudo-log-likelihood of each row: the sum of log p(x_i | all other x).

        It is exact where at most 10 hidden units touch each other, or none; else each term is a
        quotient of the mean-field bounds of two sums.

        Parameters
        ----------
        X : array, CSR matrix or data frame of shape (n_rows, n_features)

        Returns
        -------
        scores : array of shape (n_rows,)
            In nats; higher is more usual.
        """
        scores: Floats = self.score_columns(X).sum(1)
        return scores

    def score_columns(self, X: Any) -> Floats:
        """Return log p(x_i | all other x) of each entry: what makes a row usual or unusual.

        Parameters
        ----------
        X : array, CSR matrix or data frame of shape (n_rows, n_features)

        Returns
        -------
        scores : array of shape (n_rows, n_features)
            In nats, 0 where an entry is missing. They sum to those of :meth:`score_samples`.
        """
        return self._measure_rows(X, column_log_likelihoods, columns=True)

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
    def components_(self) -> Floats:
        """The couplings between the layers, one row for each hidden unit."""
        return as_array(self._machine.coupling[self._machine.hidden, self._machine.visible])

    @property
    def lateral_visible_(self) -> Floats:
        """The couplings among visible units."""
        return as_array(self._machine.coupling[self._machine.visible, self._machine.visible])

    @property
    def lateral_hidden_(self) -> Floats:
        """The couplings among hidden units."""
        return as_array(self._machine.coupling[self._machine.hidden, self._machine.hidden])

    @property
    def intercept_hidden_(self) -> Floats:
        """Biases of the hidden units."""
        return as_array(self._machine.bias[self._machine.hidden])

    @property
    def intercept_visible_(self) -> Floats:
        """Biases of the visible units."""
        return as_array(self._machine.bias[self._machine.visible])

    @property
    def _machine(self) -> Boltzmann:
        return self.module_.machine()

    def _find_partition(
        self,
        method: Method,
        annealing: Annealing,
        generator: Generator,
        progress: Progress | None,
    ) -> Partition:
        return likelihood.log_partition(self.module_, method, annealing, generator, progress)

    def _encoder(self, dtype: torch.dtype) -> RowFunction:
        module, machine = self.module_, self.module_.machine(dtype)
        return lambda x, seen: means(*_with_machine(module, machine, x, seen))[:, machine.hidden]

    def _decoder(self, dtype: torch.dtype) -> RowFunction:
        module, machine = self.module_, self.module_.machine(dtype)
        return lambda h, _: module.decode(decoded(h, machine))

    def _measure_rows(self, X: Any, measure: RowMeasure, columns: bool = False) -> Floats:
        check_is_fitted(self)
        X_in = admit(self, X, reset=False)
        module, machine = self.module_, self.module_.machine(X_in.dtype)

        def of_rows(x: Tensor, observed: Tensor | None) -> Tensor:
            return measure(*_with_machine(module, machine, x, observed))

        return self._map(X_in, of_rows, self.n_features_in_ if columns else None)

    def _is_exact(self, *, holes: bool) -> bool:
        return clamped.is_exact(self.module_.machine(), holes=holes)


def _with_machine(
    module: BoltzmannModule, machine: Boltzmann, x: Tensor, observed: Tensor | None
) -> tuple[Tensor, Boltzmann, Tensor | None]:
    v, seen = module.encode(x, observed)
    return v, machine, seen
