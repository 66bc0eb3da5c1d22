"""Energies, sums and gradients of every kind of unit, against tables of states."""

import numpy as np
import pytest
import torch

from embudo.kernels.contrast import Phase, centre, contrast, difference, moments
from embudo.kernels.energies import energy, free_energy, hidden_mean, visible_mean
from embudo.kernels.partition import enumerable_units, log_partition, model_moments
from embudo.kernels.pseudo import conditional_log_likelihoods, count_variables
from oracles.general import MACHINES, GeneralRBM

EXACT = {"rtol": 1e-11, "atol": 1e-11}


def some_rows(oracle, n=9, seed=0):
    """Rows of the table, moved off its grid where they are real."""
    rng = np.random.default_rng(seed)
    V = oracle.rows(n, seed)
    real = [kind == "gaussian" for kind in oracle.unit_kinds()]
    return V + rng.normal(0, 1, V.shape) * real


def hidden_rows(oracle, n=9):
    H, counts = oracle.hidden_table()
    logs = counts - oracle.free_energy_of_hidden(H)
    p = np.exp(logs - np.logaddexp.reduce(logs))
    return H[np.random.default_rng(1).choice(len(p), n, p=p / p.sum())]


def tensors(*arrays):
    return [torch.from_numpy(x) for x in arrays]


def phase(V, machine, weight=None):
    v = torch.from_numpy(V)
    share = None if weight is None else torch.from_numpy(weight)
    return Phase(v, hidden_mean(v, machine), share)


def test_both_sides_of_the_oracle_add_up_to_the_same(general):
    np.testing.assert_allclose(general.log_partition(), general.log_partition_of_hidden(), **EXACT)


def test_probabilities_add_up_to_one(general, machine_of):
    V, counts = general.visible_table()
    logs = counts - free_energy(torch.from_numpy(V), machine_of(general)).numpy()
    np.testing.assert_allclose(np.exp(logs - general.log_partition_of_hidden()).sum(), 1, **EXACT)


def test_the_hidden_side_adds_up_to_one_too(general, machine_of):
    H, counts = general.hidden_table()
    logs = counts - free_energy(torch.from_numpy(H), machine_of(general).transposed()).numpy()
    np.testing.assert_allclose(np.exp(logs - general.log_partition()).sum(), 1, **EXACT)


def test_energy_of_pairs(general, machine_of):
    V, H = some_rows(general), hidden_rows(general)
    found = energy(*tensors(V, H), machine_of(general))
    np.testing.assert_allclose(found, general.energy(V, H), **EXACT)


def test_free_energy_integrates_the_energy_over_the_hidden_states(general, machine_of):
    V, (H, counts) = some_rows(general), general.hidden_table()
    machine = machine_of(general)
    for v, found in zip(V, free_energy(torch.from_numpy(V), machine), strict=True):
        pairs = tensors(np.repeat(v[None], len(H), 0), H)
        summed = np.logaddexp.reduce(counts - energy(*pairs, machine).numpy())
        np.testing.assert_allclose(found, -summed, **EXACT)


def test_conditional_means_integrate_the_states_over_the_energy(general, machine_of):
    machine = machine_of(general)
    V, H = some_rows(general), hidden_rows(general)
    states, counts = general.hidden_table()
    for v, found in zip(V, hidden_mean(torch.from_numpy(V), machine), strict=True):
        logs = counts - general.energy(np.repeat(v[None], len(states), 0), states)
        p = np.exp(logs - np.logaddexp.reduce(logs))
        np.testing.assert_allclose(found, p @ states, **EXACT)
    states, counts = general.visible_table()
    for h, found in zip(H, visible_mean(torch.from_numpy(H), machine), strict=True):
        logs = counts - general.energy(states, np.repeat(h[None], len(states), 0))
        p = np.exp(logs - np.logaddexp.reduce(logs))
        np.testing.assert_allclose(found, p @ states, **EXACT)


