"""Energies, free energies and conditionals against the table of all states."""

import numpy as np
import torch

from embudo.kernels.energies import energy, free_energy, hidden_mean, visible_mean

EXACT = {"rtol": 1e-12, "atol": 1e-12}
REAL_ROWS = np.random.default_rng(7).normal(0, 1.5, (20, 4))


def pairs(V, H):
    return np.repeat(V, len(H), 0), np.tile(H, (len(V), 1))


def test_energy_of_every_pair_of_states(binary, machine_of):
    V, H = pairs(binary.visible_states, binary.hidden_states)
    expected = [binary.energy(v, h) for v, h in zip(V, H, strict=True)]
    found = energy(torch.from_numpy(V), torch.from_numpy(H), machine_of(binary))
    np.testing.assert_allclose(found, expected, **EXACT)


def test_energy_with_gaussian_visible_units(gaussian, machine_of):
    V, H = pairs(REAL_ROWS[:, : len(gaussian.a)], gaussian.hidden_states)
    expected = [gaussian.energy(v, h) for v, h in zip(V, H, strict=True)]
    found = energy(torch.from_numpy(V), torch.from_numpy(H), machine_of(gaussian))
    np.testing.assert_allclose(found, expected, **EXACT)


def test_free_energy_sums_the_hidden_states_out(binary, machine_of):
    V = binary.visible_states
    found = free_energy(torch.from_numpy(V), machine_of(binary))
    np.testing.assert_allclose(found, [binary.free_energy(v) for v in V], **EXACT)


def test_probabilities_of_all_rows_add_up_to_one(binary, machine_of):
    found = free_energy(torch.from_numpy(binary.visible_states), machine_of(binary))
    p = np.exp(-found.numpy() - binary.log_partition())
    np.testing.assert_allclose(p, binary.visible_probabilities(), **EXACT)
    np.testing.assert_allclose(p.sum(), 1, **EXACT)


def test_free_energy_of_the_hidden_side_gives_the_hidden_marginal(binary, machine_of):
    H = torch.from_numpy(binary.hidden_states)
    p = torch.exp(-free_energy(H, machine_of(binary).transposed()) - binary.log_partition())
    np.testing.assert_allclose(p, binary.joint().sum(0), **EXACT)


def test_free_energy_of_the_hidden_side_gives_the_shares_of_a_mixture(gaussian, machine_of):
    H = torch.from_numpy(gaussian.hidden_states)
    p = torch.exp(-free_energy(H, machine_of(gaussian).transposed()) - gaussian.log_partition())
    np.testing.assert_allclose(p, gaussian.shares(), **EXACT)


def test_free_energy_is_the_log_density_of_the_mixture(gaussian, machine_of):
    V = REAL_ROWS[:, : len(gaussian.a)]
    expected = [np.log(gaussian.density(v)) for v in V]
    found = -free_energy(torch.from_numpy(V), machine_of(gaussian)) - gaussian.log_partition()
    np.testing.assert_allclose(found, expected, **EXACT)


def test_a_transposed_machine_gives_every_pair_the_same_energy(gaussian, machine_of):
    V, H = pairs(REAL_ROWS[:, : len(gaussian.a)], gaussian.hidden_states)
    V, H, machine = torch.from_numpy(V), torch.from_numpy(H), machine_of(gaussian)
    np.testing.assert_allclose(energy(H, V, machine.transposed()), energy(V, H, machine), **EXACT)


def test_fields_give_the_conditional_means_of_the_table(binary, machine_of):
    machine = machine_of(binary)
    V, H = binary.visible_states, binary.hidden_states
    hidden = hidden_mean(torch.from_numpy(V), machine)
    visible = visible_mean(torch.from_numpy(H), machine)
    np.testing.assert_allclose(hidden, binary.hidden_given_visible() @ H, **EXACT)
    np.testing.assert_allclose(visible, binary.visible_given_hidden() @ V, **EXACT)


def test_fields_give_the_conditional_means_of_the_mixture(gaussian, machine_of):
    machine = machine_of(gaussian)
    V, H = REAL_ROWS[:, : len(gaussian.a)], gaussian.hidden_states
    hidden = hidden_mean(torch.from_numpy(V), machine)
    visible = visible_mean(torch.from_numpy(H), machine)
    np.testing.assert_allclose(hidden, [gaussian.hidden_means(v) for v in V], **EXACT)
    np.testing.assert_allclose(visible, gaussian.centres(), **EXACT)


def test_a_missing_entry_leaves_the_machine_without_that_unit(binary, machine_of):
    rest = binary.without([False, True, *[False] * (len(binary.a) - 2)])
    full = np.insert(rest.visible_states, 1, 0, axis=1)
    observed = np.ones_like(full)
    observed[:, 1] = 0
    found = free_energy(torch.from_numpy(full), machine_of(binary), torch.from_numpy(observed))
    np.testing.assert_allclose(found, [rest.free_energy(v) for v in rest.visible_states], **EXACT)


def test_a_missing_real_entry_takes_its_base_measure_with_it(gaussian, machine_of):
    V = REAL_ROWS[:, : len(gaussian.a)].copy()
    V[:, 0] = 0
    observed = np.ones_like(V)
    observed[:, 0] = 0
    rest = gaussian.without([True, *[False] * (len(gaussian.a) - 1)])
    found = free_energy(torch.from_numpy(V), machine_of(gaussian), torch.from_numpy(observed))
    np.testing.assert_allclose(found, [rest.free_energy(v) for v in V[:, 1:]], **EXACT)


def test_rows_may_miss_different_entries(binary, machine_of):
    rng = np.random.default_rng(5)
    observed = rng.random((30, len(binary.a))) < 0.6
    V = (rng.random(observed.shape) < 0.5) * observed * 1.0
    expected = [
        binary.without(~seen).free_energy(v[seen]) for v, seen in zip(V, observed, strict=True)
    ]
    found = free_energy(torch.from_numpy(V), machine_of(binary), torch.from_numpy(observed * 1.0))
    np.testing.assert_allclose(found, expected, **EXACT)


def test_a_change_of_precision_rounds_and_nothing_else(binary, machine_of):
    machine = machine_of(binary)
    rounded = machine.to(torch.float32)
    assert (rounded.visible, rounded.hidden) == (machine.visible, machine.hidden)
    for exact, single in zip(machine[:3], rounded[:3], strict=True):
        assert single.dtype == torch.float32
        assert torch.equal(exact.float(), single)
