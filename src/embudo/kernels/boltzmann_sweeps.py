"""Sweeps over the units of a Boltzmann machine: Gibbs sampling, and mean field.

Units that touch each other have to be updated one after the other. A free layer is updated at
once; a layer with couplings inside, unit by unit, all rows together. There the fields of a run of
units are found by one product, and a unit then adds what has changed within its run: most of the
work stays in large products, and each unit costs three calls on a few numbers.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeAlias

import torch
from jaxtyping import Float
from torch import Generator, Tensor

from embudo.kernels.boltzmann import Boltzmann
from embudo.kernels.repeat import State, until_still

_RUN = 64  # units whose fields share a product

Respond: TypeAlias = Callable[[Tensor], Tensor]
"""From prepared fields to what the units become, in the fields' memory."""
Prepare: TypeAlias = Callable[[Tensor], Tensor]
"""What is done with the fields of many units before they are added to."""


class Layer(NamedTuple):
    """Units to update: where they stand, whether they touch, and which may move.

    ``movable`` is 1 where a unit of a row may move, 0 where it is held; None if all may.
    """

    units: slice
    touching: bool
    movable: Float[Tensor, "some row"] | None = None


def visible_layer(machine: Boltzmann, movable: Tensor | None = None) -> Layer:
    """Return the visible units as a layer to update; ``movable`` has a row for each row."""
    moves = None if movable is None else movable.t().contiguous()
    return Layer(machine.visible, not machine.visible_is_free, moves)


def hidden_layer(machine: Boltzmann) -> Layer:
    """Return the hidden units as a layer to update."""
    return Layer(machine.hidden, not machine.hidden_is_free)


def gibbs(
    state: Float[Tensor, "chain unit"],
    machine: Boltzmann,
    steps: int,
    generator: Generator,
    observed: Float[Tensor, "chain visible"] | None = None,
) -> Float[Tensor, "chain unit"]:
    """Return the state after some sweeps, each over the visible units, then the hidden ones.

    Where ``observed`` is 1 a visible unit is held.
    """
    movable = None if observed is None else 1 - observed
    layers = (visible_layer(machine, movable), hidden_layer(machine))
    return _drawn(state, machine, layers * steps, generator)


def draw_layer(
    state: Float[Tensor, "chain unit"], machine: Boltzmann, layer: Layer, generator: Generator
) -> Float[Tensor, "chain unit"]:
    """Return the state after the units of one layer were drawn given all others."""
    return _drawn(state, machine, (layer,), generator)


def annealed_sweep(
    state: Float[Tensor, "chain unit"], machine: Boltzmann, generator: Generator
) -> Float[Tensor, "chain unit"]:
    """Return the state after a sweep that begins with the free layer and ends with the other."""
    listed, free = machine.split()
    last = Layer(listed, machine.lateral != "none")
    layers = (Layer(free, False), last) if free.stop else (last,)
    return _drawn(state, machine, layers, generator)


def mean_field(
    mean: Float[Tensor, "row unit"],
    machine: Boltzmann,
    layers: Sequence[Layer],
    sweeps: int,
    tolerance: float,
) -> Float[Tensor, "row unit"]:
    """Return the fixed point ``m_i = sigmoid(L m + b)_i`` of the units of some layers.

    Each update is the best one for its unit while all others stay, so that the bound on the
    log-likelihood never falls. A row rests once no unit of it moves by more than the tolerance in
    a sweep; whether others still move makes no difference to it.
    """
    if torch.compiler.is_compiling():
        return _unit_by_unit(mean, machine, layers, sweeps, tolerance)
    out = mean.t().contiguous()
    m, rows = out.clone(), torch.arange(len(mean), device=mean.device)
    for _ in range(sweeps):
        before = m.clone()
        for layer in layers:
            _update(m, machine, layer, lambda field: field, torch.sigmoid_)
        moving = (before.sub_(m).abs_().amax(0) > tolerance).nonzero()[:, 0]
        if len(moving) < len(rows):
            out[:, rows] = m
            rows, m = rows[moving], m[:, moving]
            layers = [_of_rows(layer, moving) for layer in layers]
        if not len(rows):
            break
    out[:, rows] = m
    return out.t().contiguous()


