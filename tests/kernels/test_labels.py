"""What a machine says of its label, against sums over all states of both layers."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from embudo.kernels import chains
from embudo.kernels.energies import energy, free_energy, hidden_field, hidden_mean
from embudo.kernels.labels import cross_entropy_slope, without_label
from embudo.kernels.pseudo import conditional_log_likelihoods
from oracles import labels as oracle_of

pytestmark = pytest.mark.slow

EXACT = {"rtol": 1e-10, "atol": 1e-10}


@pytest.fixture(params=oracle_of.BEFORE, ids=lambda kind: f"{kind} visible")
def oracle(request, hidden_kind):
    return oracle_of.labelled(request.param, hidden_kind)


def rows(oracle, n=5):
    """Rows of the data's units and labels, drawn from the machine's own table."""
    V = oracle.rows(n)
    k = oracle_of.n_classes(oracle)
    return V[:, :-k], V[:, -k:].argmax(1)


def block(oracle):
    n, k = len(oracle.a), oracle_of.n_classes(oracle)
    return slice(n - k, n)


def padded(oracle, X):
    """Rows of all units, the label's at 0."""
    return torch.from_numpy(np.hstack([X, np.zeros((len(X), oracle_of.n_classes(oracle)))]))


def summed(oracle, machine_of):
    return without_label(machine_of(oracle), block(oracle))


def log_posterior(oracle, machine_of, X):
    machine = summed(oracle, machine_of)
    return machine.hidden.log_posterior(hidden_field(padded(oracle, X), machine))


def test_probabilities_of_the_label(oracle, machine_of):
    X, _ = rows(oracle)
    expected = oracle_of.log_posterior(oracle, X)
    np.testing.assert_allclose(log_posterior(oracle, machine_of, X), expected, **EXACT)
    assert np.ptp(expected, 0).min() > 0.01  # the rows do tell classes apart


def test_rows_of_all_states_add_up_to_one(oracle, machine_of):
    X, counts = oracle_of.data_table(oracle)
    found = free_energy(padded(oracle, X), summed(oracle, machine_of)).numpy()
    total = np.exp(counts - found - oracle.log_partition_of_hidden()).sum()
    np.testing.assert_allclose(total, 1, **EXACT)


def test_free_energy_sums_over_labels_and_hidden_states(oracle, machine_of):
    X, _ = rows(oracle)
    found = free_energy(padded(oracle, X), summed(oracle, machine_of))
    expected = -np.logaddexp.reduce(oracle_of.class_masses(oracle, X), axis=1)
    np.testing.assert_allclose(found, expected, **EXACT)


def test_energy_sums_over_labels(oracle, machine_of):
    X, _ = rows(oracle)
    H = np.random.default_rng(0).random((len(X), len(oracle.b)))
    found = energy(padded(oracle, X), torch.from_numpy(H), summed(oracle, machine_of))
    each = [
        -oracle.energy(oracle_of.joined(oracle, X, np.full(len(X), y)), H)
        for y in range(oracle_of.n_classes(oracle))
    ]
    np.testing.assert_allclose(found, -np.logaddexp.reduce(each), **EXACT)


def test_missing_units_are_absent(oracle, machine_of):
    rest = oracle.without(np.arange(len(oracle.variables)) == 0)
    X, _ = rows(rest)
    width = oracle.units()[0].stop
    full = np.hstack([np.zeros((len(X), width)), X])
    seen = torch.ones(len(X), len(oracle.a)).double()
    seen[:, :width] = 0
    found = free_energy(padded(oracle, full), summed(oracle, machine_of), seen)
    masses = oracle_of.class_masses(rest, X)
    np.testing.assert_allclose(found, -np.logaddexp.reduce(masses, axis=1), **EXACT)
    expected = oracle_of.log_posterior(rest, X)
    np.testing.assert_allclose(log_posterior(oracle, machine_of, full), expected, **EXACT)


def test_hidden_means_are_averaged_over_the_labels(oracle, machine_of):
    X, _ = rows(oracle)
    found = hidden_mean(padded(oracle, X), summed(oracle, machine_of))
    np.testing.assert_allclose(found, oracle_of.hidden_means(oracle, X), **EXACT)


