"""Fine-tuning of a deep belief network by the up-down algorithm.

Hinton, Osindero and Teh (2006), appendix B: on the way up, drawn by the recognition weights, the
way down learns to undo each step; the topmost machine learns by the contrast between what arrives
there and its own chain; on the way down from that chain, the way up learns to undo each step.
"""

from collections.abc import Sequence
from typing import NamedTuple

from torch import Generator, Tensor, nn

from embudo.kernels import chains
from embudo.kernels.energies import Machine, hidden_given, hidden_mean, visible_given, visible_mean
from embudo.kernels.noise import fast_bernoulli
from embudo.kernels.outer import Outer
from embudo.modules.dbn import DBNModule
from embudo.modules.learning import Learning, Rows
from embudo.training.objective import Objective, Slope


class _Batch(NamedTuple):
    x: Tensor
    observed: Tensor | None
    weight: Tensor | None


def up_down(module: DBNModule, learning: Learning, at_top: Learning) -> Objective:
    """Hand the loop the up-down gradient of all layers at once.

    Parameters
    ----------
    module : DBNModule
        With weights of its own for the way up.
    learning, at_top : Learning
        Of the lowest and of the topmost machine.
    """
    (crown,) = module.top.objectives(at_top)
    machines = [rbm.machine() for rbm in module.rbms]
    parameters: list[nn.Parameter] = []
    for rbm, own in zip(module.rbms, module.recognition, strict=False):
        parameters += [rbm.weight, rbm.visible_bias, *own.parameters()]

    def gradient(batch: Rows, generator: Generator) -> tuple[Tensor, Sequence[Slope]]:
        v, seen = module.layer.encode(batch.x, batch.observed)
        if learning.resample:
            v = module.layer.resample(v, generator)
        up = module.up_machines()
        awake = _way_up(v, up[:-1], generator)
        value, of_crown = crown.gradient(_Batch(awake[-1], None, batch.weight), generator)
        dream = _way_down(_dream(module, awake[-1], at_top, generator), machines[:-1], generator)
        shares = None if batch.weight is None else batch.weight.float()
        found: list[Slope] = []
        for number, machine in enumerate(machines[:-1]):
            masked = seen if number == 0 else None
            found += _wake(awake[number], awake[number + 1], machine, shares, masked)
            found += _sleep(dream[number], dream[number + 1], up[number], shares)
        return value, (*found, *of_crown)

    return Objective("contrast", (*parameters, *crown.parameters), gradient, crown.after_step)


def _way_up(v: Tensor, up: Sequence[Machine], generator: Generator) -> list[Tensor]:
    states = [v]
    for machine in up:
        given = hidden_given(states[-1], machine)
        states.append(machine.hidden.sample(given, generator, fast_bernoulli))
    return states


def _way_down(h: Tensor, down: Sequence[Machine], generator: Generator) -> list[Tensor]:
    states = [h]
    for machine in reversed(down):
        given = visible_given(states[-1], machine)
        states.append(machine.visible.sample(given, generator, fast_bernoulli))
    return states[::-1]


def _dream(module: DBNModule, v: Tensor, learning: Learning, generator: Generator) -> Tensor:
    """Return states below the topmost layer, where the topmost machine's chain has led."""
    machine = module.top.machine()
    h = module.top.chains
    if learning.algorithm in ("cd", "exact"):
        h = machine.hidden.sample(hidden_given(v, machine), generator, fast_bernoulli)
    return chains.run(h, machine, learning.steps, generator, draw=fast_bernoulli).visible


def _wake(
    v: Tensor, h: Tensor, machine: Machine, shares: Tensor | None, seen: Tensor | None
) -> tuple[Slope, Slope]:
    """Return the slopes of ``-log p(v | h)`` by the weights and visible biases."""
    error = visible_mean(h, machine) - v
    error = _counted(error if seen is None else error * seen, shares)
    return Outer(error, h), error.sum(0)


def _sleep(v: Tensor, h: Tensor, machine: Machine, shares: Tensor | None) -> tuple[Slope, Slope]:
    """Return the slopes of ``-log q(h | v)`` by the weights and biases of the way up."""
    error = hidden_mean(v, machine) - h
    total = 1.0 if shares is None else shares.sum()
    error = error * (total / len(v))
    return Outer(v, error), error.sum(0)


def _counted(error: Tensor, shares: Tensor | None) -> Tensor:
    return error / len(error) if shares is None else error * shares[:, None]
