"""The deep Boltzmann machine: layers of units, each joined to the one below and the one above.

    E(s0, .., sL) = sum_l (base(s_l) - b_l s_l) - sum_l s_l W_l s_(l+1)

with ``s0`` visible. Given the even layers the odd ones are independent of each other, and the
other way round: the machine is a restricted one between its even and its odd layers, whose chains,
annealing and enumeration serve it as they are. Salakhutdinov and Hinton (2009).
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from embudo.kernels.energies import Machine, energy
from embudo.kernels.units import Unit


class Deep(NamedTuple):
    """A deep Boltzmann machine, layer by layer.

    ``weights[l]`` has the shape (layer l, layer l + 1). A bias may differ from row to row, with the
    shape (batch, layer).
    """

    weights: tuple[Tensor, ...]
    biases: tuple[Tensor, ...]
    units: tuple[Unit, ...]

    def flipped(self) -> "Deep":
        """Return the same machine upside down."""
        return Deep(tuple(w.t() for w in self.weights[::-1]), self.biases[::-1], self.units[::-1])

    def below(self, layer: int) -> "Deep":
        """Return the machine of the layers up to this one, as if there were none above."""
        return Deep(self.weights[:layer], self.biases[: layer + 1], self.units[: layer + 1])

    def given_lowest(self, state: Float[Tensor, "batch lowest"]) -> "Deep":
        """Return ``p(s1, .., sL | s0)``: a machine without the lowest layer, of row-wise bias."""
        first = torch.addmm(self.biases[1], state, self.weights[0])
        return Deep(self.weights[1:], (first, *self.biases[2:]), self.units[1:])


def stretches(sizes: Sequence[int]) -> list[slice]:
    """Return where each layer stands among the units of its side, even or odd."""
    ends = [0, 0]
    found = []
    for layer, size in enumerate(sizes):
        start = ends[layer % 2]
        ends[layer % 2] += size
        found.append(slice(start, start + size))
    return found


def split(machine: Machine, sizes: Sequence[int], lowest: Unit) -> Deep:
    """Return the layers of a machine between even (visible) and odd (hidden) ones, as views.

    Parameters
    ----------
    machine : Machine
    sizes : sequence of int
        Units of each layer, from the lowest on.
    lowest : Unit
        Kind of the lowest layer; all others are as the machine's hidden units.
    """
    places = stretches(sizes)
    sides = (machine.visible_bias, machine.hidden_bias)
    weights = tuple(
        machine.weight[low, high] if layer % 2 == 0 else machine.weight[high, low].t()
        for layer, (low, high) in enumerate(pairwise(places))
    )
    biases = tuple(sides[layer % 2][place] for layer, place in enumerate(places))
    return Deep(weights, biases, (lowest, *[machine.hidden] * (len(sizes) - 1)))


def links(sizes: Sequence[int]) -> Float[Tensor, "even odd"] | None:
    """Return 1 where units of both sides are joined, 0 elsewhere; None if all of them are."""
    if len(sizes) < 4:
        return None
    places = stretches(sizes)
    found = torch.zeros(sum(sizes[::2]), sum(sizes[1::2]))
    for layer, pair in enumerate(pairwise(places)):
        found[pair if layer % 2 == 0 else pair[::-1]] = 1
    return found


def field(
    states: Sequence[Float[Tensor, "batch _"]], layer: int, machine: Deep
) -> Float[Tensor, "batch units"]:
    """Return the field that both neighbours of a layer give its units."""
    total = machine.biases[layer]
    if layer:
        total = torch.addmm(total, states[layer - 1], machine.weights[layer - 1])
    if layer < len(machine.weights):
        total = torch.addmm(total, states[layer + 1], machine.weights[layer].t())
    return total


def sides(
    states: Sequence[Float[Tensor, "batch _"]],
) -> tuple[Float[Tensor, "batch even"], Float[Tensor, "batch odd"]]:
    """Return the states of all layers as those of the even ones and those of the odd ones."""
    return torch.cat(list(states[::2]), 1), torch.cat(list(states[1::2]), 1)


def lower_bound(
    v: Float[Tensor, "batch visible"],
    means: Sequence[Float[Tensor, "batch _"]],
    machine: Machine,
) -> Float[Tensor, " batch"]:
    """Return ``E_q[-E(v, h)] + H(q)``, which with log Z subtracted is at most ``log p(v)``.

    It falls short of it by the divergence from ``q`` to ``p(h | v)``.

    Parameters
    ----------
    v : Tensor of shape (batch, visible)
    means : sequence of Tensor of shape (batch, layer)
        Of ``q``, under which all hidden units are independent and on with these probabilities.
    machine : Machine
        Between even and odd layers.
    """
    even, odd = sides((v, *means))
    entropy = sum((_entropy(mean) for mean in means), v.new_zeros(len(v)))
    return entropy - energy(even, odd, machine)


def _entropy(mean: Tensor) -> Tensor:
    total: Tensor = torch.special.entr(mean) + torch.special.entr(1 - mean)
    return total.sum(1)
