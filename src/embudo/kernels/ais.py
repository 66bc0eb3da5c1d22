"""Annealed importance sampling of log Z (Neal 2001; Salakhutdinov and Murray 2008)."""

import math
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Generator, Tensor

from embudo.kernels.energies import Machine, hidden_field, visible_field


class Estimate(NamedTuple):
    """An estimate of log Z in nats, and how far it can be trusted.

    Attributes
    ----------
    value : float
        The estimate; its expectation of Z, not of log Z, is exact.
    error : float
        Standard error of ``value``, by the delta method.
    effective_chains : float
        How many equally weighted chains the weighted ones are worth.
    """

    value: float
    error: float
    effective_chains: float


def log_partition(
    machine: Machine,
    base_bias: Float[Tensor, " visible"],
    betas: Float[Tensor, " temperature"],
    n_chains: int,
    generator: Generator,
) -> Estimate:
    """Estimate log Z by annealing chains from a machine without weights.

    Parameters
    ----------
    machine : Machine
    base_bias : Tensor of shape (visible,)
        Visible biases of the weightless machine, best the data's base rates.
    betas : Tensor of shape (temperatures,)
        Rising from 0 to 1.
    n_chains : int
    generator : torch.Generator

    Returns
    -------
    estimate : Estimate
    """
    rates = machine.visible.given(base_bias).expand(n_chains, -1).contiguous()
    v = machine.visible.sample(rates, generator)
    log_weight = torch.zeros(n_chains, dtype=torch.float64, device=v.device)
    steps = betas.tolist()
    for cold, warm in zip(steps[:-1], steps[1:], strict=True):
        field = hidden_field(v, machine)
        log_weight += _log_mass(v, field, machine, base_bias, warm)
        log_weight -= _log_mass(v, field, machine, base_bias, cold)
        h = machine.hidden.sample(machine.hidden.given(warm * field), generator)
        blend = (1 - warm) * base_bias + warm * visible_field(h, machine)
        v = machine.visible.sample(machine.visible.given(blend), generator)
    return _estimate(log_weight, _log_partition_of_base(machine, base_bias))


def default_betas(n: int) -> Float[Tensor, " temperature"]:
    """Return ``n`` inverse temperatures, closer together where the machine takes shape."""
    shares = ((0.0, 0.5, 1 / 28), (0.5, 0.9, 8 / 28), (0.9, 1.0, 19 / 28))
    parts = [
        torch.linspace(low, high, max(2, round(n * share)) + 1, dtype=torch.float64)[:-1]
        for low, high, share in shares
    ]
    return torch.cat([*parts, torch.ones(1, dtype=torch.float64)])


def _log_mass(v: Tensor, field: Tensor, machine: Machine, base_bias: Tensor, beta: float) -> Tensor:
    bias = (1 - beta) * base_bias + beta * machine.visible_bias
    hidden = machine.hidden.log_normaliser((beta * field).double())
    return v.double() @ bias.double() + hidden


def _log_partition_of_base(machine: Machine, base_bias: Tensor) -> float:
    """Return log Z where all weights and hidden biases are 0."""
    hidden = machine.hidden.log_normaliser(torch.zeros_like(machine.hidden_bias).double())
    visible = machine.visible.log_normaliser(base_bias.double())
    return float(hidden) + float(visible)


def _estimate(log_weight: Tensor, log_base: float) -> Estimate:
    n = len(log_weight)
    log_sum = log_weight.logsumexp(0)
    share = (log_weight - log_sum).exp()
    effective = 1 / float(share.square().sum())
    error = math.sqrt(max(0.0, float((share * n).var(correction=1)) / n)) if n > 1 else math.inf
    return Estimate(log_base + float(log_sum) - math.log(n), error, effective)
