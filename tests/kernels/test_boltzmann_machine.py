"""The Boltzmann machine's kernels against the listing of all states in plain numpy."""

import numpy as np
import pytest
import torch

from embudo.kernels import ais, boltzmann_sweeps
from embudo.kernels import boltzmann_clamped as clamped
from embudo.kernels import boltzmann_states as listing
from embudo.kernels.ais import default_betas
from embudo.kernels.boltzmann import Boltzmann, allowed, energy, given_all_others
from embudo.kernels.boltzmann_ais import BoltzmannPath
from oracles.boltzmann import BoltzmannOracle, states

pytestmark = pytest.mark.slow

N_VISIBLE, N_HIDDEN = 3, 4
N = N_VISIBLE + N_HIDDEN
LATERALS = ("both", "visible", "hidden", "none")
each_lateral = pytest.mark.parametrize("lateral", LATERALS)
ROWS = np.array([[1.0, 0.3, 0.0], [0.0, 1.0, 1.0]])
SEEN = np.array([[True, True, False], [False, True, True]])
SHARE = np.array([0.3, 0.9])


def oracle(lateral, sizes=(N_VISIBLE, N_HIDDEN), **settings):
    return BoltzmannOracle.random(*sizes, lateral, **settings)


def machine(known, lateral, dtype=torch.float64):
    parts = (torch.tensor(part, dtype=dtype) for part in (known.L, known.b))
    return Boltzmann(*parts, known.n_visible, lateral)


def both(lateral, **settings):
    known = oracle(lateral, **settings)
    return known, machine(known, lateral)


def off_diagonal(matrix):
    found = np.array(matrix)
    np.fill_diagonal(found, 0)
    return found


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def tensors(holes):
    rows = ROWS * SEEN if holes else ROWS
    return torch.tensor(rows), torch.tensor(SEEN * 1.0) if holes else None


def masks(holes):
    return SEEN if holes else np.ones_like(SEEN)


@each_lateral
def test_energy_and_log_partition_and_averages(lateral):
    known, own = both(lateral)
    S = states(N)
    np.testing.assert_allclose(
        energy(torch.tensor(S), own), [known.energy(s) for s in S], rtol=1e-12, atol=1e-12
    )
    assert float(listing.log_partition(own)) == pytest.approx(known.log_partition(), abs=1e-12)
    mean, pair = listing.averages(own)
    true_mean, true_pair = known.averages()
    np.testing.assert_allclose(mean, true_mean, atol=1e-12)
    np.testing.assert_allclose(pair, off_diagonal(true_pair), atol=1e-12)


@pytest.mark.parametrize("sizes", [(2, 5), (5, 2), (4, 4)])
@each_lateral
def test_the_fewest_units_are_listed_and_the_others_are_free_given_them(lateral, sizes):
    known = oracle(lateral, sizes)
    own = machine(known, lateral)
    fewest = {"both": sum(sizes), "visible": sizes[0], "hidden": sizes[1], "none": min(sizes)}
    assert listing.listed_units(own) == fewest[lateral]
    assert float(listing.log_partition(own)) == pytest.approx(known.log_partition(), abs=1e-12)
    np.testing.assert_allclose(listing.averages(own)[0], known.averages()[0], atol=1e-12)


def test_many_states_come_in_blocks(monkeypatch):
    known, own = both("both")
    rows, _ = tensors(holes=False)
    whole = listing.averages(own), clamped.exact_means(rows, own), clamped.log_mass(rows, own)
    monkeypatch.setattr(listing, "_STATES_AT_ONCE", 3)
    monkeypatch.setattr(listing, "_ELEMENTS_AT_ONCE", 3)  # one row at a time
    parts = listing.averages(own), clamped.exact_means(rows, own), clamped.log_mass(rows, own)
    for a, b in zip((*whole[0], *whole[1:]), (*parts[0], *parts[1:]), strict=True):
        np.testing.assert_allclose(a, b, atol=1e-12)
    assert float(listing.log_partition(own)) == pytest.approx(known.log_partition(), abs=1e-12)


