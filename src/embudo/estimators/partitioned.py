"""Estimators whose distribution hangs on a partition function, which can be had."""

from abc import abstractmethod

from sklearn.utils.validation import check_is_fitted
from torch import Generator

from embudo.estimators.base import Estimator
from embudo.estimators.inputs import check_counts
from embudo.modules import likelihood
from embudo.modules.likelihood import Annealing, Method, Partition, Progress
from embudo.modules.rbm import RBMModule


class PartitionedEstimator(Estimator):
    """Base of those that can be asked for their log Z."""

    @abstractmethod
    def _find_partition(
        self,
        method: Method,
        annealing: Annealing,
        generator: Generator,
        progress: Progress | None,
    ) -> Partition:
        """Return log Z of the machine whose it is."""

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
        return self._find_partition(method, annealing, generator, progress)


class RestrictedEstimator(PartitionedEstimator):
    """Base of those whose log Z is that of a restricted Boltzmann machine."""

    @property
    @abstractmethod
    def _undirected(self) -> RBMModule:
        """The machine whose log Z it is."""

    def _find_partition(
        self,
        method: Method,
        annealing: Annealing,
        generator: Generator,
        progress: Progress | None,
    ) -> Partition:
        return likelihood.log_partition(self._undirected, method, annealing, generator, progress)
