"""The tempered sampler."""

from typing import Any, final

import torch
from torch import Tensor

from embudo.errors import ParameterError
from embudo.estimators.energy import EnergyEstimator
from embudo.estimators.inputs import Floats, as_array, check_counts
from embudo.estimators.samplers.sampler import Sampler
from embudo.kernels import tempering
from embudo.kernels.energies import hidden_field
from embudo.kernels.tempering import Ladder, Replicas

_DEFAULT_TEMPERATURES = 10
_FIRST_ROUND = 4  # sweeps before the temperatures move for the first time


@final
class Tempered(Sampler):
    """Chains that exchange states with replicas at higher temperatures (parallel tempering).

    At the warm end, where the model has no weights, states are drawn afresh in every sweep; those
    that reach the cold end come from anywhere the model puts probability, in the right proportion.
    A sweep costs ``n_temperatures`` times that of :class:`Gibbs`. The temperatures are placed
    during the burn-in, so that all neighbours exchange equally often (Syed et al. 2022).

    Parameters
    ----------
    model : RBM
        A fitted one; the sampler follows it if it learns on.
    n_temperatures : int, optional
        Inverse temperatures from 0 to 1; by default those that the model was trained with by
        ``algorithm="pt"``, otherwise 10.
    n_chains : int, default=100
        Independent ladders of replicas, moved together.
    burn_in : int, default=1000
        Sweeps before the first row.
    thin : int, default=1
        Sweeps from one row of a chain to its next.
    start : array of shape (n_chains, n_features), optional
        Rows to start from at every temperature, NaN where one is missing; by default the
        warm end's distribution.
    random_state : int, optional
        Seed; by default that of the fit.

    Attributes
    ----------
    betas_ : array of shape (n_temperatures,)
        Inverse temperatures, rising from 0 to 1.
    acceptance_ : array of shape (n_temperatures - 1,)
        How often neighbours exchanged since the burn-in, NaN before the first draw; below about
        0.2 more temperatures are worth their cost.
    n_arrivals_ : int
        How many fresh states came from the warm end to the cold one since the burn-in. With as
        few of them as there are chains, the rows still show where the chains started.
    n_sweeps_ : int
        Sweeps that each chain has made so far.
    free_energies_ : array of shape (n, n_chains)
        Free energies of the rows of the last draw, in nats.

    Examples
    --------
    >>> from embudo import RBM, Tempered
    >>> from sklearn.datasets import load_digits
    >>> rbm = RBM(n_components=32, epochs=2, random_state=0).fit(load_digits().data / 16)
    >>> sampler = Tempered(rbm, n_chains=50, burn_in=100, thin=10)
    >>> sampler.draw(20).shape
    (20, 50, 64)
    >>> bool(sampler.acceptance_.min() > 0.5)
    True
    """

    def __init__(
        self,
        model: EnergyEstimator,
        *,
        n_temperatures: int | None = None,
        n_chains: int = 100,
        burn_in: int = 1000,
        thin: int = 1,
        start: Any = None,
        random_state: int | None = None,
    ) -> None:
        super().__init__(model, n_chains, burn_in, thin, random_state)
        betas = _betas(model, n_temperatures).to(self._machine.weight.device)
        self._ladder = Ladder(self._machine, model.module_.warm_bias, betas)
        self._h = self._first_hidden(self._start(start))
        self._fresh = torch.zeros_like(self._h[..., 0], dtype=torch.bool)
        self._parity = 0
        self._forget()

    @property
    def betas_(self) -> Floats:
        """Inverse temperatures, rising from 0 to 1."""
        return as_array(self._ladder.betas)

    @property
    def acceptance_(self) -> Floats:
        """How often each pair of neighbours exchanged."""
        return as_array(self._rates[0] / self._rates[1])

    def _forget(self) -> None:
        """Begin to count anew."""
        self._rates = self._ladder.betas.new_zeros(2, len(self._ladder.betas) - 1)
        self.n_arrivals_ = 0

    def _first_hidden(self, v: Tensor | None) -> Tensor:
        if v is None:
            return tempering.from_base_rates(self._ladder, self.n_chains, self._generator)
        field = hidden_field(v, self._machine).expand(len(self._ladder.betas), -1, -1)
        return tempering.hidden_states(field, self._ladder, self._generator)

    def _burn_in(self) -> None:
        """Sweep in rounds, each twice as long as the last, and even the ladder out between them."""
        left, length = self.burn_in, _FIRST_ROUND
        while left > 0:
            steps = left if left < 2 * length else length
            self._advance(steps)
            if left > steps:
                acceptance = self._rates[0] / self._rates[1]
                betas = tempering.evened_betas(self._ladder.betas, acceptance)
                self._ladder = self._ladder._replace(betas=betas)
            self._forget()
            left, length = left - steps, 2 * length

    def _advance(self, steps: int) -> Tensor:
        for _ in range(steps):
            end = tempering.sweep(self._h, self._ladder, self._parity, self._generator)
            self._h = tempering.hidden_states(end.field, self._ladder, self._generator)
            self._parity = 1 - self._parity
            self._count(end)
        return end.visible[-1]

    def _count(self, end: Replicas) -> None:
        tried = ~end.acceptance.isnan()
        self._rates += torch.stack((end.acceptance.nan_to_num(), tried.to(self._rates)))
        self._fresh[0] = True  # what stood at the warm end was drawn without regard to the past
        self._fresh = self._fresh.gather(0, end.source)
        self.n_arrivals_ += int(self._fresh[-1].sum())
        self._fresh[-1] = False


def _betas(model: EnergyEstimator, n_temperatures: int | None) -> Tensor:
    trained = model.module_.tempered
    if n_temperatures is None:
        if trained is not None:
            return trained.betas.clone()
        n_temperatures = _DEFAULT_TEMPERATURES
    check_counts(n_temperatures=n_temperatures)
    if n_temperatures < 2:
        raise ParameterError(
            f"n_temperatures must be at least 2, but is {n_temperatures}; for chains at one "
            "temperature take Gibbs"
        )
    return tempering.even_betas(n_temperatures)
