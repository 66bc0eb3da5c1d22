"""Gibbs chains: the negative phase of every sampler-driven gradient."""

from typing import NamedTuple

from jaxtyping import Float
from torch import Generator, Tensor

from embudo.kernels.energies import Machine, hidden_field, visible_field
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
    visible_mean = machine.visible.mean(visible_field(h, machine))
    visible = machine.visible.sample(visible_mean, generator, draw)
    if observed is not None:
        visible = visible * observed
    return Sweep(visible_mean, visible, machine.hidden.mean(hidden_field(visible, machine)))


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
        hidden_mean = machine.hidden.mean(hidden_field(state, machine))
        h = machine.hidden.sample(hidden_mean, generator)
        mean = machine.visible.mean(visible_field(h, machine))
        state = v + missing * machine.visible.sample(mean, generator)
        if step >= burn_in:
            total += mean
    return v + missing * total / (steps - burn_in)
