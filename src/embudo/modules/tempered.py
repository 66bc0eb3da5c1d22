"""Tempered chains that live through a training, and the ladder that they stand on."""

import torch
from torch import Generator, Tensor, nn

from embudo.kernels import tempering
from embudo.kernels.energies import Machine
from embudo.kernels.noise import fast_bernoulli
from embudo.kernels.tempering import Ladder

WARM_SHARE = 0.5
"""Share of the base rates' biases that the machine at the warm end has.

All of them would start nearer to the model, but let the commonest of several clusters outweigh
the others along the way; none would need many more temperatures where units are seldom on.
"""

_RECENT = 0.95  # what an acceptance keeps of its weight with every new one of its pair
_ADAPTATION = 0.01  # share of the way to evened temperatures that an update goes; slower than above


class TemperedChains(nn.Module):
    """The warmer replicas of persistent chains; the chains themselves are the coldest ones.

    Parameters
    ----------
    n_temperatures : int
        Those of the chains themselves included.
    n_chains, n_hidden : int
    """

    warmer: Tensor
    betas: Tensor
    rates: Tensor
    sweeps: Tensor

    def __init__(self, n_temperatures: int, n_chains: int, n_hidden: int) -> None:
        super().__init__()
        self.register_buffer("warmer", torch.zeros(n_temperatures - 1, n_chains, n_hidden))
        self.register_buffer("betas", tempering.even_betas(n_temperatures))
        # Recent acceptances of each pair of neighbours, summed with weights, and those weights.
        self.register_buffer("rates", torch.zeros(2, n_temperatures - 1))
        self.register_buffer("sweeps", torch.zeros((), dtype=torch.int64))

    @property
    def acceptance(self) -> Tensor:
        """How often each pair of neighbours exchanged recently; one half before the first time."""
        total, weight = self.rates
        return torch.where(weight > 0, total / weight, 0.5)

    def start(self, machine: Machine, base_bias: Tensor, generator: Generator) -> None:
        """Put the warmer replicas where the base rates do."""
        ladder = Ladder(machine, base_bias, self.betas)
        n_chains = self.warmer.shape[1]
        self.warmer.copy_(tempering.from_base_rates(ladder, n_chains, generator)[:-1])

    def run(
        self, chains: Tensor, machine: Machine, base_bias: Tensor, steps: int, generator: Generator
    ) -> tuple[Tensor, Tensor]:
        """Move all replicas on, ``chains`` included, and then the temperatures a little.

        Returns
        -------
        v : Tensor of shape (chains, visible)
            States of the coldest replicas.
        field : Tensor of shape (chains, hidden)
            ``v W + b`` of them.
        """
        ladder = Ladder(machine, base_bias, self.betas)
        h = torch.cat((self.warmer, chains[None])).to(machine.weight.dtype)
        end = tempering.run(h, ladder, steps, int(self.sweeps), generator, fast_bernoulli)
        h = tempering.hidden_states(end.field, ladder, generator, fast_bernoulli)
        self.warmer.copy_(h[:-1])
        chains.copy_(h[-1])
        self.sweeps += steps
        self._adapt(end.acceptance)
        return end.visible[-1], end.field[-1]

    def _adapt(self, acceptance: Tensor) -> None:
        tried, rates = ~acceptance.isnan(), acceptance.to(self.rates)
        found = torch.stack((rates.nan_to_num(), tried.to(rates)))
        self.rates.copy_(torch.where(tried, torch.lerp(found, self.rates, _RECENT), self.rates))
        self.betas.lerp_(tempering.evened_betas(self.betas, self.acceptance), _ADAPTATION)
