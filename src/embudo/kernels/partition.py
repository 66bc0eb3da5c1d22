"""Sums over all states of a small machine: log Z and the model's moments, exactly.

Only the smaller layer of Bernoulli units is enumerated; the other one is summed in closed form
through its log-normaliser.
"""

from collections.abc import Iterator

import torch
from jaxtyping import Float
from torch import Tensor

from embudo.kernels.contrast import Moments
from embudo.kernels.energies import Machine, visible_field, visible_mean

MAX_ENUMERATED_UNITS = 20
_STATES_AT_ONCE = 2**14


def enumerable_units(machine: Machine) -> int | None:
    """Return how many units have to be enumerated: those of the smaller Bernoulli layer.

    None if neither layer consists of Bernoulli units.
    """
    n_visible, n_hidden = machine.weight.shape
    layers = ((n_hidden, machine.hidden), (n_visible, machine.visible))
    return min((n for n, unit in layers if unit.name == "bernoulli"), default=None)


def log_partition(machine: Machine) -> Float[Tensor, ""]:
    """Return log Z by enumeration, in nats."""
    terms = [weights.logsumexp(0) for _, weights in _states(_enumerated_as_hidden(machine))]
    return torch.stack(terms).logsumexp(0)


def model_moments(machine: Machine) -> Moments:
    """Return the exact averages of ``v h``, ``v`` and ``h`` under the model."""
    ordered = _enumerated_as_hidden(machine)
    log_z = log_partition(machine)
    totals = [torch.zeros_like(parameter) for parameter in ordered[:3]]
    for h, weights in _states(ordered):
        probability = (weights - log_z).exp()
        v = visible_mean(h, ordered)
        parts = (v.t() @ (h * probability[:, None]), probability @ v, probability @ h)
        for total, part in zip(totals, parts, strict=True):
            total += part
    weight, visible, hidden = totals
    if ordered is machine:
        return Moments(weight, visible, hidden)
    return Moments(weight.t().contiguous(), hidden, visible)


def _enumerated_as_hidden(machine: Machine) -> Machine:
    n_visible, n_hidden = machine.weight.shape
    visible_is_smaller = n_visible < n_hidden or machine.hidden.name != "bernoulli"
    swap = machine.visible.name == "bernoulli" and visible_is_smaller
    return machine.transposed() if swap else machine


def _states(
    machine: Machine,
) -> Iterator[tuple[Float[Tensor, "state hidden"], Float[Tensor, " state"]]]:
    """Yield all hidden states in blocks, with the logarithm of their unnormalised mass."""
    n_hidden = len(machine.hidden_bias)
    bits = torch.arange(n_hidden, device=machine.weight.device)
    for start in range(0, 2**n_hidden, _STATES_AT_ONCE):
        stop = min(start + _STATES_AT_ONCE, 2**n_hidden)
        numbers = torch.arange(start, stop, device=machine.weight.device)
        h = ((numbers[:, None] >> bits) & 1).to(machine.weight.dtype)
        visible = machine.visible.log_normaliser(visible_field(h, machine))
        yield h, h @ machine.hidden_bias + visible
