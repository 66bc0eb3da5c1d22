"""Annealed importance sampling of a Boltzmann machine's log Z, forward and in reverse.

The way leads from a machine without couplings to the machine itself, by

    E_beta(s) = -beta/2 s' L s - ((1 - beta) b0 + beta b) s

A layer that is free given the others is summed out of the weights. Otherwise as in
`embudo.kernels.ais`, whose estimates these are.
"""

import torch
from jaxtyping import Float
from torch import Generator, Tensor
from torch.nn.functional import softplus

from embudo.kernels.ais import Estimate, Progress, log_mean
from embudo.kernels.boltzmann import Boltzmann
from embudo.kernels.boltzmann_sweeps import annealed_sweep
from embudo.kernels.noise import bernoulli


def log_partition(
    machine: Boltzmann,
    base_bias: Float[Tensor, " unit"],
    betas: Float[Tensor, " temperature"],
    n_chains: int,
    generator: Generator,
    progress: Progress | None = None,
) -> Estimate:
    """Estimate log Z by annealing chains from a machine without couplings.

    Parameters
    ----------
    machine : Boltzmann
    base_bias : Tensor of shape (units,)
        Biases of the machine without couplings, best the data's base rates.
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
    start = bernoulli(base_bias.sigmoid().expand(n_chains, -1).contiguous(), generator)
    log_weight = _anneal(start, machine, base_bias, betas.tolist(), generator, progress)
    mean, error, effective = log_mean(log_weight)
    return Estimate(_log_partition_of_base(base_bias) + mean, error, effective)


def reverse_log_partition(
    machine: Boltzmann,
    base_bias: Float[Tensor, " unit"],
    betas: Float[Tensor, " temperature"],
    samples: Float[Tensor, "chain unit"],
    generator: Generator,
    progress: Progress | None = None,
) -> Estimate:
    """Estimate log Z by annealing samples of the machine back to the one without couplings.

    Parameters
    ----------
    machine, base_bias, betas, generator, progress
        As for :func:`log_partition`.
    samples : Tensor of shape (chains, units)
        States drawn from the machine; the bound holds as far as they are.

    Returns
    -------
    estimate : Estimate
        Above log Z in expectation.
    """
    back = betas.flip(0).tolist()
    log_weight = _anneal(samples, machine, base_bias, back, generator, progress)
    mean, error, effective = log_mean(log_weight)
    return Estimate(_log_partition_of_base(base_bias) - mean, error, effective)


def _anneal(
    state: Tensor,
    machine: Boltzmann,
    base_bias: Tensor,
    betas: list[float],
    generator: Generator,
    progress: Progress | None,
) -> Float[Tensor, " chain"]:
    """Return each chain's log weight after it was led through all ``betas``, up or down.

    Each sweep leaves the distribution at its temperature as it is, and no more is asked of it:
    the way back need not be made of the same steps in reverse.
    """
    log_weight = torch.zeros(len(state), dtype=torch.float64, device=state.device)
    for step, (here, there) in enumerate(zip(betas[:-1], betas[1:], strict=True), 1):
        log_weight += _gain(state, machine, base_bias, here, there)
        state = annealed_sweep(state, machine.at(there, base_bias), generator)
        if progress is not None:
            progress(step)
    return log_weight


def _gain(
    state: Tensor, machine: Boltzmann, base_bias: Tensor, here: float, there: float
) -> Tensor:
    """Return the log of the masses' quotient at two temperatures, of the listed units' states."""
    units, free = machine.split()
    s = state[:, units]
    inner = torch.mm(s, machine.coupling[units, units] / 2) + (machine.bias - base_bias)[units]
    gained = (there - here) * (s * inner).double().sum(1)
    if not free.stop:
        return gained
    towards = torch.addmm(
        (machine.bias - base_bias)[free], s, machine.coupling[units, free]
    ).double()
    base = base_bias[free].double()
    change = softplus(base + there * towards) - softplus(base + here * towards)
    return gained + change.sum(1)


def _log_partition_of_base(base_bias: Tensor) -> float:
    return float(softplus(base_bias.double()).sum())
