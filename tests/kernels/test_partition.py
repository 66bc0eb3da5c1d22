"""Sums over all states, against sums over all states of both layers."""

import numpy as np
import pytest
import torch

from embudo.kernels.contrast import Phase, moments
from embudo.kernels.energies import free_energy, hidden_field
from embudo.kernels.partition import enumerable_units, log_partition, model_moments
from oracles.binary import BinaryRBM
from oracles.gaussian import GaussianRBM

EXACT = {"rtol": 1e-12, "atol": 1e-12}


def assert_moments(found, expected):
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one, other, **EXACT)


def side_by_side(one, other):
    """Two machines as one, without a connection between them."""
    W = np.zeros((len(one.a) + len(other.a), len(one.b) + len(other.b)))
    W[: len(one.a), : len(one.b)] = one.W
    W[len(one.a) :, len(one.b) :] = other.W
    return BinaryRBM(W, np.append(one.a, other.a), np.append(one.b, other.b))


@pytest.mark.parametrize("scale", [0.1, 1, 5])
@pytest.mark.parametrize("shape", [(5, 3), (3, 5), (4, 4), (1, 6), (6, 1)], ids=str)
def test_binary_machines(machine_of, shape, scale):
    oracle = BinaryRBM.random(*shape, scale=scale)
    machine = machine_of(oracle)
    np.testing.assert_allclose(log_partition(machine), oracle.log_partition(), **EXACT)
    assert_moments(model_moments(machine).dense(), oracle.moments())


@pytest.mark.parametrize("shape", [(2, 3), (4, 2), (1, 5)], ids=str)
def test_real_visible_units(machine_of, shape):
    oracle = GaussianRBM.random(*shape)
    machine = machine_of(oracle)
    np.testing.assert_allclose(log_partition(machine), oracle.log_partition(), **EXACT)
    assert_moments(model_moments(machine).dense(), oracle.moments())


def test_real_units_on_the_hidden_side(machine_of):
    oracle = GaussianRBM.random(2, 4)
    machine = machine_of(oracle).transposed()
    weight, visible, hidden = oracle.moments()
    np.testing.assert_allclose(log_partition(machine), oracle.log_partition(), **EXACT)
    assert_moments(model_moments(machine).dense(), (weight.T, hidden, visible))


@pytest.mark.parametrize("tall", [True, False], ids=["more visible", "more hidden"])
def test_states_in_several_blocks_add_up(machine_of, tall):
    shapes = [(9, 7), (8, 8)] if tall else [(7, 9), (8, 8)]
    one, other = (BinaryRBM.random(*shape, seed=k) for k, shape in enumerate(shapes))
    machine = machine_of(side_by_side(one, other))
    assert 2 ** enumerable_units(machine) == 2**15
    expected = one.log_partition() + other.log_partition()
    np.testing.assert_allclose(log_partition(machine), expected, **EXACT)
    (W_1, v_1, h_1), (W_2, v_2, h_2) = one.moments(), other.moments()
    W = np.block([[W_1, np.outer(v_1, h_2)], [np.outer(v_2, h_1), W_2]])
    assert_moments(model_moments(machine).dense(), (W, np.append(v_1, v_2), np.append(h_1, h_2)))


def test_large_energies_do_not_overflow(machine_of):
    oracle = BinaryRBM(np.full((3, 2), 400.0), np.full(3, 200.0), np.full(2, -100.0))
    machine = machine_of(oracle)
    np.testing.assert_allclose(log_partition(machine), 400 * 6 + 200 * 3 - 100 * 2, rtol=1e-15)
    for part in model_moments(machine).dense():
        np.testing.assert_allclose(part, 1, rtol=1e-12)


def test_single_precision_loses_little(binary, machine_of):
    machine = machine_of(binary).to(torch.float32)
    np.testing.assert_allclose(log_partition(machine), binary.log_partition(), rtol=2e-6)
    for one, other in zip(model_moments(machine).dense(), binary.moments(), strict=True):
        np.testing.assert_allclose(one, other, rtol=0, atol=2e-6)


def test_real_rows_under_the_mixture_leave_nothing_to_learn(machine_of):
    """The moments of a fine grid of rows, weighted by their density, are those of the model."""
    oracle = GaussianRBM.random(1, 3)
    machine = machine_of(oracle)
    v = torch.linspace(-15, 15, 301, dtype=torch.float64)[:, None]
    weight = torch.exp(-free_energy(v, machine) - log_partition(machine)) * 0.1
    np.testing.assert_allclose(weight.sum(), 1, **EXACT)
    data = moments(Phase(v, torch.sigmoid(hidden_field(v, machine)), weight))
    assert_moments(data.dense(), model_moments(machine).dense())


def test_only_the_smaller_binary_layer_is_listed(machine_of):
    assert enumerable_units(machine_of(BinaryRBM.random(5, 3))) == 3
    assert enumerable_units(machine_of(BinaryRBM.random(3, 5))) == 3
    gaussian = machine_of(GaussianRBM.random(2, 7))
    assert enumerable_units(gaussian) == 7
    assert enumerable_units(gaussian.transposed()) == 7
