"""Replicas at several temperatures: each keeps its own distribution, whatever they exchange."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from embudo.kernels import chains, tempering
from embudo.kernels.energies import hidden_field
from embudo.kernels.noise import fast_bernoulli
from embudo.kernels.tempering import Ladder
from oracles.binary import BinaryRBM, numbers

CHAINS = 40_000
BETAS = [0.0, 0.3, 0.6, 1.0]


def rung(oracle, base, beta):
    """The machine at an inverse temperature."""
    a = (1 - beta) * base + beta * oracle.a
    return replace(oracle, W=beta * oracle.W, a=a, b=beta * oracle.b)


def base_of(oracle):
    return np.random.default_rng(5).normal(0, 0.7, len(oracle.a))


def ladder_of(oracle, machine, betas=BETAS):
    base = torch.from_numpy(base_of(oracle))
    return Ladder(machine, base, torch.tensor(betas, dtype=torch.float64))


def at_rungs(oracle, n, betas=BETAS):
    """Visible states from each machine's exact distribution."""
    base = base_of(oracle)
    return np.array([rung(oracle, base, beta).rows(n, k) for k, beta in enumerate(betas)])


def with_field(V, machine):
    v = torch.from_numpy(V)
    return v, hidden_field(v.flatten(0, 1), machine).unflatten(0, v.shape[:2])


def test_every_temperature_has_the_neighbour_that_parity_says():
    assert tempering.partners(5, 0).tolist() == [1, 0, 3, 2, 4]
    assert tempering.partners(5, 1).tolist() == [0, 2, 1, 4, 3]
    assert tempering.partners(4, 3).tolist() == [0, 2, 1, 3]
    assert tempering.partners(2, 7).tolist() == [0, 1]


@pytest.mark.parametrize("parity", [0, 1])
def test_exchanges_are_as_probable_as_the_free_energies_say(general, machine_of, generator, parity):
    machine = machine_of(general)
    V = at_rungs(general, 50)
    v, field = with_field(V, machine)
    ladder = ladder_of(general, machine)
    rungs = [rung(general, base_of(general), beta) for beta in BETAS]
    partner = tempering.partners(4, parity)
    gain = tempering.log_gain(v, field, ladder, partner)
    end = tempering.exchange(v, field, ladder, parity, generator)
    pairs = [(0, 1), (2, 3)] if parity == 0 else [(1, 2)]
    for i, j in pairs:
        here = rungs[i].free_energy(V[i]) + rungs[j].free_energy(V[j])
        there = rungs[i].free_energy(V[j]) + rungs[j].free_energy(V[i])
        np.testing.assert_allclose(gain[i] + gain[j], here - there, rtol=0, atol=1e-9)
        chance = np.minimum(1, np.exp(here - there))
        assert float(end.acceptance[i]) == pytest.approx(chance.mean(), abs=1e-9)
        assert chance.min() < 0.95
    tried = [i for i, _ in pairs]
    assert end.acceptance.isnan().tolist() == [i not in tried for i in range(3)]


def test_what_is_accepted_moves_whole_and_as_often_as_reported(machine_of, generator):
    oracle = BinaryRBM.random(4, 3, scale=2)
    machine = machine_of(oracle)
    V = np.random.default_rng(0).integers(0, 2, (4, CHAINS, 4)) * 1.0
    v, field = with_field(V, machine)
    end = tempering.exchange(v, field, ladder_of(oracle, machine), 0, generator)
    columns = np.arange(CHAINS)
    source = end.source.numpy()
    np.testing.assert_array_equal(end.visible, V[source, columns])
    np.testing.assert_allclose(end.field, end.visible.numpy() @ oracle.W + oracle.b, atol=1e-12)
    assert (np.sort(source, 0) == np.arange(4)[:, None]).all()  # nothing is lost, nothing doubled
    for pair in (0, 2):
        rate = float(end.acceptance[pair])
        moved = (source[pair] == pair + 1).mean()
        assert abs(moved - rate) < 4.5 * 0.5 / CHAINS**0.5
        assert 0.1 < rate < 0.9


@pytest.mark.parametrize("parity", [0, 1])
def test_the_joint_distribution_of_all_replicas_stays_as_it_is(machine_of, generator, parity):
    oracle = BinaryRBM.random(2, 2, seed=3, scale=3)
    betas = [0.0, 0.5, 1.0]
    base = base_of(oracle)
    p = [rung(oracle, base, beta).visible_probabilities() for beta in betas]
    joint = np.einsum("i,j,k->ijk", *p).ravel()
    rng = np.random.default_rng(1)
    V = np.array([oracle.visible_states[rng.choice(4, CHAINS, p=q)] for q in p])
    machine = machine_of(oracle)
    ladder = ladder_of(oracle, machine, betas)
    h = tempering.hidden_states(with_field(V, machine)[1], ladder, generator)
    end = tempering.run(h, ladder, 3, parity, generator)
    index = np.ravel_multi_index([numbers(v) for v in end.visible.numpy()], (4, 4, 4))
    expected = CHAINS * joint
    statistic = ((np.bincount(index, minlength=64) - expected) ** 2 / expected).sum()
    assert abs(statistic - 63) < 4.5 * np.sqrt(2 * 63)
    cold = np.einsum("i,j,k->ijk", p[0], p[2], p[2]).ravel() * CHAINS
    assert ((cold - expected) ** 2 / expected).sum() > 1000  # the rungs are told apart