def test_partition_and_moments_by_enumeration(general, machine_of):
    machine = machine_of(general)
    if "bernoulli" not in (machine.visible.name, machine.hidden.name):
        assert enumerable_units(machine) is None
        return
    np.testing.assert_allclose(log_partition(machine), general.log_partition(), **EXACT)
    for one, other in zip(model_moments(machine).dense(), general.moments(), strict=True):
        np.testing.assert_allclose(one, other, **EXACT)


def test_contrast_is_the_gradient_of_the_free_energy_difference(general, machine_of):
    machine = machine_of(general)
    data, model = some_rows(general, 7), some_rows(general, 5, seed=3)
    leaves = [t.clone().requires_grad_() for t in machine[:3]]
    moved = machine._replace(weight=leaves[0], visible_bias=leaves[1], hidden_bias=leaves[2])
    with torch.enable_grad():
        gap = [free_energy(torch.from_numpy(V), moved).mean() for V in (data, model)]
        slopes = torch.autograd.grad(gap[0] - gap[1], leaves)
    found = contrast(phase(data, machine), phase(model, machine))
    for one, other in zip(found.dense(), slopes, strict=True):
        torch.testing.assert_close(one, other, **EXACT)


def test_contrast_with_the_whole_model_is_the_slope_of_the_log_likelihood(general, machine_of):
    machine, rows = machine_of(general), some_rows(general, 6)
    states, _ = general.visible_table()
    model = phase(states, machine, general.visible_probabilities())
    found = contrast(phase(rows, machine), model).dense()
    for part, name in zip(found, ("W", "a", "b"), strict=True):
        slopes = general.slopes(lambda oracle: oracle.log_likelihood(rows), name)
        np.testing.assert_allclose(part, -slopes, rtol=0, atol=2e-8)


def test_a_model_that_fits_has_nothing_to_learn(general, machine_of):
    machine = machine_of(general)
    states, _ = general.visible_table()
    data = moments(phase(states, machine, general.visible_probabilities()))
    for one, other in zip(data.dense(), general.moments(), strict=True):
        np.testing.assert_allclose(one, other, **EXACT)
    if "bernoulli" in (machine.visible.name, machine.hidden.name):
        for part in difference(data, model_moments(machine)).dense():
            np.testing.assert_allclose(part, 0, atol=1e-11)


def test_conditionals_of_each_variable(general, machine_of):
    V = some_rows(general)
    machine = machine_of(general)
    expected = np.array([general.conditional_log_likelihoods(v) for v in V])
    assert count_variables(machine) == len(general.variables)
    found = conditional_log_likelihoods(torch.from_numpy(V), machine)
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-7)
    some = torch.arange(len(general.variables)).flip(0)[:2]
    found = conditional_log_likelihoods(torch.from_numpy(V), machine, some)
    np.testing.assert_allclose(found, expected[:, some], rtol=0, atol=1e-7)


def test_missing_entries_leave_the_machine_without_those_variables(general, machine_of):
    machine = machine_of(general)
    for lost in range(len(general.variables)):
        rest = general.without(np.arange(len(general.variables)) == lost)
        V = some_rows(rest)
        units = general.units()[lost]
        hole = [units.start] * (units.stop - units.start)
        full = torch.from_numpy(np.insert(V, hole, 0, axis=1))
        seen = torch.from_numpy(np.insert(np.ones_like(V), hole, 0, axis=1))
        found = free_energy(full, machine, seen)
        np.testing.assert_allclose(found, rest.free_energy(V), **EXACT)
        np.testing.assert_allclose(hidden_mean(full, machine), rest.hidden_means(V), **EXACT)
        if len(rest.variables) < 2:
            continue
        others = torch.tensor([i for i in range(len(general.variables)) if i != lost])
        found = conditional_log_likelihoods(full, machine, others)
        expected = [rest.conditional_log_likelihoods(v) for v in V]
        np.testing.assert_allclose(found, expected, rtol=0, atol=1e-7)


