"""Energy and free energy of a restricted Boltzmann machine with exponential-family units.

    E(v, h) = sum_i base(v_i) - a v - b h - v W h
    F(v)    = -log sum_h exp(-E(v, h)) = sum_i base(v_i) - a v - sum_j A(b_j + (v W)_j)

Smolensky (1986); for units of the exponential family Welling, Rosen-Zvi and Hinton (2004).
"""

from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from embudo.kernels.units import Unit


class Machine(NamedTuple):
    """An RBM as plain tensors: weights, both biases, and the kinds of its units."""

    weight: Float[Tensor, "visible hidden"]
    visible_bias: Float[Tensor, " visible"]
    hidden_bias: Float[Tensor, " hidden"]
    visible: Unit
    hidden: Unit

    def to(self, dtype: torch.dtype) -> "Machine":
        """Return the machine with its tensors in another precision."""
        weight, visible_bias, hidden_bias = (t.to(dtype) for t in self[:3])
        return self._replace(weight=weight, visible_bias=visible_bias, hidden_bias=hidden_bias)

    def transposed(self) -> "Machine":
        """Return the same machine with its layers exchanged."""
        return Machine(
            self.weight.t(), self.hidden_bias, self.visible_bias, self.hidden, self.visible
        )


def hidden_field(
    v: Float[Tensor, "batch visible"], machine: Machine
) -> Float[Tensor, "batch hidden"]:
    """Return ``v W + b``, the field that the visible layer gives each hidden unit."""
    return torch.addmm(machine.hidden_bias, v, machine.weight)


def visible_field(
    h: Float[Tensor, "batch hidden"], machine: Machine
) -> Float[Tensor, "batch visible"]:
    """Return ``h W' + a``, the field that the hidden layer gives each visible unit."""
    return torch.addmm(machine.visible_bias, h, machine.weight.t())


def hidden_given(
    v: Float[Tensor, "batch visible"], machine: Machine
) -> Float[Tensor, "batch hidden"]:
    """Return ``p(h | v)``, as one parameter for each unit."""
    return machine.hidden.given_(hidden_field(v, machine))


def visible_given(
    h: Float[Tensor, "batch hidden"], machine: Machine
) -> Float[Tensor, "batch visible"]:
    """Return ``p(v | h)``, as one parameter for each unit."""
    return machine.visible.given_(visible_field(h, machine))


def hidden_mean(
    v: Float[Tensor, "batch visible"], machine: Machine
) -> Float[Tensor, "batch hidden"]:
    """Return ``E[h | v]``."""
    return machine.hidden.mean(hidden_given(v, machine))


def visible_mean(
    h: Float[Tensor, "batch hidden"], machine: Machine
) -> Float[Tensor, "batch visible"]:
    """Return ``E[v | h]``."""
    return machine.visible.mean(visible_given(h, machine))


def energy(
    v: Float[Tensor, "batch visible"], h: Float[Tensor, "batch hidden"], machine: Machine
) -> Float[Tensor, " batch"]:
    """Return E(v, h) of each pair of states."""
    bases = machine.visible.base(v).sum(1) + machine.hidden.base(h).sum(1)
    return bases - v @ machine.visible_bias - (h * hidden_field(v, machine)).sum(1)


def free_energy(
    v: Float[Tensor, "batch visible"],
    machine: Machine,
    observed: Float[Tensor, "batch visible"] | None = None,
) -> Float[Tensor, " batch"]:
    """Return F(v), with ``p(v) = exp(-F(v)) / Z``.

    Where ``observed`` is 0 the entry is missing (``v`` must be 0 there) and the unit is absent
    from that row's machine.
    """
    base = machine.visible.base(v)
    if observed is not None:
        base = base * observed
    hidden = machine.hidden.log_normaliser(hidden_field(v, machine))
    return base.sum(1) - v @ machine.visible_bias - hidden