@pytest.mark.parametrize("draw", [None, fast_bernoulli], ids=["exact draw", "fast draw"])
def test_units_of_every_kind_keep_to_their_moments(general, machine_of, generator, draw):
    machine = machine_of(general)
    ladder = ladder_of(general, machine)
    fast = {} if draw is None else {"draw": draw}
    _, field = with_field(at_rungs(general, CHAINS // 4), machine)
    h = tempering.hidden_states(field, ladder, generator, **fast)
    end = tempering.run(h, ladder, 2, 0, generator, **fast)
    h = tempering.hidden_states(end.field, ladder, generator, **fast).numpy()
    for v, h_here, beta in zip(end.visible.numpy(), h, BETAS, strict=True):
        products, visible, hidden = rung(general, base_of(general), beta).moments()
        expected = np.concatenate([products.ravel(), visible, hidden])
        found = np.hstack([(v[:, :, None] * h_here[:, None]).reshape(len(v), -1), v, h_here])
        bound = 4.5 * found.std(0) / np.sqrt(len(found)) + 1e-6
        assert (np.abs(found.mean(0) - expected) <= bound).all(), beta


def two_modes(n=12, unequal=0.09):
    """A machine whose mass lies around two opposite states, more around one of them."""
    signs = np.where(np.arange(n) % 2, 1.0, -1.0)
    W = 5.0 * np.column_stack([signs, -signs])
    a = -W.sum(1) / 2 + unequal * signs
    return BinaryRBM(W, a, np.full(2, -0.25 * n)), signs > 0


def test_replicas_visit_both_modes_where_plain_chains_stay_in_one(machine_of, generator):
    oracle, pattern = two_modes()
    V, p = oracle.visible_states, oracle.visible_probabilities()
    share = p[(pattern == V).mean(1) > 0.5].sum()
    assert 0.6 < share < 0.9
    machine = machine_of(oracle)
    n = 500
    start = torch.from_numpy(np.tile(pattern * 1.0, (n, 1)))
    stuck = chains.run(
        machine.hidden.given(hidden_field(start, machine)).round(), machine, 200, generator
    )
    assert ((stuck.visible.numpy() == pattern).mean(1) > 0.5).mean() > 0.99
    ladder = Ladder(machine, torch.zeros(12).double(), torch.linspace(0, 1, 8).double())
    h = tempering.hidden_states(
        with_field(start.expand(8, -1, -1).numpy(), machine)[1], ladder, generator
    )
    end = tempering.run(h, ladder, 200, 0, generator)
    found = ((end.visible[-1].numpy() == pattern).mean(1) > 0.5).mean()
    assert abs(found - share) < 4.5 * 0.5 / n**0.5


@pytest.mark.parametrize(
    ("acceptance", "inner"),
    [([0.4, 0.8], 1 / 3), ([0.8, 0.4], 2 / 3), ([0.7, 0.7], 0.5), ([1.0, 1.0], 0.5)],
)
def test_temperatures_are_placed_at_equal_steps_of_rejection(acceptance, inner):
    betas = torch.tensor([0.0, 0.5, 1.0])
    found = tempering.evened_betas(betas, torch.tensor(acceptance))
    assert found.tolist() == pytest.approx([0, inner, 1], abs=1e-6)


def test_temperatures_stay_sorted_between_their_ends():
    rng = np.random.default_rng(0)
    for n in (2, 3, 10, 40):
        for _ in range(50):
            betas = torch.from_numpy(np.sort([0, *rng.random(n - 2), 1])).float()
            acceptance = torch.from_numpy(rng.choice([0.0, 1.0, rng.random()], n - 1)).float()
            found = tempering.evened_betas(betas, acceptance)
            assert found[0] == 0
            assert found[-1] == 1
            assert len(found) == n
            assert (found.diff() > 0).all()


def test_evening_out_makes_all_pairs_exchange_equally_often(machine_of, generator):
    oracle = BinaryRBM.random(12, 8, seed=2, scale=2)
    machine = machine_of(oracle)
    betas = torch.linspace(0, 1, 6).double()
    spread = []
    for _ in range(6):
        ladder = Ladder(machine, torch.zeros(12).double(), betas)
        h = tempering.from_base_rates(ladder, 400, generator)
        acceptance = tempering.run(h, ladder, 40, 0, generator).acceptance
        spread.append(float(acceptance.max() - acceptance.min()))
        betas = tempering.evened_betas(betas, acceptance)
    assert spread[0] > 0.15
    assert spread[-1] < 0.03
