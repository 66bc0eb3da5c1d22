"""The deep Boltzmann machine as a module: a restricted one between its even and its odd layers."""

from collections.abc import Sequence
from itertools import pairwise
from typing import final

import torch
from torch import Generator, Tensor, nn

from embudo.kernels import deep
from embudo.kernels.contrast import Moments, Phase, linked
from embudo.kernels.deep import Deep
from embudo.kernels.energies import Machine
from embudo.kernels.mean_field import Effort, downward, posterior, posterior_with_gaps
from embudo.kernels.units import Bernoulli, Mixed
from embudo.modules.learning import Learning, Rows
from embudo.modules.rbm import RBMModule
from embudo.modules.twin_rbm import TwinRBMModule

_RAREST = 1e-3  # rates are kept this far from 0 and 1 before their logarithm is taken
_OFFSET_DECAY = 0.99  # of the moving averages of means that centring uses
_INFERENCE = Effort(sweeps=200, tolerance=1e-6)


@final
class DBMModule(RBMModule):
    """A deep Boltzmann machine of given sizes.

    Chains, annealing and gradient are those of the restricted machine between the even layers
    (the visible one first) and the odd ones. Only the positive phase is another: given the data,
    the hidden layers take the means that :mod:`embudo.kernels.mean_field` finds.

    Parameters
    ----------
    columns : sequence of (name, n_states, count)
        The kinds of the data's columns, equal neighbours counted together.
    hidden : sequence of int
        Units of each hidden layer, from the lowest to the topmost; all are Bernoulli units.
    n_chains, n_temperatures : int
    pretrained : bool, default=True
        Whether there are machines to pretrain the layers.
    """

    def __init__(
        self,
        columns: Sequence[tuple[str, int, int]],
        hidden: Sequence[int],
        n_chains: int,
        n_temperatures: int = 1,
        pretrained: bool = True,
    ) -> None:
        even, odd = sum(hidden[1::2]), sum(hidden[::2])
        super().__init__(columns, odd, "bernoulli", n_chains, n_temperatures, n_latent=even)
        self.config = {
            "columns": [list(run) for run in columns],
            "hidden": list(hidden),
            "n_chains": n_chains,
            "n_temperatures": n_temperatures,
            "pretrained": pretrained,
        }
        self.hidden_sizes = tuple(hidden)
        self.register_buffer("links", deep.links(self.sizes), persistent=False)
        self.below = nn.ModuleList(
            _pretraining(columns, hidden, n_chains) if pretrained and len(hidden) > 1 else []
        )

    @property
    def sizes(self) -> tuple[int, ...]:
        """Units of each layer, the visible one first."""
        return (self.layer.n_units, *self.hidden_sizes)

    @property
    def pretraining(self) -> list[TwinRBMModule]:
        """The machines that pretrain the layers, from the lowest to the topmost, if any."""
        return [rbm for rbm in self.below if isinstance(rbm, TwinRBMModule)]

    @property
    def base_bias(self) -> Tensor:
        """Biases of the even layers of the weightless machine that gives each unit its mean."""
        found, n = super().base_bias, self.layer.n_units
        found[n:] = self.visible_offset[n:].clamp(_RAREST, 1 - _RAREST).logit()
        return found

    def initialise(self, mean: Tensor, scale: Tensor, rates: Tensor, generator: Generator) -> None:
        """Start from the data: small weights, base rates, chains where those put them."""
        even = torch.full((len(self.visible_offset) - len(rates),), 0.5, dtype=rates.dtype)
        super().initialise(mean, scale, torch.cat((rates, even.to(rates.device))), generator)
        if self.links is not None:
            self.weight.mul_(self.links)
        if self.pretraining:
            self.pretraining[0].initialise(mean, scale, rates, generator)

    def start_from(self, rbm: RBMModule, generator: Generator) -> None:
        """Start as a machine of one hidden layer that has learned; those above hardly count yet.

        Their weights stay small, so that the likelihood is at first that machine's.
        """
        self.layer.load_state_dict(rbm.layer.state_dict())
        n, m = rbm.weight.shape
        self.weight[:n, :m] = rbm.weight
        self.visible_bias[:n] = rbm.visible_bias
        self.visible_offset[:n] = rbm.visible_offset
        self.hidden_bias[:m] = rbm.hidden_bias
        self.hidden_offset[:m] = rbm.hidden_offset
        self.start_chains(generator)
        self.chains[:, :m] = rbm.chains[torch.arange(len(self.chains)) % len(rbm.chains)]

    def compose(self, generator: Generator) -> None:
        """Put the pretrained machines together, and start the chains anew.

        A layer between two machines hears half of what it heard in each, as the copies that made
        up for the other one fall away; so a machine in the middle, which had none, gives half its
        weights.
        """
        parts, rbms = self.deep(), self.pretraining
        last = len(rbms) - 1
        for layer, rbm in enumerate(rbms):
            halved = 0.5 if 0 < layer < last else 1.0
            parts.weights[layer].copy_(rbm.weight.data * halved)
        parts.biases[0].copy_(rbms[0].visible_bias.data)
        parts.biases[-1].copy_(rbms[-1].hidden_bias.data)
        for bias, (lower, upper) in zip(parts.biases[1:-1], pairwise(rbms), strict=True):
            bias.copy_((lower.hidden_bias.data + upper.visible_bias.data) / 2)
        self.start_chains(generator)

    def machine(self, dtype: torch.dtype = torch.float32) -> Machine:
        """Return the parameters as plain tensors of a type, between even and odd layers."""
        machine, n = super().machine(dtype), self.layer.n_units
        n_latent = len(machine.visible_bias) - n
        if self.layer.is_plain or not n_latent:
            return machine
        even = Mixed(((self.layer.unit, n), (Bernoulli(), n_latent)))
        return machine._replace(visible=even)

    def deep(self, dtype: torch.dtype = torch.float32) -> Deep:
        """Return the same layer by layer; in float32, as views of the parameters."""
        return deep.split(super().machine(dtype), self.sizes, self.layer.unit)

    def posterior(
        self, x: Tensor, observed: Tensor | None = None, effort: Effort = _INFERENCE
    ) -> list[Tensor]:
        """Return the means of all layers given rows of data; missing units are as hidden ones."""
        v, seen = self.layer.encode(x, observed)
        return self._posterior(v, seen, effort)

    def encode(
        self, x: Tensor, observed: Tensor | None, depth: int, effort: Effort = _INFERENCE
    ) -> Tensor:
        """Return the means of the hidden layer ``depth`` (from 1)."""
        return self.posterior(x, observed, effort)[depth]

    def decode(self, h: Tensor, depth: int, effort: Effort = _INFERENCE) -> Tensor:
        """Return the visible units' means given the hidden layer ``depth``, those above left out.

        They are found by mean field where there are layers between.
        """
        return downward(h, depth, self.deep(h.dtype), effort)

    def variational_free_energy(self, x: Tensor, effort: Effort = _INFERENCE) -> Tensor:
        """Return what is at least ``-log(p(x) Z)`` of each row, in nats, on the data's scale."""
        v, *means = self.posterior(x, effort=effort)
        bound = deep.lower_bound(v, means, self.machine(v.dtype))
        return self.layer.log_scale.to(v.dtype).sum() - bound

    def states_of(self, x: Tensor, observed: Tensor | None) -> tuple[Tensor, Tensor]:
        """Carry rows to states of the even layers, of which the hidden ones are not observed."""
        v, seen = self.layer.encode(x, observed)
        even = v.new_zeros(len(v), len(self.visible_bias) - v.shape[1])
        seen = torch.ones_like(v) if seen is None else seen
        return torch.cat((v, even), 1), torch.cat((seen, even), 1)

    def rows_of(self, v: Tensor) -> Tensor:
        """Carry states or means of the even layers to rows."""
        return self.layer.decode(v[:, : self.layer.n_units])

    def _posterior(self, v: Tensor, seen: Tensor | None, effort: Effort) -> list[Tensor]:
        if seen is None:
            return [v, *posterior(v, self.deep(v.dtype), effort)]
        return posterior_with_gaps(v, seen, self.deep(v.dtype), effort)

    def _inputs(
        self, batch: Rows, learning: Learning, generator: Generator
    ) -> tuple[Tensor, Tensor | None, Tensor | None]:
        """Return rows with the means of the even hidden layers beside them, and of what is missing.

        The means of the odd layers, which follow from these, are the last step of mean field.
        """
        v, weight, seen = super()._inputs(batch, learning, generator)
        even, _ = deep.sides(self._posterior(v, seen, Effort(learning.mean_field)))
        n = v.shape[1]
        hidden = even[:, n:].to(torch.promote_types(even.dtype, torch.float32))
        mean = hidden.mean(0) if weight is None else weight @ hidden / weight.sum()
        self.visible_offset[n:].lerp_(mean.float(), 1 - _OFFSET_DECAY)
        return even, weight, None

    def _contrast(
        self, batch: Rows, machine: Machine, generator: Generator, learning: Learning
    ) -> tuple[Moments, Phase, Tensor | None]:
        found, data, drawn = super()._contrast(batch, machine, generator, learning)
        return found._replace(weight=linked(found.weight, self.links)), data, drawn


def _pretraining(
    columns: Sequence[tuple[str, int, int]], hidden: Sequence[int], n_chains: int
) -> list[TwinRBMModule]:
    found = []
    for number, size in enumerate(hidden):
        lowest, topmost = number == 0, number == len(hidden) - 1
        twins = {"twin_visible": lowest, "twin_hidden": topmost}
        found.append(TwinRBMModule(columns, size, n_chains, **twins))
        columns = [("bernoulli", 1, size)]
    return found
