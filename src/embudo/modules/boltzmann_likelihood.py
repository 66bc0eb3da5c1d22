"""The partition function of a Boltzmann machine, exact or bracketed."""

import torch
from torch import Generator, Tensor

from embudo.errors import ParameterError
from embudo.kernels import ais, boltzmann_ais
from embudo.kernels import boltzmann_states as states
from embudo.kernels.boltzmann import Boltzmann
from embudo.kernels.boltzmann_sweeps import gibbs
from embudo.kernels.partition import MAX_ENUMERATED_UNITS
from embudo.modules.boltzmann import BoltzmannModule
from embudo.modules.likelihood import (
    METHODS,
    Annealing,
    Method,
    Partition,
    Progress,
    bracketed,
    in_turn,
    known,
)


def log_partition(
    module: BoltzmannModule,
    method: Method,
    annealing: Annealing,
    generator: Generator,
    progress: Progress | None = None,
) -> Partition:
    """Return log Z.

    Raises
    ------
    ParameterError
        If the method is unknown, or is "exact" and there are too many states to enumerate.
    """
    if method not in METHODS:
        raise ParameterError(f"method must be one of {', '.join(METHODS)}, but is {method!r}")
    machine = module.machine()
    n = states.listed_units(machine)
    enumerable = states.is_enumerable(n)
    if method == "exact" and not enumerable:
        raise ParameterError(
            f"method='exact' lists all states of {n} units here; the limit is "
            f"{MAX_ENUMERATED_UNITS}: take method='ais'"
        )
    if method == "exact" or (method == "auto" and enumerable):
        return known(float(states.log_partition(machine.to(torch.float64))))
    return annealed(module, machine, annealing, generator, progress)


def annealed(
    module: BoltzmannModule,
    machine: Boltzmann,
    annealing: Annealing,
    generator: Generator,
    progress: Progress | None = None,
) -> Partition:
    """Return log Z from both sides: annealed from the data's base rates, and back to them."""
    betas, base = ais.default_betas(annealing.n_temperatures), module.base_bias
    steps = len(betas) - 1
    there, burning, back = in_turn(progress, steps, annealing.burn_in, steps)
    forward = boltzmann_ais.log_partition(
        machine, base, betas, annealing.n_chains, generator, there
    )
    samples = model_samples(
        module, machine, annealing.n_chains, annealing.burn_in, generator, burning
    )
    reverse = boltzmann_ais.reverse_log_partition(machine, base, betas, samples, generator, back)
    return bracketed(forward, reverse)


def model_samples(
    module: BoltzmannModule,
    machine: Boltzmann,
    n_chains: int,
    steps: int,
    generator: Generator,
    progress: ais.Progress | None = None,
) -> Tensor:
    """Return states of chains that go on from where the training's chains stand."""
    state = module.chains.repeat(-(-n_chains // len(module.chains)), 1)[:n_chains]
    for step in range(1, steps + 1):
        state = gibbs(state, machine, 1, generator)
        if progress is not None:
            progress(step)
    return state
