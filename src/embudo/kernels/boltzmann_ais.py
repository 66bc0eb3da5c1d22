"""The way along which a Boltzmann machine's log Z is annealed.

It leads from a machine without couplings to the machine itself, by

    E_beta(s) = -beta/2 s' L s - ((1 - beta) b0 + beta b) s

A layer that is free given the others is summed out of the weights.
"""

from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Generator, Tensor
from torch.nn.functional import softplus

from embudo.kernels.boltzmann import Boltzmann
from embudo.kernels.boltzmann_sweeps import annealed_sweep
from embudo.kernels.noise import bernoulli


class BoltzmannPath(NamedTuple):
    """From a machine without couplings to one with them; see :class:`embudo.kernels.ais.Path`.

    Attributes
    ----------
    machine : Boltzmann
    base_bias : Tensor of shape (units,)
        Biases of the machine without couplings, best the data's base rates.
    """

    machine: Boltzmann
    base_bias: Float[Tensor, " unit"]

    def start(self, n_chains: int, generator: Generator) -> Float[Tensor, "chain unit"]:
        """Draw states of the machine without couplings."""
        return bernoulli(self.base_bias.sigmoid().expand(n_chains, -1).contiguous(), generator)

    def log_partition_at_start(self) -> float:
        """Return log Z of the machine without couplings."""
        return float(softplus(self.base_bias.double()).sum())

    def advance(
        self, state: Float[Tensor, "chain unit"], here: float, there: float, generator: Generator
    ) -> tuple[Float[Tensor, " chain"], Float[Tensor, "chain unit"]]:
        """Go from one inverse temperature to the next, by a sweep over the units."""
        gain = self._gain(state, here, there)
        return gain, annealed_sweep(state, self.machine.at(there, self.base_bias), generator)

    def _gain(self, state: Tensor, here: float, there: float) -> Tensor:
        """Return the log of the masses' quotient at two temperatures, of the listed units."""
        units, free = self.machine.split()
        towards, coupling = self.machine.bias - self.base_bias, self.machine.coupling
        s = state[:, units]
        inner = torch.mm(s, coupling[units, units] / 2) + towards[units]
        gained = (there - here) * (s * inner).double().sum(1)
        if not free.stop:
            return gained
        field = torch.addmm(towards[free], s, coupling[units, free]).double()
        base = self.base_bias[free].double()
        change = softplus(base + there * field) - softplus(base + here * field)
        return gained + change.sum(1)
