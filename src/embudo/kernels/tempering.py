"""Parallel tempering: chains at several temperatures that exchange their states.

On the way from a machine without weights (``beta = 0``) to the machine itself (``beta = 1``)
stand machines of the same kind, with the energy

    E_beta(v, h) = base(v) + base(h) - ((1 - beta) a0 + beta a) v - beta b h - beta v W h

One block Gibbs sweep moves a replica at each of them, all in the same two products. Then
neighbours may exchange their visible states, hidden ones summed out, which a Metropolis step
accepts with probability ``min(1, exp(F_i(v_i) + F_j(v_j) - F_i(v_j) - F_j(v_i)))``. A state that
is free to change where it is hot so finds its way to the cold end.

Swendsen and Wang (1986); for RBMs Desjardins et al. (2010) and Cho, Raiko and Ilin (2010).
"""

from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Generator, Tensor

from embudo.kernels.energies import Machine, hidden_field, visible_field
from embudo.kernels.noise import bernoulli
from embudo.kernels.units import Draw

_LEAST_REJECTION = 0.01  # that counts, so that no two temperatures fall together


class Ladder(NamedTuple):
    """The machines on the way: where it starts, where it ends, and its rungs.

    Attributes
    ----------
    machine : Machine
        Where it ends.
    base_bias : Tensor of shape (visible,)
        Visible biases of the weightless machine where it starts, best the data's base rates.
    betas : Tensor of shape (temperatures,)
        Inverse temperatures, rising from 0 to 1.
    """

    machine: Machine
    base_bias: Float[Tensor, " visible"]
    betas: Float[Tensor, " temperature"]


class Replicas(NamedTuple):
    """Where the replicas stand after a sweep and an exchange.

    Attributes
    ----------
    visible : Tensor of shape (temperatures, chains, visible)
    field : Tensor of shape (temperatures, chains, hidden)
        ``v W + b`` of each, whatever its temperature.
    acceptance : Tensor of shape (temperatures - 1,)
        Mean probability that each pair of neighbours exchanged; NaN where none was to.
    source : Tensor of shape (temperatures, chains)
        At which temperature each state stood before the exchange.
    """

    visible: Float[Tensor, "temperature chain visible"]
    field: Float[Tensor, "temperature chain hidden"]
    acceptance: Float[Tensor, " pair"]
    source: Int[Tensor, "temperature chain"]


def even_betas(n: int) -> Float[Tensor, " temperature"]:
    """Return ``n`` inverse temperatures at equal distances."""
    return torch.linspace(0, 1, n)


def sweep(
    h: Float[Tensor, "temperature chain hidden"],
    ladder: Ladder,
    parity: int,
    generator: Generator,
    draw: Draw = bernoulli,
) -> Replicas:
    """Draw ``v ~ p_beta(v | h)``, then let neighbours exchange.

    At even ``parity`` those are the pairs (0, 1), (2, 3), ...; at odd parity (1, 2), (3, 4), ...
    Taking them in turn carries states along the ladder faster than chance (Syed et al. 2022).
    """
    machine = ladder.machine
    betas = ladder.betas.to(h)[:, None, None]
    down = visible_field(h.flatten(0, 1), machine).unflatten(0, h.shape[:2])
    given = machine.visible.given_(torch.lerp(ladder.base_bias.to(h), down, betas))
    v = machine.visible.sample(given, generator, draw)
    field = hidden_field(v.flatten(0, 1), machine).unflatten(0, h.shape[:2])
    return exchange(v, field, ladder, parity, generator)


def exchange(
    v: Float[Tensor, "temperature chain visible"],
    field: Float[Tensor, "temperature chain hidden"],
    ladder: Ladder,
    parity: int,
    generator: Generator,
) -> Replicas:
    """Let neighbours exchange their visible states; ``field`` is ``v W + b``."""
    n_temperatures, n_chains = v.shape[:2]
    partner = partners(n_temperatures, parity).to(v.device)
    own = torch.arange(n_temperatures, device=v.device)
    gain = log_gain(v, field, ladder, partner)
    chance = (gain + gain[partner]).clamp(max=0).exp()
    noise = torch.rand(chance.shape, generator=generator, dtype=chance.dtype, device=v.device)
    accepted = noise[torch.minimum(own, partner)] < chance  # one decision for both of a pair
    source = torch.where(accepted, partner[:, None], own[:, None])
    columns = torch.arange(n_chains, device=v.device)
    rates = chance.mean(1).masked_fill(partner <= own, torch.nan)[:-1]
    return Replicas(v[source, columns], field[source, columns], rates, source)


