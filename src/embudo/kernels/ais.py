"""Annealed importance sampling of log Z, forward and in reverse.

Forward (Neal 2001; Salakhutdinov and Murray 2008) chains run from a machine without weights to
the machine itself; their mean weight is Z in expectation, so that its logarithm is below log Z in
expectation (Jensen). In reverse (Burda, Grosse and Salakhutdinov 2015; Grosse, Ghahramani and
Adams 2015) chains run from samples of the machine back to the weightless one; their mean weight
is 1 / Z in expectation, so that the estimate is above log Z in expectation, if the samples are
perfect.
"""

import math
from collections.abc import Callable
from typing import NamedTuple, TypeAlias

import torch
from jaxtyping import Float
from torch import Generator, Tensor

from embudo.kernels.energies import Machine, hidden_field

Progress: TypeAlias = Callable[[int], None]
"""Told how many temperatures have been passed."""


class Estimate(NamedTuple):
    """An estimate of log Z in nats, and how far it can be trusted.

    Attributes
    ----------
    value : float
        The estimate; unbiased is what it says of Z (in reverse of 1 / Z), not of log Z.
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
    progress: Progress | None = None,
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
    progress : callable, optional

    Returns
    -------
    estimate : Estimate
        Below log Z in expectation.
    """
    rates = machine.visible.given(base_bias).expand(n_chains, -1).contiguous()
    start = machine.visible.sample(rates, generator)
    log_weight = _anneal(start, machine, base_bias, betas.tolist(), generator, progress)
    mean, error, effective = log_mean(log_weight)
    return Estimate(_log_partition_of_base(machine, base_bias) + mean, error, effective)


def reverse_log_partition(
    machine: Machine,
    base_bias: Float[Tensor, " visible"],
    betas: Float[Tensor, " temperature"],
    samples: Float[Tensor, "chain visible"],
    generator: Generator,
    progress: Progress | None = None,
) -> Estimate:
    """Estimate log Z by annealing samples of the machine back to the one without weights.

    Parameters
    ----------
    machine, base_bias, betas, generator, progress
        As for :func:`log_partition`.
    samples : Tensor of shape (chains, visible)
        Visible states drawn from the machine; the bound holds as far as they are.

    Returns
    -------
    estimate : Estimate
        Above log Z in expectation.
    """
    back = betas.flip(0).tolist()
    log_weight = _anneal(samples, machine, base_bias, back, generator, progress)
    mean, error, effective = log_mean(log_weight)
    return Estimate(_log_partition_of_base(machine, base_bias) - mean, error, effective)


def default_betas(n: int) -> Float[Tensor, " temperature"]:
    """Return ``n`` inverse temperatures, closer together where the machine takes shape."""
    shares = ((0.0, 0.5, 1 / 28), (0.5, 0.9, 8 / 28), (0.9, 1.0, 19 / 28))
    parts = [
        torch.linspace(low, high, max(2, round(n * share)) + 1, dtype=torch.float64)[:-1]
        for low, high, share in shares
    ]
    return torch.cat([*parts, torch.ones(1, dtype=torch.float64)])


def _anneal(
    v: Float[Tensor, "chain visible"],
    machine: Machine,
    base_bias: Float[Tensor, " visible"],
    betas: list[float],
    generator: Generator,
    progress: Progress | None,
) -> Float[Tensor, " chain"]:
    """Return each chain's log weight after it was led through all ``betas``, up or down.

    Both masses of a state, at the temperature it was drawn at and at the next one, share one
    field, as does the draw that follows. A Gibbs sweep is reversible, so that the way back is
    made of the same steps as the way there.
    """
    towards = machine.visible_bias - base_bias
    back = machine.weight.t()
    log_weight = torch.zeros(len(v), dtype=torch.float64, device=v.device)
    for step, (here, there) in enumerate(zip(betas[:-1], betas[1:], strict=True), 1):
        field = hidden_field(v, machine)
        log_weight += machine.hidden.log_normaliser_change(field, here, there)
        log_weight.add_(v @ towards, alpha=there - here)
        h = machine.hidden.sample(machine.hidden.given_(field.mul_(there)), generator)
        blend = torch.addmm(base_bias + there * towards, h, back, alpha=there)
        v = machine.visible.sample(machine.visible.given_(blend), generator)
        if progress is not None:
            progress(step)
    return log_weight


def _log_partition_of_base(machine: Machine, base_bias: Tensor) -> float:
    """Return log Z where all weights and hidden biases are 0."""
    hidden = machine.hidden.log_normaliser(torch.zeros_like(machine.hidden_bias).double())
    visible = machine.visible.log_normaliser(base_bias.double())
    return float(hidden) + float(visible)


def log_mean(log_weight: Float[Tensor, " chain"]) -> tuple[float, float, float]:
    """Return the log of the mean weight, its standard error, and the effective chains."""
    n = len(log_weight)
    log_sum = log_weight.logsumexp(0)
    share = (log_weight - log_sum).exp()
    effective = 1 / float(share.square().sum())
    error = math.sqrt(float((share * n).var(correction=1)) / n) if n > 1 else math.inf
    return float(log_sum) - math.log(n), error, effective
