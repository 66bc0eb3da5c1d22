"""Gibbs chains of every kind of unit keep to the distribution of the table."""

import numpy as np
import pytest
import torch

from embudo.kernels import chains
from embudo.kernels.energies import hidden_given
from embudo.kernels.noise import bernoulli, fast_bernoulli
from oracles.general import MACHINES, GeneralRBM

pytestmark = pytest.mark.slow

CHAINS = 40_000


def assert_means(found, expected, sigmas=4.5):
    """Columns average to what is expected, within the spread of their own values."""
    bound = sigmas * found.std(0) / np.sqrt(len(found)) + 1e-6
    assert (np.abs(found.mean(0) - expected) <= bound).all(), (found.mean(0), expected, bound)


def second_order(V, H):
    """All products of two states, and the states themselves."""
    both = np.hstack([V, H])
    i, j = np.triu_indices(both.shape[1])
    return np.hstack([both, both[:, i] * both[:, j]])


def expected_second_order(oracle):
    """The same averages from the table; squares of hidden units by their own table."""
    V, _ = oracle.visible_table()
    p = oracle.visible_probabilities()
    n = V.shape[1] + len(oracle.b)
    products = np.empty((n, n))
    products[: V.shape[1], : V.shape[1]] = (p[:, None] * V).T @ V
    vh, v, h = oracle.moments()
    products[: V.shape[1], V.shape[1] :] = vh
    H, counts = oracle.hidden_table()
    q = np.exp(counts - oracle.free_energy_of_hidden(H) - oracle.log_partition())
    products[V.shape[1] :, V.shape[1] :] = (q[:, None] * H).T @ H
    return np.concatenate([v, h, products[np.triu_indices(n)]])


def float_type(machine, dtype):
    return machine if dtype is torch.float64 else machine.to(dtype)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=str)
@pytest.mark.parametrize("draw", [bernoulli, fast_bernoulli], ids=lambda draw: draw.__name__)
def test_a_sweep_leaves_the_exact_distribution_as_it_is(
    general, machine_of, generator, dtype, draw
):
    machine = float_type(machine_of(general), dtype)
    v = torch.from_numpy(general.rows(CHAINS)).to(dtype)
    h = machine.hidden.sample(hidden_given(v, machine), generator, draw)
    end = chains.sweep(h, machine, generator, draw=draw)
    assert end.visible.dtype == dtype
    last = machine.hidden.sample(end.hidden_given, generator, draw)
    found = second_order(end.visible.double().numpy(), last.double().numpy())
    assert_means(found, expected_second_order(general))


def test_joint_states_of_blocks_are_as_frequent_as_they_should_be(
    machine_of, generator, hidden_kind
):
    oracle = GeneralRBM.random(MACHINES["softmax"], hidden_kind, scale=0.9)
    start = torch.zeros(CHAINS, 2, dtype=torch.float64)
    v = chains.run(start, machine_of(oracle), 40, generator).visible.numpy()
    V, _ = oracle.visible_table()
    found = (v[:, None] == V[None]).all(2)
    assert (found.sum(1) == 1).all()
    p = oracle.visible_probabilities()
    bound = 4.5 * np.sqrt(p * (1 - p) / CHAINS)
    assert (np.abs(found.mean(0) - p) < bound).all()
    independent = np.array([np.prod(p @ V, where=state == 1) for state in V])
    assert (np.abs(found.mean(0) - independent) > bound).any()


def holes(oracle):
    """Which variables are missing: each alone, and all but the last."""
    n = len(oracle.variables)
    yield from np.eye(n, dtype=bool)
    yield np.arange(n) < n - 1


def observed_units(oracle, missing):
    flags = np.ones(len(oracle.a), bool)
    for units, gone in zip(oracle.units(), missing, strict=True):
        flags[units] = not gone
    return flags


def test_filled_entries_follow_the_conditional_of_the_whole_model(general, machine_of, generator):
    v, machine = general.rows(1, 5)[0], machine_of(general)
    for missing in holes(general):
        observed = observed_units(general, missing)
        V, p = general.given(v, observed)
        x = torch.from_numpy(v * observed).expand(CHAINS // 2, -1)
        seen = torch.from_numpy(observed * 1.0).expand(CHAINS // 2, -1)
        filled = chains.fill(x, seen, machine, 20, generator).numpy()
        assert (filled[:, observed] == v[observed]).all()
        none = np.zeros((len(V), 0))
        found = second_order(filled, np.zeros((len(filled), 0)))
        assert_means(found, p @ second_order(V, none))


def test_imputed_entries_are_the_conditional_mean_of_the_whole_model(
    general, machine_of, generator
):
    v, machine = general.rows(1, 6)[0], machine_of(general)
    for missing in holes(general):
        observed = observed_units(general, missing)
        V, p = general.given(v, observed)
        x = torch.from_numpy(v * observed).expand(1000, -1)
        seen = torch.from_numpy(observed * 1.0).expand(1000, -1)
        filled = chains.impute(x, seen, machine, 60, generator).numpy()
        assert (filled[:, observed] == v[observed]).all()
        assert_means(filled, p @ V)
        assert (filled.std(0) < 0.5).all()


def test_unobserved_variables_leave_the_rest_to_its_own_machine(general, machine_of, generator):
    machine = machine_of(general)
    missing = np.arange(len(general.variables)) == 0
    observed = observed_units(general, missing)
    seen = torch.from_numpy(observed * 1.0).expand(CHAINS, -1)
    start = machine.hidden.mean(machine.hidden.given(machine.hidden_bias)).expand(CHAINS, -1)
    end = chains.run(start, machine, 25, generator, observed=seen)
    v = end.visible.numpy()
    assert (v[:, ~observed] == 0).all()
    rest = general.without(missing)
    hidden = machine.hidden.sample(end.hidden_given, generator).numpy()
    assert_means(second_order(v[:, observed], hidden), expected_second_order(rest))


def test_chains_from_base_rates_start_where_the_biases_put_them(general, machine_of, generator):
    machine = machine_of(general)
    h = chains.from_base_rates(machine, CHAINS, generator).numpy()
    V, counts = general.visible_table()
    logs = counts - general.visible_base(V) + V @ general.a
    p = np.exp(logs - np.logaddexp.reduce(logs))
    assert_means(h, p @ general.hidden_means(V))
