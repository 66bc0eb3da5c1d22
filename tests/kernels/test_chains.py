"""Gibbs chains draw from the distribution they should, and keep to it."""

import numpy as np
import pytest
import torch

from embudo.kernels import chains
from embudo.kernels.energies import hidden_field, visible_field
from embudo.kernels.noise import bernoulli, fast_bernoulli
from oracles.binary import BinaryRBM, numbers, states
from oracles.gaussian import GaussianRBM

CHAINS = 40_000


def chi_square(counts, p):
    expected = counts.sum() * p
    return ((counts - expected) ** 2 / expected).sum()


def plausible(statistic, degrees):
    """Whether a chi-square statistic lies within 4.5 standard deviations of its mean."""
    return abs(statistic - degrees) < 4.5 * np.sqrt(2 * degrees)


def bernoulli_table(means):
    """The probability of each binary state (column) under each row of independent means."""
    S = states(means.shape[1])
    return np.prod(np.where(S[None] == 1, means[:, None], 1 - means[:, None]), axis=2)


def visible_after(oracle, h, sweeps):
    """p(v) after some sweeps from the hidden state h."""
    start = oracle.visible_given_hidden()[numbers(h[None])[0]]
    return start @ np.linalg.matrix_power(oracle.transition(), sweeps - 1)


def test_a_sweep_leaves_the_exact_distribution_as_it_is(binary, machine_of):
    machine = machine_of(binary)
    V, H = torch.from_numpy(binary.visible_states), torch.from_numpy(binary.hidden_states)
    up = bernoulli_table(machine.hidden.given(hidden_field(V, machine)).numpy())
    down = bernoulli_table(machine.visible.given(visible_field(H, machine)).numpy())
    p = binary.visible_probabilities()
    np.testing.assert_allclose(up.sum(1), 1, rtol=1e-12)
    np.testing.assert_allclose(p @ up @ down, p, rtol=0, atol=1e-12)
    np.testing.assert_allclose(up @ down, binary.transition(), rtol=0, atol=1e-12)


@pytest.mark.parametrize("draw", [bernoulli, fast_bernoulli], ids=lambda draw: draw.__name__)
@pytest.mark.parametrize("sweeps", [1, 2, 4])
def test_chains_draw_from_the_transition_matrix(machine_of, generator, draw, sweeps):
    oracle = BinaryRBM.random(4, 3, scale=1.5)
    h = np.array([1.0, 0.0, 1.0])
    start = torch.from_numpy(h).expand(CHAINS, -1)
    end = chains.run(start, machine_of(oracle), sweeps, generator, draw=draw)
    counts = np.bincount(numbers(end.visible.numpy()), minlength=16)
    assert plausible(chi_square(counts, visible_after(oracle, h, sweeps)), 15)
    assert not plausible(chi_square(counts, visible_after(oracle, 1 - h, 1)), 15)


def test_a_sweep_reports_the_means_it_drew_from_and_the_next_ones(binary, machine_of, generator):
    H = torch.from_numpy(binary.hidden_states)
    end = chains.sweep(H, machine_of(binary), generator)
    down = binary.visible_given_hidden() @ binary.visible_states
    up = binary.hidden_given_visible() @ binary.hidden_states
    np.testing.assert_allclose(end.visible_given, down, rtol=1e-12)
    np.testing.assert_allclose(end.hidden_given, up[numbers(end.visible.numpy())], rtol=1e-12)


def test_gaussian_chains_reach_the_mixture(machine_of, generator):
    oracle = GaussianRBM.random(2, 3, seed=1)
    start = torch.zeros(CHAINS, 3, dtype=torch.float64)
    v = chains.run(start, machine_of(oracle), 40, generator).visible.numpy()
    _, mean, _ = oracle.moments()
    covariance = oracle.covariance()
    bound = 4.5 * np.sqrt(np.diag(covariance) / CHAINS)
    assert (np.abs(v.mean(0) - mean) < bound).all()
    spread = np.sqrt(np.outer(np.diag(covariance), np.diag(covariance)) * 3 / CHAINS)
    assert (np.abs(np.cov(v.T) - covariance) < 4.5 * spread).all()
    assert np.abs(covariance - np.eye(2)).max() > 0.1


