"""The plain block Gibbs sampler."""

from typing import Any, final

from torch import Tensor

from embudo.estimators.energy import EnergyEstimator
from embudo.estimators.samplers.sampler import Sampler
from embudo.kernels import chains
from embudo.kernels.energies import hidden_given


@final
class Gibbs(Sampler):
    """Block Gibbs chains: all hidden units given the visible ones, and back.

    The cheapest sampler. Chains of a model with modes far apart stay in one of them for long, which
    :class:`Tempered` remedies.

    Parameters
    ----------
    model : RBM
        A fitted one; the sampler follows it if it learns on.
    n_chains : int, default=100
        Independent chains, moved together.
    burn_in : int, default=1000
        Sweeps before the first row.
    thin : int, default=1
        Sweeps from one row of a chain to its next.
    start : array of shape (n_chains, n_features), optional
        Rows to start from, NaN where one is missing; by default the visible units' base rates.
    random_state : int, optional
        Seed; by default that of the fit.

    Attributes
    ----------
    n_sweeps_ : int
        Sweeps that each chain has made so far.
    free_energies_ : array of shape (n, n_chains)
        Free energies of the rows of the last draw, in nats.

    Examples
    --------
    >>> from embudo import RBM, Gibbs
    >>> from sklearn.datasets import load_digits
    >>> rbm = RBM(n_components=32, epochs=2, random_state=0).fit(load_digits().data / 16)
    >>> sampler = Gibbs(rbm, n_chains=50, burn_in=100, thin=10)
    >>> sampler.draw(20).shape
    (20, 50, 64)
    """

    def __init__(
        self,
        model: EnergyEstimator,
        *,
        n_chains: int = 100,
        burn_in: int = 1000,
        thin: int = 1,
        start: Any = None,
        random_state: int | None = None,
    ) -> None:
        super().__init__(model, n_chains, burn_in, thin, random_state)
        v = self._start(start)
        if v is None:
            self._h = chains.from_base_rates(self._machine, n_chains, self._generator)
        else:
            self._h = self._hidden(hidden_given(v, self._machine))

    def _advance(self, steps: int) -> Tensor:
        end = chains.run(self._h, self._machine, steps, self._generator)
        self._h = self._hidden(end.hidden_given)
        return end.visible

    def _hidden(self, given: Tensor) -> Tensor:
        return self._machine.hidden.sample(given, self._generator)