@pytest.mark.parametrize("kind", ["bernoulli", "softmax", "mixed"])
def test_conditionals_of_each_variable(kind, hidden_kind, machine_of):
    oracle = oracle_of.labelled(kind, hidden_kind)
    X, _ = rows(oracle)
    some = torch.arange(len(oracle.variables) - 1)
    found = conditional_log_likelihoods(padded(oracle, X), summed(oracle, machine_of), some)
    expected = [oracle_of.pseudo_log_likelihoods(oracle, x) for x in X]
    np.testing.assert_allclose(found, expected, **EXACT)


def test_densities_of_real_variables_given_the_others_integrate_to_one(hidden_kind, machine_of):
    oracle = oracle_of.labelled("gaussian", hidden_kind)
    grid = np.linspace(-12, 12, 481)
    X = np.column_stack([grid, np.full(len(grid), 0.7)])
    some = torch.arange(1)
    found = conditional_log_likelihoods(padded(oracle, X), summed(oracle, machine_of), some)
    np.testing.assert_allclose(np.exp(found.numpy()).sum() * (grid[1] - grid[0]), 1, rtol=1e-6)


def test_gradient_of_the_cross_entropy_is_that_of_finite_differences(oracle, machine_of):
    X, y = rows(oracle, 2)
    share = np.random.default_rng(1).random(len(X))
    machine, v = summed(oracle, machine_of), padded(oracle, X)
    label, shares = torch.from_numpy(y), torch.from_numpy(share)
    field = hidden_field(v, machine)
    found = cross_entropy_slope(v, field, label, machine.hidden, block(oracle), shares)
    np.testing.assert_allclose(found.log_posterior, oracle_of.log_posterior(oracle, X), **EXACT)
    for part, name in zip(found.gradient.dense(), ("W", "a", "b"), strict=True):
        slopes = oracle.slopes(lambda o: oracle_of.cross_entropy(o, X, y, share), name)
        np.testing.assert_allclose(part, slopes, rtol=0, atol=2e-8)
        assert np.abs(slopes).max() > 1e-3


def test_the_label_may_stand_before_other_units(machine_of):
    oracle = oracle_of.labelled("bernoulli", "bernoulli")
    X, y = rows(oracle)
    order = [2, 3, 4, 0, 1]
    moved = replace(
        oracle,
        variables=(oracle.variables[-1], *oracle.variables[:-1]),
        W=oracle.W[order],
        a=oracle.a[order],
    )
    machine = without_label(machine_of(moved), slice(0, 3))
    v = torch.from_numpy(np.hstack([np.zeros((len(X), 3)), X]))
    field, label = hidden_field(v, machine), torch.from_numpy(y)
    shares = torch.ones(len(X)).double()
    found = cross_entropy_slope(v, field, label, machine.hidden, slice(0, 3), shares)
    expected = oracle.slopes(lambda o: oracle_of.cross_entropy(o, X, y, np.ones(len(X))), "W")
    np.testing.assert_allclose(found.gradient.weight.dense(), expected[order], rtol=0, atol=2e-8)


def test_labels_are_drawn_as_often_as_they_are_probable(machine_of, generator):
    oracle = oracle_of.labelled("bernoulli", "bernoulli")
    X = np.repeat([[1.0, 0.0]], 20_000, 0)
    machine = summed(oracle, machine_of)
    drawn = machine.hidden.draw(hidden_field(padded(oracle, X), machine), generator)
    p = np.exp(oracle_of.log_posterior(oracle, X[:1])[0])
    error = np.sqrt(p * (1 - p) / len(X))
    assert (drawn.sum(1) == 1).all()
    assert (np.abs(drawn.mean(0).numpy() - p) < 4 * error).all()


def test_chains_of_the_summed_machine_leave_p_of_x_as_it_is(machine_of, generator):
    """The hidden states are drawn together with a label that is then forgotten."""
    oracle = oracle_of.labelled("bernoulli", "bernoulli", scale=1.5)
    X, _ = oracle_of.data_table(oracle)
    masses = oracle_of.class_masses(oracle, X)
    p = np.exp(np.logaddexp.reduce(masses, axis=1) - oracle_of.log_partition(oracle))
    n = 40_000
    start = X[np.random.default_rng(0).choice(len(p), n, p=p / p.sum())]
    machine = summed(oracle, machine_of)
    h = machine.hidden.sample(hidden_field(padded(oracle, start), machine), generator)
    end = chains.run(h, machine, 2, generator).visible[:, :2].numpy()
    found = np.bincount((end @ [2, 1]).astype(int), minlength=4) / n
    at = (X @ [2, 1]).astype(int)
    assert (np.abs(found[at] - p) < 4 * np.sqrt(p * (1 - p) / n)).all()
