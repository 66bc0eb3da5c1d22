"""Mean field in a deep Boltzmann machine: the independent units that are nearest to its posterior.

Each layer's means are set to what the means of its neighbours ask for, the layers in turn. Every
such step raises the bound on the likelihood, for it is the best that one layer can do while the
others stand still.
"""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from embudo.kernels.deep import Deep, field
from embudo.kernels.repeat import State, until_still


class Effort(NamedTuple):
    """How long to look for the means.

    Attributes
    ----------
    sweeps : int
        Times that all layers are gone through, at most.
    tolerance : float
        A row is done once none of its means moves further than this; at 0 it goes on to the end.
    """

    sweeps: int
    tolerance: float = 0.0


class Gaps(NamedTuple):
    """The lowest layer where only some of its units are observed; values are 0 elsewhere."""

    values: Float[Tensor, "batch units"]
    missing: Float[Tensor, "batch units"]


def posterior(
    v: Float[Tensor, "batch visible"], machine: Deep, effort: Effort
) -> list[Float[Tensor, "batch _"]]:
    """Return the means of the hidden layers given the visible one, from the lowest on.

    With one hidden layer they are exact.
    """
    if len(machine.weights) == 1:
        return [_mean(machine.given_lowest(v), [], 0)]
    return _settled(_upward(v, machine), machine.given_lowest(v), effort)


def posterior_with_gaps(
    v: Float[Tensor, "batch visible"],
    observed: Float[Tensor, "batch visible"],
    machine: Deep,
    effort: Effort,
) -> list[Float[Tensor, "batch _"]]:
    """Return the means of all layers given what of the visible one is observed.

    Missing units are taken like hidden ones. The first of what is returned is ``v`` with their
    means; it must be 0 where they are.
    """
    start = [v, *_upward(v, machine)]
    return _settled(start, machine, effort, Gaps(v, 1 - observed))


def downward(
    h: Float[Tensor, "batch hidden"], layer: int, machine: Deep, effort: Effort
) -> Float[Tensor, "batch visible"]:
    """Return the means of the visible layer given a hidden one, from 1."""
    turned = machine.below(layer).flipped()
    return posterior(h, turned, effort)[-1]


def _upward(v: Tensor, machine: Deep) -> list[Tensor]:
    """Return first guesses: each layer sees twice what is below, in place of what is above too."""
    means: list[Tensor] = []
    last = len(machine.weights)
    below = v
    for layer, weight in enumerate(machine.weights, start=1):
        total = torch.addmm(machine.biases[layer], below, weight, alpha=1 if layer == last else 2)
        unit = machine.units[layer]
        below = unit.mean(unit.given_(total))
        means.append(below)
    return means


def _settled(
    means: list[Tensor], machine: Deep, effort: Effort, gaps: Gaps | None = None
) -> list[Tensor]:
    if not effort.tolerance:
        for _ in range(effort.sweeps):
            means = _swept(means, machine, gaps)
        return means
    n = len(machine.weights)

    def step(old: State, held: State) -> tuple[State, Tensor]:
        parts = Deep(held[:n], held[n : 2 * n + 1], machine.units)
        return _moved(old, parts, effort.tolerance, Gaps(*held[2 * n + 1 :]) if gaps else None)

    held = (*machine.weights, *machine.biases, *(gaps or ()))
    return list(until_still(step, tuple(means), held, effort.sweeps))


def _moved(
    means: State, machine: Deep, tolerance: float, gaps: Gaps | None
) -> tuple[State, Tensor]:
    """Return the means after a sweep, and whether one moved further than the tolerance."""
    # Row by row, so that none of them hangs on what stands beside it.
    pairs = list(zip(_swept(means, machine, gaps), means, strict=True))
    moving = torch.stack([(new - old).abs().amax(1) for new, old in pairs]).amax(0) > tolerance
    moved = tuple(torch.where(moving[:, None], new, old) for new, old in pairs)
    return moved, moving.any()


def _swept(means: Sequence[Tensor], machine: Deep, gaps: Gaps | None) -> list[Tensor]:
    """Return the means after every second layer moved, and then the others."""
    new = list(means)
    for first in (0, 1):
        for layer in range(first, len(new), 2):
            new[layer] = _mean(machine, new, layer)
            if layer == 0 and gaps is not None:
                new[0] = torch.addcmul(gaps.values, gaps.missing, new[0])
    return new


def _mean(machine: Deep, means: Sequence[Tensor], layer: int) -> Tensor:
    unit = machine.units[layer]
    return unit.mean(unit.given(field(means, layer, machine)))