def carried(machine, gradient, rate=0.1):
    """The machine after a step, and what it says of every state."""
    step = zip(machine[:3], gradient.dense(), strict=True)
    weight, visible_bias, hidden_bias = (p - rate * g for p, g in step)
    return machine._replace(weight=weight, visible_bias=visible_bias, hidden_bias=hidden_bias)


def centred(machine, data, model, m, l):
    return centre(contrast(phase(data, machine), phase(model, machine)), m, l)


def log_odds(machine, V):
    """Of all states against the first: they know nothing of Z."""
    found = free_energy(torch.from_numpy(V), machine)
    return found - found[0]


@pytest.mark.parametrize("order", [[1, 0, 2], [2, 0, 1]], ids=str)
def test_the_order_of_states_does_not_matter(machine_of, hidden_kind, order):
    oracle = GeneralRBM.random(MACHINES["softmax"], hidden_kind)
    swap = np.array([*order, 3, 4, 5])
    machine, other = machine_of(oracle), machine_of(oracle)
    other = other._replace(weight=other.weight[swap], visible_bias=other.visible_bias[swap])
    data, model = oracle.rows(7, 1), oracle.rows(4, 2)
    m, l = tensors(np.random.default_rng(3).random(6), np.random.default_rng(4).random(2))
    after = carried(machine, centred(machine, data, model, m, l))
    same = carried(other, centred(other, data[:, swap], model[:, swap], m[swap], l))
    torch.testing.assert_close(same.weight, after.weight[swap], **EXACT)
    V, _ = oracle.visible_table()
    found = log_odds(same, V[:, swap])
    torch.testing.assert_close(found, log_odds(after, V), **EXACT)


def test_what_all_states_of_a_block_share_does_not_matter(machine_of, hidden_kind):
    """Exactly one state is on: a constant may move between a block's weights and the biases."""
    oracle = GeneralRBM.random(MACHINES["softmax"], hidden_kind)
    machine = machine_of(oracle)
    c = torch.tensor([0.4, -0.7], dtype=torch.float64)
    weight = machine.weight.clone()
    weight[:3] += c
    other = machine._replace(weight=weight, hidden_bias=machine.hidden_bias - c)
    data, model = oracle.rows(7, 1), oracle.rows(4, 2)
    m = torch.full((6,), 1 / 3, dtype=torch.float64)
    l = torch.tensor([0.2, 0.6], dtype=torch.float64)
    V, _ = oracle.visible_table()
    torch.testing.assert_close(log_odds(other, V), log_odds(machine, V), **EXACT)
    after = carried(machine, centred(machine, data, model, m, l))
    same = carried(other, centred(other, data, model, m, l))
    torch.testing.assert_close(log_odds(same, V), log_odds(after, V), **EXACT)
    assert not torch.allclose(log_odds(after, V), log_odds(machine, V), atol=1e-3)


def test_where_real_units_have_their_origin_does_not_matter_to_the_centred_update(
    machine_of, hidden_kind
):
    oracle = GeneralRBM.random(MACHINES["gaussian"], hidden_kind)
    machine = machine_of(oracle)
    s = np.array([1.3, -0.8])
    shift = torch.from_numpy(s)
    moved = machine._replace(
        visible_bias=machine.visible_bias + shift,
        hidden_bias=machine.hidden_bias - shift @ machine.weight,
    )
    data, model = oracle.rows(7, 1), oracle.rows(4, 2)
    m, l = tensors(np.array([0.3, 0.1]), np.array([0.2, 0.6]))
    V, _ = oracle.visible_table()
    V = V[::500]
    after = carried(machine, centred(machine, data, model, m, l))
    same = carried(moved, centred(moved, data + s, model + s, m + shift, l))
    torch.testing.assert_close(log_odds(same, V + s), log_odds(after, V), **EXACT)
    plain = carried(machine, contrast(phase(data, machine), phase(model, machine)))
    other = carried(moved, contrast(phase(data + s, moved), phase(model + s, moved)))
    assert not torch.allclose(log_odds(other, V + s), log_odds(plain, V), atol=1e-3)
