"""What it takes to find the log Z of a Boltzmann machine."""

from functools import partial

import torch
from torch import Generator, Tensor

from embudo.kernels import ais
from embudo.kernels import boltzmann_states as states
from embudo.kernels.boltzmann_ais import BoltzmannPath
from embudo.kernels.boltzmann_sweeps import gibbs
from embudo.modules.boltzmann import BoltzmannModule
from embudo.modules.likelihood import Machinery


def machinery(module: BoltzmannModule) -> Machinery:
    """Return how log Z of the machine is listed, and how it is annealed."""
    machine = module.machine()
    return Machinery(
        listed=states.listed_units(machine),
        listing="the units that touch each other, or of the smaller layer",
        enumerate=lambda: float(states.log_partition(machine.to(torch.float64))),
        path=BoltzmannPath(machine, module.base_bias),
        continue_chains=partial(model_samples, module),
    )


def model_samples(
    module: BoltzmannModule,
    n_chains: int,
    steps: int,
    generator: Generator,
    progress: ais.Progress | None = None,
) -> Tensor:
    """Return states of chains that go on from where the training's chains stand."""
    machine = module.machine()
    state = module.chains.repeat(-(-n_chains // len(module.chains)), 1)[:n_chains]
    for step in range(1, steps + 1):
        state = gibbs(state, machine, 1, generator)
        if progress is not None:
            progress(step)
    return state
