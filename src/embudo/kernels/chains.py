"""Gibbs chains: the negative phase of every sampler-driven gradient."""

from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Generator, Tensor

from embudo.kernels.energies import Machine, hidden_given, visible_given
from embudo.kernels.noise import bernoulli
from embudo.kernels.units import Draw


class Sweep(NamedTuple):
    """Where a chain stands after a sweep: what was drawn, from what, and what may come next."""

    visible_given: Float[Tensor, "chain visible"]
    visible: Float[Tensor, "chain visible"]
    hidden_given: Float[Tensor, "chain hidden"]


def sweep(
    h: Float[Tensor, "chain hidden"],
    machine: Machine,
    generator: Generator,
    *,
    draw: Draw = bernoulli,
    observed: Float[Tensor, "chain visible"] | None = None,
) -> Sweep:
    """Draw ``v ~ p(v | h)`` and return it with ``p(h | v)``; units not observed stay at 0."""
    given = visible_given(h, machine)
    visible = machine.visible.sample(given, generator, draw)
    if observed is not None:
        visible = visible * observed
    return Sweep(given, visible, hidden_given(visible, machine))


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
        h = machine.hidden.sample(last.hidden_given, generator, draw)
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
    start: Float[Tensor, "batch visible"] | None = None,
) -> Float[Tensor, "batch visible"]:
    """Return rows whose missing entries are drawn from ``p(v_missing | v_observed)``.

    A clamped Gibbs chain of ``steps`` sweeps (at least one) draws them; it goes on from ``start``,
    by default from the machine without the missing units.
    """
    missing = 1 - observed
    state = v if start is None else start
    for _ in range(steps):
        h = machine.hidden.sample(hidden_given(state, machine), generator, draw)
        drawn = machine.visible.sample(visible_given(h, machine), generator, draw)
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
    start = machine.visible.mean(machine.visible.given(machine.visible_bias))
    state = v + missing * start
    for step in range(steps):
        h = machine.hidden.sample(hidden_given(state, machine), generator)
        given = visible_given(h, machine)
        state = v + missing * machine.visible.sample(given, generator)
        if step >= burn_in:
            total += machine.visible.mean(given)
    return v + missing * total / (steps - burn_in)


def from_base_rates(
    machine: Machine, n_chains: int, generator: Generator
) -> Float[Tensor, "chain hidden"]:
    """Return hidden states of chains that start where the visible biases alone put them."""
    rates = machine.visible.given(machine.visible_bias).expand(n_chains, -1).contiguous()
    v = machine.visible.sample(rates, generator)
    return machine.hidden.sample(hidden_given(v, machine), generator)
