"""A Boltzmann machine beside data: what its hidden units, and units not observed, are then.

Exactly, where few enough units have to be listed; else by mean field, which is the best
distribution of independent units, and gives a lower bound of the exact sum (Saul, Jaakkola and
Jordan 1996).
"""

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import softplus

from embudo.kernels.boltzmann import Boltzmann, energy
from embudo.kernels.boltzmann_states import (
    clamped_log_mass,
    clamped_means,
    clamped_pairs,
    held,
    is_enumerable,
)
from embudo.kernels.boltzmann_sweeps import hidden_layer, mean_field, visible_layer

Rows = Float[Tensor, "row visible"]
"""Data: states of the visible units or their probabilities, 0 where missing."""
Seen = Float[Tensor, "row visible"] | None
"""1 where an entry is observed, 0 where it is missing; None if none is missing."""
Means = Float[Tensor, "row unit"]


def listed_beside(machine: Boltzmann, *, holes: bool) -> int:
    """Return how many units have to be listed beside data."""
    if holes:
        return len(machine.bias)
    return 0 if machine.hidden_is_free else len(machine.bias) - machine.n_visible


def is_exact(machine: Boltzmann, *, holes: bool) -> bool:
    """Say whether the sums beside data can be had exactly."""
    return is_enumerable(listed_beside(machine, holes=holes))


def exact_means(v: Rows, machine: Boltzmann, observed: Seen = None) -> Means:
    """Return the mean of every unit given what is observed; observed entries stay as they are."""
    units, field = _fields(v, machine, observed)
    state = _beside(v, machine)
    if observed is None and machine.hidden_is_free:
        state[:, units] = field.sigmoid_()
    else:
        state[:, units] += clamped_means(field, machine.coupling[units, units])
    return state


def exact_pairs(
    v: Rows, machine: Boltzmann, share: Float[Tensor, " row"], observed: Seen = None
) -> tuple[Float[Tensor, " unit"], Float[Tensor, "unit unit"]]:
    """Return the means of ``s`` and ``s s'`` over rows, as the rows count.

    What is held is independent of what is not, so that only the latter's products need a sum.
    """
    mean = exact_means(v, machine, observed)
    pair = mean.t() @ (mean * share[:, None])
    if observed is not None or not machine.hidden_is_free:
        units, field = _fields(v, machine, observed)
        free = (mean - _beside(v, machine))[:, units]
        true = clamped_pairs(field, machine.coupling[units, units], share)
        pair[units, units] += true - free.t() @ (free * share[:, None])
    return share @ mean, pair


def log_mass(v: Rows, machine: Boltzmann, observed: Seen = None) -> Float[Tensor, " row"]:
    """Return the log of the sum of ``exp(-E)`` over all that is not observed: log p(v) + log Z."""
    units, field = _fields(v, machine, observed)
    own = -energy(_beside(v, machine), machine)
    if observed is None and machine.hidden_is_free:
        return own + softplus(field).sum(1)
    return own + clamped_log_mass(field, machine.coupling[units, units])


def mean_field_means(
    v: Rows, machine: Boltzmann, observed: Seen = None, *, sweeps: int, tolerance: float
) -> Means:
    """Return mean-field means of every unit beside data; observed entries stay as they are.

    They start from the machine without couplings inside its layers.
    """
    state = _beside(v, machine)
    layers = [hidden_layer(machine)]
    if observed is not None:
        missing = 1 - observed
        state[:, machine.visible] += missing * machine.bias[machine.visible].sigmoid()
        layers.insert(0, visible_layer(machine, missing))
    _, field = _fields(state[:, machine.visible], machine, None)
    state[:, machine.hidden] = field.sigmoid_()
    if observed is None and machine.hidden_is_free:
        return state
    return mean_field(state, machine, layers, sweeps, tolerance)


def decoded(
    h: Float[Tensor, "row hidden"], machine: Boltzmann, *, sweeps: int, tolerance: float
) -> Rows:
    """Return mean-field means of the visible units beside hidden ones that are held."""
    visible, hidden = machine.visible, machine.hidden
    field = torch.addmm(machine.bias[visible], h, machine.coupling[hidden, visible])
    state = torch.cat((field.sigmoid_(), h), 1)
    if not machine.visible_is_free:
        state = mean_field(state, machine, [visible_layer(machine)], sweeps, tolerance)
    found: Tensor = state[:, visible]
    return found


def lower_bound(mean: Means, machine: Boltzmann, observed: Seen = None) -> Float[Tensor, " row"]:
    """Return ``-E + entropy`` of independent units with these means, at most the log mass.

    Equal to it where they are the true ones and independent indeed: beside whole rows, without
    couplings among hidden units.
    """
    entropy = torch.special.entr(mean) + torch.special.entr(1 - mean)
    if observed is not None:
        entropy[:, machine.visible] *= 1 - observed
    else:
        entropy = entropy[:, machine.hidden]
    found: Tensor = entropy.sum(1) - energy(mean, machine)
    return found


def _beside(v: Tensor, machine: Boltzmann) -> Tensor:
    """Return rows of all units, those that are not observed at 0."""
    return torch.cat((v, v.new_zeros(v.shape[0], len(machine.bias) - machine.n_visible)), 1)


def _fields(v: Tensor, machine: Boltzmann, observed: Tensor | None) -> tuple[slice, Tensor]:
    """Return which units are not held in all rows, and their fields from what is."""
    units = machine.hidden if observed is None else slice(0, len(machine.bias))
    field = torch.addmm(machine.bias[units], v, machine.coupling[machine.visible, units])
    if observed is None:
        return units, field
    movable = torch.ones_like(field)
    movable[:, machine.visible] = 1 - observed
    return units, held(field, movable)
