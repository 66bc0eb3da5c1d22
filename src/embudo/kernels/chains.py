"""Gibbs chains: the negative phase of every sampler-driven gradient."""

from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Generator, Tensor

from embudo.kernels.energies import Machine, hidden_mean, visible_mean
from embudo.kernels.noise import bernoulli
from embudo.kernels.units import Draw


class Sweep(NamedTuple):
    """Where a chain stands after a sweep: what was drawn, and the means it was drawn from."""

    visible_mean: Float[Tensor, "chain visible"]
    visible: Float[Tensor, "chain visible"]
    hidden_mean: Float[Tensor, "chain hidden"]


def sweep(
    h: Float[Tensor, "chain hidden"],
    machine: Machine,
    generator: Generator,
    *,
    draw: Draw = bernoulli,
    observed: Float[Tensor, "chain visible"] | None = None,
) -> Sweep:
    """Draw ``v ~ p(v | h)`` and return it with ``E[h | v]``; units not observed stay at 0."""
    mean = visible_mean(h, machine)
    visible = machine.visible.sample(mean, generator, draw)
    if observed is not None:
        visible = visible * observed
    return Sweep(mean, visible, hidden_mean(visible, machine))


def run(
    h: Float[Tensor, "chain hidden"],
    machine: Machine,
    steps: int,
    generator: Generator,
    *,
    draw: Draw = bernoulli,
    observed: Float[Tensor, "chain visible"] | None = None,
) -> Sweep:
    """Return the last of ``steps`` sweeps (at least one), block Gibbs from hidden states ``h``."""
    last = sweep(h, machine, generator, draw=draw, observed=observed)
    for _ in range(steps - 1):
        h = machine.hidden.sample(last.hidden_mean, generator, draw)
        last = sweep(h, machine, generator, draw=draw, observed=observed)
    return last


def fill(
    v: Float[Tensor, "batch visible"],
    observed: Float[Tensor, "batch visible"],
    machine: Machine,
    steps: int,
    generator: Generator,
    *,
    draw: Draw = bernoulli,
) -> Float[Tensor, "batch visible"]:
    """Return rows whose missing entries are drawn from ``p(v_missing | v_observed)``.

    A clamped Gibbs chain of ``steps`` sweeps (at least one) draws them; it starts from the
    machine without the missing units.
    """
    missing = 1 - observed
    state = v
    for _ in range(steps):
        h = machine.hidden.sample(hidden_mean(state, machine), generator, draw)
        drawn = machine.visible.sample(visible_mean(h, machine), generator, draw)
        state = torch.addcmul(v, missing, drawn)
    return state


def impute(
    v: Float[Tensor, "batch visible"],
    observed: Float[Tensor, "batch visible"],
    machine: Machine,
    steps: int,
    generator: Generator,
) -> Float[Tensor, "batch visible"]:
    """Return ``E[v_missing | v_observed]``, averaged over a Gibbs chain with clamped entries.

    The first fifth of the ``steps`` sweeps is burn-in; means are averaged, not states
    (Rao-Blackwell). Observed entries come back as they are.
    """
    missing = 1 - observed
    burn_in = steps // 5
    total = v.new_zeros(v.shape)
    state = v + missing * machine.visible.mean(machine.visible_bias)
    for step in range(steps):
        h = machine.hidden.sample(hidden_mean(state, machine), generator)
        mean = visible_mean(h, machine)
        state = v + missing * machine.visible.sample(mean, generator)
        if step >= burn_in:
            total += mean
    return v + missing * total / (steps - burn_in)
