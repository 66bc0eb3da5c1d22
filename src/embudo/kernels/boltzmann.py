"""The Boltzmann machine: units of 0 and 1 that may all be joined to each other.

    E(s) = -1/2 s' L s - b s,    p(s) = exp(-E(s)) / Z

``s`` holds the visible units, then the hidden ones; ``L`` is symmetric and its diagonal 0. Ackley,
Hinton and Sejnowski (1985). Which couplings there may be, ``lateral`` says: always those between
the layers, and those within the visible layer, the hidden one, or both. A layer without couplings
inside is *free*: given the other layer its units do not depend on each other, so that they are
updated at once, and summed out in closed form.
"""

from typing import Literal, NamedTuple, TypeAlias

import torch
from jaxtyping import Float
from torch import Tensor

from embudo.kernels.energies import Machine
from embudo.kernels.units import Bernoulli

Lateral: TypeAlias = Literal["both", "visible", "hidden", "none"]
"""Within which layers units are joined."""


class Boltzmann(NamedTuple):
    """A Boltzmann machine as plain tensors.

    Attributes
    ----------
    coupling : Tensor of shape (units, units)
        Symmetric, 0 on its diagonal and wherever ``lateral`` allows no coupling.
    bias : Tensor of shape (units,)
    n_visible : int
        The first units are the visible ones.
    lateral : {"both", "visible", "hidden", "none"}
    """

    coupling: Float[Tensor, "unit unit"]
    bias: Float[Tensor, " unit"]
    n_visible: int
    lateral: Lateral

    @property
    def visible(self) -> slice:
        """Where the visible units stand."""
        return slice(0, self.n_visible)

    @property
    def hidden(self) -> slice:
        """Where the hidden units stand."""
        return slice(self.n_visible, len(self.bias))

    @property
    def visible_is_free(self) -> bool:
        """Whether no two visible units are joined."""
        return self.lateral in ("hidden", "none")

    @property
    def hidden_is_free(self) -> bool:
        """Whether no two hidden units are joined."""
        return self.lateral in ("visible", "none")

    def to(self, dtype: torch.dtype) -> "Boltzmann":
        """Return the machine with its tensors in another precision."""
        return self._replace(coupling=self.coupling.to(dtype), bias=self.bias.to(dtype))

    def at(self, beta: float, base_bias: Float[Tensor, " unit"]) -> "Boltzmann":
        """Return the machine on the way from one without couplings (0) to this one (1)."""
        bias = torch.lerp(base_bias, self.bias, beta)
        return self._replace(coupling=self.coupling * beta, bias=bias)

    def split(self) -> tuple[slice, slice]:
        """Return which units have to be listed, and which are free of each other given those.

        The free ones are none if both layers have couplings inside, and the larger layer if
        neither has.
        """
        n_hidden = len(self.bias) - self.n_visible
        if self.visible_is_free and not (self.hidden_is_free and n_hidden > self.n_visible):
            return self.hidden, self.visible
        if self.hidden_is_free:
            return self.visible, self.hidden
        return slice(0, len(self.bias)), slice(0, 0)

    def restricted(self) -> Machine:
        """Return the couplings between the layers, and the biases, as an RBM."""
        bias = self.bias
        weight = self.coupling[self.visible, self.hidden]
        return Machine(weight, bias[self.visible], bias[self.hidden], Bernoulli(), Bernoulli())


def allowed(n_visible: int, n_hidden: int, lateral: Lateral) -> Float[Tensor, "unit unit"]:
    """Return 1 where two units may be joined, else 0."""
    n = n_visible + n_hidden
    mask = torch.ones(n, n).fill_diagonal_(0)
    if lateral in ("hidden", "none"):
        mask[:n_visible, :n_visible] = 0
    if lateral in ("visible", "none"):
        mask[n_visible:, n_visible:] = 0
    return mask


def energy(state: Float[Tensor, "batch unit"], machine: Boltzmann) -> Float[Tensor, " batch"]:
    """Return E(s) of each state; of probabilities, its mean over independent units."""
    return -(state * (state @ machine.coupling / 2 + machine.bias)).sum(1)


def given_all_others(
    state: Float[Tensor, "batch unit"], machine: Boltzmann, units: slice
) -> Float[Tensor, "batch some"]:
    """Return ``p(s_i = 1 | all other units)`` for some of the units."""
    field = torch.addmm(machine.bias[units], state, machine.coupling[:, units])
    return field.sigmoid_()