def log_gain(
    v: Float[Tensor, "temperature chain visible"],
    field: Float[Tensor, "temperature chain hidden"],
    ladder: Ladder,
    partner: Tensor,
) -> Float[Tensor, "temperature chain"]:
    """Return ``F_i(v_i) - F_j(v_i)``: what a state at ``i`` gains at its partner ``j``."""
    machine, wide = ladder.machine, torch.promote_types(field.dtype, torch.float32)
    here = ladder.betas.to(v.device, wide)
    there = here[partner]
    field = field.to(wide)
    hidden = machine.hidden.log_normaliser
    gained = hidden(there[:, None, None] * field) - hidden(here[:, None, None] * field)
    bias = machine.visible_bias.to(wide) - ladder.base_bias.to(wide)
    return (there - here)[:, None] * (v.to(wide) @ bias) + gained


def partners(n_temperatures: int, parity: int) -> Tensor:
    """Return with which one each temperature exchanges; with itself where it has no partner."""
    own = torch.arange(n_temperatures)
    other = own + 1 - 2 * ((own + parity) % 2)
    return torch.where((other >= 0) & (other < n_temperatures), other, own)


def hidden_states(
    field: Float[Tensor, "temperature chain hidden"],
    ladder: Ladder,
    generator: Generator,
    draw: Draw = bernoulli,
) -> Float[Tensor, "temperature chain hidden"]:
    """Draw ``h ~ p_beta(h | v)`` for replicas with the field ``v W + b``."""
    hidden = ladder.machine.hidden
    return hidden.sample(
        hidden.given_(ladder.betas.to(field)[:, None, None] * field), generator, draw
    )


def run(
    h: Float[Tensor, "temperature chain hidden"],
    ladder: Ladder,
    steps: int,
    parity: int,
    generator: Generator,
    draw: Draw = bernoulli,
) -> Replicas:
    """Return the last of ``steps`` sweeps (at least one), with the acceptance over all of them."""
    last = sweep(h, ladder, parity, generator, draw)
    rates = [last.acceptance]
    for step in range(1, steps):
        h = hidden_states(last.field, ladder, generator, draw)
        last = sweep(h, ladder, parity + step, generator, draw)
        rates.append(last.acceptance)
    return last._replace(acceptance=torch.stack(rates).nanmean(0))


def evened_betas(
    betas: Float[Tensor, " temperature"], acceptance: Float[Tensor, " pair"]
) -> Float[Tensor, " temperature"]:
    """Return as many inverse temperatures, placed so that all pairs would reject equally often.

    Between its ends the sum of the pairs' rejections stays as it is, whatever lies between
    (Predescu et al. 2004; Syed et al. 2022), so the new ones stand at equal steps of that sum.
    """
    rejection = (1 - acceptance).clamp(min=_LEAST_REJECTION)
    barrier = torch.cat((rejection.new_zeros(1), rejection.cumsum(0)))
    wanted = torch.linspace(0, 1, len(betas)).to(barrier) * barrier[-1]
    after = torch.searchsorted(barrier, wanted[1:-1]).clamp(1, len(betas) - 1)
    share = (wanted[1:-1] - barrier[after - 1]) / (barrier[after] - barrier[after - 1])
    inner = torch.lerp(betas[after - 1], betas[after], share.to(betas))
    return torch.cat((betas[:1], inner, betas[-1:]))


def from_base_rates(
    ladder: Ladder, n_chains: int, generator: Generator
) -> Float[Tensor, "temperature chain hidden"]:
    """Return hidden states of replicas that start at the base rates, at every temperature."""
    machine = ladder.machine
    n = len(ladder.betas)
    rates = machine.visible.given(ladder.base_bias).expand(n * n_chains, -1).contiguous()
    v = machine.visible.sample(rates, generator)
    field = hidden_field(v, machine).unflatten(0, (n, n_chains))
    return hidden_states(field, ladder, generator)