def test_units_that_are_not_observed_leave_the_rest_to_its_own_machine(machine_of, generator):
    oracle = BinaryRBM.random(5, 3, scale=1.5)
    missing = np.array([False, True, False, False, True])
    observed = torch.from_numpy(~missing * 1.0).expand(CHAINS, -1)
    start = torch.ones(CHAINS, 3, dtype=torch.float64)
    end = chains.run(start, machine_of(oracle), 30, generator, observed=observed)
    v = end.visible.numpy()
    assert (v[:, missing] == 0).all()
    counts = np.bincount(numbers(v[:, ~missing]), minlength=8)
    rest = oracle.without(missing)
    assert plausible(chi_square(counts, rest.visible_probabilities()), 7)
    whole = oracle.visible_probabilities().reshape([2] * 5).sum((1, 4)).ravel()
    assert not plausible(chi_square(counts, whole), 7)


def imputed(oracle, machine, v, observed, generator):
    """The mean, over many rows alike, of what a short chain fills in."""
    copies = 2_000
    x = torch.from_numpy(np.where(observed, v, 0.0)).expand(copies, -1)
    seen = torch.from_numpy(observed * 1.0).expand(copies, -1)
    return chains.impute(x, seen, machine, 50, generator)


@pytest.mark.parametrize("hidden_entries", [[0], [1, 3], [0, 1, 2, 3, 4]], ids=str)
def test_imputing_converges_to_the_conditional_mean(machine_of, generator, hidden_entries):
    oracle = BinaryRBM.random(5, 3)
    v = np.array([1.0, 0.0, 1.0, 1.0, 0.0])
    observed = ~np.isin(np.arange(5), hidden_entries)
    filled = imputed(oracle, machine_of(oracle), v, observed, generator).numpy()
    assert (filled[:, observed] == v[observed]).all()
    error = np.abs(filled.mean(0) - oracle.conditional_means(v, observed))
    assert (error <= 4.5 * filled.std(0) / np.sqrt(len(filled)) + 1e-12).all()
    assert (filled.std(0)[~observed] < 0.2).all()


def test_imputing_real_values_converges_to_the_conditional_mean(machine_of, generator):
    oracle = GaussianRBM.random(4, 3, scale=0.5)
    v = np.array([1.0, -0.5, 2.0, 0.3])
    observed = np.array([True, False, True, False])
    filled = imputed(oracle, machine_of(oracle), v, observed, generator).numpy()
    assert (filled[:, observed] == v[observed]).all()
    error = np.abs(filled.mean(0) - oracle.conditional_means(v, observed))
    assert (error <= 4.5 * filled.std(0) / np.sqrt(len(filled)) + 1e-12).all()
    assert (filled.std(0)[~observed] < 0.3).all()


def clamped_means(oracle, v, observed, sweeps):
    """The expected means of the first sweeps of a clamped chain that starts at the biases."""
    start = np.where(observed, v, 1 / (1 + np.exp(-oracle.a)))
    p = bernoulli_table(1 / (1 + np.exp(-(start @ oracle.W + oracle.b)))[None])[0]
    clamped = np.where(observed, v, oracle.visible_given_hidden() @ oracle.visible_states)
    step = bernoulli_table(clamped) @ oracle.hidden_given_visible()
    return np.array([p @ np.linalg.matrix_power(step, k) @ clamped for k in range(sweeps)])


@pytest.mark.parametrize(("sweeps", "burn_in"), [(1, 0), (5, 1), (10, 2)])
def test_imputing_averages_means_after_a_fifth_of_burn_in(machine_of, generator, sweeps, burn_in):
    oracle = BinaryRBM.random(4, 2, seed=2, scale=3)
    v, observed = np.array([1.0, 0.0, 0.0, 0.0]), np.array([True, False, False, False])
    x, seen = (torch.from_numpy(row * 1.0).expand(CHAINS, -1) for row in (v, observed))
    filled = chains.impute(x, seen, machine_of(oracle), sweeps, generator).numpy()
    expected = clamped_means(oracle, v, observed, sweeps)
    bound = 4.5 * filled.std(0) / np.sqrt(CHAINS) + 1e-12
    assert (np.abs(filled.mean(0) - expected[burn_in:].mean(0)) < bound).all()
    if burn_in:
        assert (np.abs(filled.mean(0) - expected.mean(0)) > bound).any()


def test_imputing_averages_means_and_not_states(binary, machine_of, generator):
    v = torch.zeros(50, len(binary.a), dtype=torch.float64)
    filled = chains.impute(v, v, machine_of(binary), 1, generator).numpy()
    means = binary.visible_given_hidden() @ binary.visible_states
    distance = np.abs(filled[:, None] - means[None]).max(2).min(1)
    np.testing.assert_allclose(distance, 0, atol=1e-12)


def test_a_row_with_nothing_missing_comes_back_untouched(binary, machine_of, generator):
    v = torch.from_numpy(binary.visible_states)
    filled = chains.impute(v, torch.ones_like(v), machine_of(binary), 3, generator)
    assert torch.equal(filled, v)