def _unit_by_unit(
    mean: Tensor, machine: Boltzmann, layers: Sequence[Layer], sweeps: int, tolerance: float
) -> Tensor:
    """Find the same fixed point in steps of one unit, all alike, as a recorded graph has them.

    Units that do not touch may as well be updated one after the other.
    """
    ids = torch.arange(mean.shape[1], device=mean.device)
    order = torch.cat([ids[layer.units] for layer in layers])
    n = len(order)

    def step(state: State, held: State) -> tuple[State, Tensor]:
        (tick, m, before, moving), (bias, coupling, order, ids) = state, held
        unit = order.index_select(0, tick % n)
        field = bias.index_select(0, unit)[:, None] + coupling.index_select(0, unit) @ m
        m = torch.where((ids == unit)[:, None] & moving, field.sigmoid(), m)
        last = tick % n == n - 1
        moved = (m - before).abs().amax(0) > tolerance
        moving = moving & (moved | ~last)
        return (tick + 1, m, torch.where(last, m, before), moving), moving.any()

    m = mean.t().contiguous()
    start = (ids[:1] * 0, m, m.clone(), torch.ones_like(m[0], dtype=torch.bool))
    end = until_still(step, start, (machine.bias, machine.coupling, order, ids), sweeps * n)
    return end[1].t().contiguous()


def _drawn(
    state: Tensor, machine: Boltzmann, layers: Sequence[Layer], generator: Generator
) -> Tensor:
    s = state.t().contiguous()
    for layer in layers:
        _update(s, machine, layer, lambda field: _threshold(field, generator), _is_positive)
    return s.t().contiguous()


def _update(
    s: Tensor, machine: Boltzmann, layer: Layer, prepare: Prepare, respond: Respond
) -> None:
    """Update the units of a layer, in place; ``s`` has a row for each unit."""
    if layer.touching:
        for first in range(layer.units.start, layer.units.stop, _RUN):
            run = slice(first, min(first + _RUN, layer.units.stop))
            _update_run(s, machine, run, layer, prepare, respond)
        return
    own = layer.units
    others = slice(own.stop, None) if own.start == 0 else slice(0, own.start)
    new = respond(prepare(_fields(s, machine, own, others)))
    old = s[own]
    if layer.movable is None:
        old.copy_(new)
    else:
        old.lerp_(new, layer.movable)


def _update_run(
    s: Tensor, machine: Boltzmann, run: slice, layer: Layer, prepare: Prepare, respond: Respond
) -> None:
    """Update units that touch: to what comes from outside the run each adds what precedes it."""
    old = s[run]
    before = machine.coupling[run, run].tril()
    field = prepare(_fields(s, machine, run, slice(None)).addmm_(before, old, alpha=-1))
    preceding, first = field.t(), run.start - layer.units.start
    for i, (own, near) in enumerate(zip(field.unbind(0), before.unbind(0), strict=True)):
        if i:
            torch.addmv(own, preceding[:, :i], near[:i], out=own)
        respond(own)
        if layer.movable is not None:
            torch.lerp(old[i], own, layer.movable[first + i], out=own)
    old.copy_(field)


def _fields(s: Tensor, machine: Boltzmann, units: slice, others: slice) -> Tensor:
    return torch.addmm(machine.bias[units, None], machine.coupling[units, others], s[others])


def _threshold(field: Tensor, generator: Generator) -> Tensor:
    """Lower fields by noise such that they are positive as often as ``sigmoid(field)`` says."""
    noise = torch.empty_like(field).uniform_(generator=generator)
    return field.sub_(noise.logit_())


def _is_positive(field: Tensor) -> Tensor:
    return torch.gt(field, 0, out=field)


def _of_rows(layer: Layer, rows: Tensor) -> Layer:
    if layer.movable is None:
        return layer
    return layer._replace(movable=layer.movable[:, rows])
