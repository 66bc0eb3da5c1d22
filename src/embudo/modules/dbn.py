"""The deep belief network as a module: a stack of restricted Boltzmann machines."""

from collections.abc import Sequence

import torch
from torch import Generator, Tensor, nn

from embudo.kernels import chains
from embudo.kernels.energies import (
    Machine,
    hidden_mean,
    visible_given,
    visible_mean,
)
from embudo.modules.learning import HiddenKind
from embudo.modules.rbm import RBMModule
from embudo.modules.visible import VisibleLayer


class DBNModule(nn.Module):
    """A stack of given sizes.

    The topmost machine is undirected, those below it are directed downwards: ``p(v, h1, .., hL) =
    p(v | h1) p(h1 | h2) .. p(hL-1, hL)``. On the way up ``q(h1 | v) q(h2 | h1) ..`` stands in for
    the posterior, with the transposed weights unless fine-tuning gave it its own.

    Parameters
    ----------
    columns : sequence of (name, n_states, count)
        The kinds of the data's columns, equal neighbours counted together.
    hidden : sequence of int
        Units of each hidden layer, from the lowest to the topmost.
    top : {"bernoulli", "relu", "gaussian"}
        Kind of the topmost layer's units; those between are Bernoulli units.
    n_chains, n_temperatures : int
        Of each machine.
    untied : bool, default=False
        Whether the way up has weights of its own.
    """

    def __init__(
        self,
        columns: Sequence[tuple[str, int, int]],
        hidden: Sequence[int],
        top: HiddenKind,
        n_chains: int,
        n_temperatures: int = 1,
        untied: bool = False,
    ) -> None:
        super().__init__()
        self.config = {
            "columns": [list(run) for run in columns],
            "hidden": list(hidden),
            "top": top,
            "n_chains": n_chains,
            "n_temperatures": n_temperatures,
            "untied": untied,
        }
        below: Sequence[tuple[str, int, int]] = columns
        self.layers = nn.ModuleList()
        for number, size in enumerate(hidden, start=1):
            kind: HiddenKind = top if number == len(hidden) else "bernoulli"
            self.layers.append(RBMModule(below, size, kind, n_chains, n_temperatures))
            below = [("bernoulli", 1, size)]
        self.recognition = nn.ModuleList(
            Recognition(rbm.layer.n_units, rbm.n_hidden) for rbm in self.rbms[:-1] if untied
        )

    @property
    def rbms(self) -> list[RBMModule]:
        """The machines, from the lowest to the topmost."""
        return [rbm for rbm in self.layers if isinstance(rbm, RBMModule)]

    @property
    def top(self) -> RBMModule:
        """The topmost machine."""
        return self.rbms[-1]

    @property
    def layer(self) -> VisibleLayer:
        """The visible layer of the lowest machine."""
        return self.rbms[0].layer

    @property
    def n_columns(self) -> int:
        """How many columns its data have."""
        return self.rbms[0].n_columns

    @property
    def hidden_sizes(self) -> tuple[int, ...]:
        """Units of each hidden layer, from the lowest to the topmost."""
        return tuple(rbm.n_hidden for rbm in self.rbms)

    @property
    def n_hidden(self) -> int:
        """Units of the topmost layer."""
        return self.top.n_hidden

    def up_machines(self, dtype: torch.dtype = torch.float32) -> list[Machine]:
        """Return the machines whose ``p(h | v)`` leads up."""
        machines = [rbm.machine(dtype) for rbm in self.rbms]
        for number, own in enumerate(self.recognition):
            assert isinstance(own, Recognition)
            tied = machines[number]
            machines[number] = tied._replace(
                weight=own.weight.detach().to(dtype), hidden_bias=own.bias.detach().to(dtype)
            )
        return machines

    def mirror(self, depth: int, generator: Generator) -> None:
        """Start a layer (from 0) at the transposed weights of the one below.

        Its marginal of what lies between is then that of the machine below, so that the bound on
        the likelihood stays where it was (Hinton, Osindero and Teh 2006). Units beyond those of
        the layer two below keep their small random weights.
        """
        below, rbm = self.rbms[depth - 1], self.rbms[depth]
        n = below.layer.n_units
        rbm.weight[:, :n] = below.weight.t()
        rbm.visible_bias.copy_(below.hidden_bias)
        rbm.hidden_bias[:n] = below.visible_bias
        rbm.hidden_offset[:n] = below.visible_offset
        rbm.start_chains(generator)

    def untie(self) -> None:
        """Start the weights of the way up from those of the way down."""
        for rbm, own in zip(self.rbms, self.recognition, strict=False):
            assert isinstance(own, Recognition)
            own.weight.data.copy_(rbm.weight.data)
            own.bias.data.copy_(rbm.hidden_bias.data)

    def encode(
        self, x: Tensor, observed: Tensor | None, depth: int, resample: Generator | None = None
    ) -> Tensor:
        """Return the means of the hidden layer ``depth`` (from 1), each layer given the last's.

        With ``resample`` the values of Bernoulli columns are probabilities, from which it draws
        states first.
        """
        v, _ = self.layer.encode(x, observed)
        if resample is not None:
            v = self.layer.resample(v, resample)
        for machine in self.up_machines(x.dtype)[:depth]:
            v = hidden_mean(v, machine)
        return v

    def decode(self, h: Tensor, depth: int) -> Tensor:
        """Return the visible units' means from states or means of the hidden layer ``depth``."""
        for rbm in reversed(self.rbms[:depth]):
            h = visible_mean(h, rbm.machine(h.dtype))
        return h

    def sample_down(self, h: Tensor, depth: int, generator: Generator, means: bool) -> Tensor:
        """Return rows drawn from the hidden layer ``depth``, or the last step's means."""
        given = h
        for number, rbm in reversed(list(enumerate(self.rbms[:depth]))):
            machine = rbm.machine()
            given = visible_given(h, machine)
            h = machine.visible.sample(given, generator)
            if number == 0 and means:
                h = machine.visible.mean(given)
        return self.layer.decode(h)

    def sample(
        self, n_samples: int, steps: int, generator: Generator, means: bool = False
    ) -> Tensor:
        """Return rows on the data's scale: the topmost machine's chain, then one pass down."""
        machine = self.top.machine()
        h = chains.from_base_rates(machine, n_samples, generator)
        end = chains.run(h, machine, steps, generator)
        if len(self.rbms) == 1:
            v = machine.visible.mean(end.visible_given) if means else end.visible
            return self.layer.decode(v)
        return self.sample_down(end.visible, len(self.rbms) - 1, generator, means)


class Recognition(nn.Module):
    """Weights of one layer of the way up, where they are not those of the way down."""

    def __init__(self, n_visible: int, n_hidden: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(n_visible, n_hidden), requires_grad=False)
        self.bias = nn.Parameter(torch.zeros(n_hidden), requires_grad=False)
