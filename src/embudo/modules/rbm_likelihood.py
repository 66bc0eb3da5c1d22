"""What it takes to find the log Z of a restricted Boltzmann machine."""

from functools import partial

import torch
from torch import Generator, Tensor

from embudo.kernels import ais, partition, tempering
from embudo.modules.likelihood import Machinery
from embudo.modules.rbm import RBMModule


def machinery(module: RBMModule) -> Machinery:
    """Return how log Z of the machine is listed, and how it is annealed."""
    machine = module.machine()
    return Machinery(
        listed=partition.enumerable_units(machine),
        listing="the smaller Bernoulli layer",
        enumerate=lambda: float(partition.log_partition(machine.to(torch.float64))),
        path=ais.RestrictedPath(machine, module.base_bias),
        continue_chains=partial(model_samples, module),
    )


def model_samples(
    module: RBMModule,
    n_chains: int,
    steps: int,
    generator: Generator,
    progress: ais.Progress | None = None,
) -> Tensor:
    """Return visible states of chains that go on from where the training's chains stand.

    Chains that were trained by parallel tempering go on so.
    """
    machine = module.machine()
    h, betas, warm_bias = module.chains[None], torch.ones(1), machine.visible_bias
    if module.tempered is not None:
        h = torch.cat((module.tempered.warmer, h))
        betas, warm_bias = module.tempered.betas, module.warm_bias
    ladder = tempering.Ladder(machine, warm_bias, betas)
    h = h.repeat(1, -(-n_chains // h.shape[1]), 1)[:, :n_chains]
    for step in range(1, steps + 1):
        last = tempering.sweep(h, ladder, step, generator)
        h = tempering.hidden_states(last.field, ladder, generator)
        if progress is not None:
            progress(step)
    return last.visible[-1]
