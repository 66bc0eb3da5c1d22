"""Estimators whose distribution hangs on a partition function, which can be had."""

import warnings
from abc import abstractmethod
from collections.abc import Callable
from typing import Any

import torch
from sklearn.utils.validation import check_is_fitted
from torch import Tensor

from embudo.errors import DataError
from embudo.estimators.base import Estimator
from embudo.estimators.inputs import Floats, RowFunction, TypedRowFunction, check_counts
from embudo.modules import likelihood, rbm_likelihood
from embudo.modules.likelihood import Annealing, Machinery, Method, Partition, Progress
from embudo.modules.rbm import RBMModule

_NO_STATES = (
    "rows with values between 0 and 1 in Bernoulli columns are no states of the model; what is "
    "returned for them is a lower bound of the mean log-likelihood of states drawn from them: make "
    "the data 0 and 1"
)


class PartitionedEstimator(Estimator):
    """Base of those that can be asked for their log Z."""

    @abstractmethod
    def _machinery(self) -> Machinery:
        """Return what it takes to find log Z."""

    @abstractmethod
    def _are_states(self, x: Tensor) -> bool:
        """Say whether rows are states of the visible units, not probabilities of some."""

    def log_partition(
        self,
        method: Method = "auto",
        *,
        n_temperatures: int = 10_000,
        n_chains: int = 100,
        burn_in: int = 1000,
        random_state: int | None = None,
        progress: Progress | None = None,
    ) -> Partition:
        """Return log Z in nats, with its error and a verdict on whether to trust it.

        Annealed importance sampling gives two estimates. The forward one starts at the data's
        base rates and is too low in expectation. The reverse one starts at samples of the model
        and is too high in expectation, if these are samples indeed: they are where the
        training's chains are after ``burn_in`` more sweeps.

        Parameters
        ----------
        method : {"auto", "exact", "ais"}, default="auto"
            "exact" lists all states of as few Bernoulli units as will do, up to 20 (of an RBM
            those of the smaller layer); "ais" brackets log Z by annealing; "auto" lists where it
            can.
        n_temperatures : int, default=10_000
            Steps of the annealing, each way; more of them bring the bounds together.
        n_chains : int, default=100
        burn_in : int, default=1000
            Gibbs sweeps before the reverse chains start.
        random_state : int, optional
            Seed; by default that of the fit.
        progress : callable, optional
            Called after each step with the steps done and those to do.

        Returns
        -------
        partition : Partition
            ``value``, ``error``, ``effective_chains``, ``forward``, ``reverse``, ``gap``,
            ``trustworthy`` and ``warning``; on the scale of the units, which
            :meth:`log_likelihood` turns into that of the data.

        Raises
        ------
        ParameterError
            If the method is "exact" and there are too many states to list.
        """
        check_is_fitted(self)
        check_counts(n_temperatures=n_temperatures, n_chains=n_chains, burn_in=burn_in)
        annealing = Annealing(n_temperatures=n_temperatures, n_chains=n_chains, burn_in=burn_in)
        generator = self._generator(random_state)
        return likelihood.log_partition(self._machinery(), method, annealing, generator, progress)

    def _log_z(self, partition: Partition | None, **how: Any) -> float:
        """Return the log Z that is given, or find it, and warn if it is not to be trusted."""
        if partition is None:
            partition = self.log_partition(**how)
            if partition.warning:
                warnings.warn(partition.warning, stacklevel=3)
        return partition.value

    def _apply_to_states(self, X: Any, function: TypedRowFunction) -> Floats:
        """Return one number a row, and warn of rows that are no states of the model."""
        between = False

        def watching(dtype: torch.dtype) -> RowFunction:
            measure = function(dtype)

            def measured(x: Tensor, observed: Tensor | None) -> Tensor:
                nonlocal between
                between = between or not self._are_states(x)
                return measure(x, observed)

            return measured

        found = self._apply(X, watching, None)
        if between:
            warnings.warn(_NO_STATES, stacklevel=4)
        return found


def of_complete_rows(measure: Callable[[Tensor], Tensor], what: str) -> RowFunction:
    """Return a function of rows that refuses those with missing entries.

    Parameters
    ----------
    measure : callable
        From rows to one number each.
    what : str
        What has no closed form where an entry is missing.
    """
    done = 0

    def measured(x: Tensor, observed: Tensor | None) -> Tensor:
        nonlocal done
        if observed is not None:
            row, column = (observed == 0).nonzero()[0].tolist()
            raise DataError(
                f"row {done + row} lacks column {column}, and the {what} of a row with missing "
                "entries has no closed form: fill them by impute, or leave such rows out"
            )
        done += len(x)
        return measure(x)

    return measured


class RestrictedEstimator(PartitionedEstimator):
    """Base of those whose log Z is that of a restricted Boltzmann machine."""

    @property
    @abstractmethod
    def _undirected(self) -> RBMModule:
        """The machine whose log Z it is."""

    def _machinery(self) -> Machinery:
        return rbm_likelihood.machinery(self._undirected)

    def _are_states(self, x: Tensor) -> bool:
        return bool(self.module_.layer.are_states(x))