@pytest.mark.parametrize("holes", [False, True], ids=["whole", "with holes"])
@each_lateral
def test_beside_data_everything_is_as_the_listing_says(lateral, holes):
    known, own = both(lateral)
    v, observed = tensors(holes)
    true = [known.conditional_averages(r, m) for r, m in zip(v.numpy(), masks(holes), strict=True)]
    masses = [known.log_mass(r, m) for r, m in zip(v.numpy(), masks(holes), strict=True)]
    means = clamped.exact_means(v, own, observed)
    np.testing.assert_allclose(means, [mean for mean, _ in true], atol=1e-12)
    np.testing.assert_allclose(clamped.log_mass(v, own, observed), masses, atol=1e-12)
    mean, pair = clamped.exact_pairs(v, own, torch.tensor(SHARE), observed)
    mask = allowed(*(N_VISIBLE, N_HIDDEN), lateral).numpy()
    true_pair = sum(share * pair for share, (_, pair) in zip(SHARE, true, strict=True))
    np.testing.assert_allclose(mean, SHARE @ [mean for mean, _ in true], atol=1e-12)
    np.testing.assert_allclose(pair.numpy() * mask, true_pair * mask, atol=1e-12)


@each_lateral
def test_each_unit_s_conditional(lateral):
    known, own = both(lateral)
    found = given_all_others(torch.tensor(states(N)), own, slice(0, N))
    np.testing.assert_allclose(found, np.stack([known.flipped_on(i) for i in range(N)], 1))


@pytest.mark.parametrize("run", [1, 2, 64])
@each_lateral
def test_a_sweep_moves_states_as_the_transition_matrix_says(lateral, run, monkeypatch):
    """From one state, the frequencies of what a sweep leads to; all units in their order.

    Units of a free layer are drawn at once, which makes no difference to one by one.
    """
    monkeypatch.setattr(boltzmann_sweeps, "_RUN", run)
    known = oracle(lateral, (2, 3), scale=1.5)
    own = machine(known, lateral, torch.float32)
    T = known.transition(range(5))
    n, start = 40_000, 13
    state = torch.tensor(states(5)[start], dtype=torch.float32).expand(n, -1)
    drawn = boltzmann_sweeps.gibbs(state, own, 1, generator()).numpy()
    found = np.bincount((drawn @ 2.0 ** np.arange(5)[::-1]).astype(int), minlength=32) / n
    error = np.sqrt(T[start] * (1 - T[start]) / n)
    assert (abs(found - T[start]) < 4.5 * error + 1e-4).all()


@each_lateral
def test_gibbs_leaves_the_distribution_as_it_is(lateral):
    known, own = both(lateral)
    p, n = known.probabilities(), 40_000
    start = states(N)[np.random.default_rng(1).choice(2**N, n, p=p)]
    drawn = boltzmann_sweeps.gibbs(torch.tensor(start), own, 3, generator()).numpy()
    assert set(np.unique(drawn)) == {0.0, 1.0}
    assert abs((drawn != start).mean()) > 0.1
    true_mean, true_pair = known.averages()
    assert abs(drawn.mean(0) - true_mean).max() < 4.5 * 0.5 / n**0.5
    assert abs(drawn.T @ drawn / n - true_pair).max() < 4.5 * 0.5 / n**0.5


def test_a_clamped_chain_draws_from_the_conditional():
    known, own = both("both")
    n = 40_000
    v, observed = torch.tensor([[1.0, 0, 0]]).double(), torch.tensor([[1.0, 0, 1]]).double()
    state = torch.zeros(n, N).double()
    state[:, :N_VISIBLE] = v
    drawn = boltzmann_sweeps.gibbs(state, own, 30, generator(), observed.expand(n, -1)).numpy()
    true, _ = known.conditional_averages(v[0].numpy(), np.array([True, False, True]))
    assert (drawn[:, [0, 2]] == [1, 0]).all()
    assert abs(drawn.mean(0) - true).max() < 4.5 * 0.5 / n**0.5


@pytest.mark.parametrize("holes", [False, True], ids=["whole", "with holes"])
@each_lateral
def test_mean_field_is_a_fixed_point_and_its_bound_lies_below_the_truth(lateral, holes):
    """Equal to it only where what is not observed is independent: no holes, free hidden units."""
    known, own = both(lateral)
    v, observed = tensors(holes)
    mean = clamped.mean_field_means(v, own, observed, sweeps=2000, tolerance=1e-13)
    moving = np.ones((2, N), bool)
    moving[:, :N_VISIBLE] = ~masks(holes)
    again = 1 / (1 + np.exp(-(mean.numpy() @ known.L + known.b)))
    np.testing.assert_allclose(mean[moving], again[moving], atol=1e-10)
    np.testing.assert_array_equal(mean[~moving], v.numpy()[masks(holes)])
    gap = (clamped.log_mass(v, own, observed) - clamped.lower_bound(mean, own, observed)).numpy()
    independent = lateral in ("visible", "none") and not holes
    if independent:
        np.testing.assert_allclose(gap, 0, atol=1e-12)
    else:
        assert gap.max() > 1e-4
        assert gap.min() > -1e-12


def test_the_bound_is_that_of_the_definition():
    known, own = both("both")
    v = ROWS[0]
    mu = np.array([0.2, 0.9, 0.5, 0.01])
    found = clamped.lower_bound(torch.tensor(np.concatenate((v, mu)))[None], own)
    assert float(found) == pytest.approx(known.bound(v, mu), abs=1e-12)


def test_no_sweep_lowers_the_bound():
    known = oracle("both", (3, 6), scale=3.0)
    own = machine(known, "both")
    v, _ = tensors(holes=False)
    bounds = [
        clamped.lower_bound(clamped.mean_field_means(v, own, sweeps=k, tolerance=0.0), own)
        for k in range(8)
    ]
    steps = torch.stack(bounds).diff(dim=0)
    assert float(steps.min()) > -1e-12
    assert float(steps.max()) > 1e-3


def test_a_row_settles_as_if_it_were_alone():
    known = oracle("both", (3, 6), scale=2.0)
    own = machine(known, "both")
    rows = torch.tensor(states(3))
    how = {"sweeps": 500, "tolerance": 1e-4}
    together = clamped.mean_field_means(rows, own, **how)
    alone = torch.cat([clamped.mean_field_means(row[None], own, **how) for row in rows])
    np.testing.assert_allclose(together, alone, atol=1e-12)


def test_decoding_settles_visible_units_that_touch():
    known, own = both("both")
    h = torch.tensor([[1.0, 0.0, 0.5, 1.0]]).double()
    v = clamped.decoded(h, own, sweeps=2000, tolerance=1e-13)
    field = np.concatenate((v[0], h[0])) @ known.L + known.b
    np.testing.assert_allclose(v[0], 1 / (1 + np.exp(-field[:N_VISIBLE])), atol=1e-10)


@each_lateral
def test_annealing_brackets_log_z_within_three_errors(lateral):
    known, own = both(lateral, scale=1.5)
    base, betas, n = torch.zeros(N).double(), default_betas(100), 400
    base[:N_VISIBLE] = torch.tensor([0.5, -1.0, 0.2])
    perfect = states(N)[np.random.default_rng(2).choice(2**N, n, p=known.probabilities())]
    path = BoltzmannPath(own, base)
    forward = ais.log_partition(path, betas, n, generator(3))
    reverse = ais.reverse_log_partition(path, betas, torch.tensor(perfect), generator(4))
    for estimate in (forward, reverse):
        assert 0 < estimate.error < 0.05
        assert abs(estimate.value - known.log_partition()) < 3 * estimate.error


def test_annealing_without_couplings_is_exact_at_once():
    _, own = both("both")
    own = own._replace(coupling=torch.zeros(N, N).double())
    found = ais.log_partition(BoltzmannPath(own, own.bias), default_betas(5), 10, generator())
    assert found.value == pytest.approx(float(torch.log1p(own.bias.exp()).sum()), abs=1e-12)
    assert found.error == pytest.approx(0, abs=1e-12)
