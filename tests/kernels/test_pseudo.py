"""One-dimensional conditionals: by enumeration for binary units, by quadrature for real ones."""

import numpy as np
import pytest
import torch

from embudo.kernels.pseudo import conditional_log_likelihoods
from oracles.binary import BinaryRBM
from oracles.gaussian import GaussianRBM


def found(oracle, machine_of, V, units=None):
    units = None if units is None else torch.tensor(units)
    return conditional_log_likelihoods(torch.from_numpy(V), machine_of(oracle), units).numpy()


def expected(oracle, V):
    return np.array([oracle.conditional_log_likelihoods(v) for v in V])


def test_binary_rows(binary, machine_of):
    V = binary.visible_states
    np.testing.assert_allclose(found(binary, machine_of, V), expected(binary, V), atol=1e-12)


def test_rows_between_0_and_1(binary, machine_of):
    V = np.random.default_rng(1).random((20, len(binary.a)))
    np.testing.assert_allclose(found(binary, machine_of, V), expected(binary, V), atol=1e-12)


def test_rows_of_both_kinds_together(binary, machine_of):
    V = np.vstack((binary.visible_states[:3], np.full((1, len(binary.a)), 0.3)))
    np.testing.assert_allclose(found(binary, machine_of, V), expected(binary, V), atol=1e-12)


def test_conditionals_of_a_unit_add_up_to_one(binary, machine_of):
    V = binary.visible_states
    for unit in range(len(binary.a)):
        flipped = V.copy()
        flipped[:, unit] = 1 - flipped[:, unit]
        here, there = (found(binary, machine_of, rows, [unit]) for rows in (V, flipped))
        np.testing.assert_allclose(np.exp(here) + np.exp(there), 1, rtol=1e-12)


@pytest.mark.parametrize("scale", [0.2, 0.8, 3.0])
@pytest.mark.parametrize("shape", [(1, 3), (3, 2)], ids=str)
def test_real_rows(machine_of, shape, scale):
    oracle = GaussianRBM.random(*shape, scale=scale)
    V = np.random.default_rng(2).normal(0, 2, (6, shape[0]))
    np.testing.assert_allclose(
        found(oracle, machine_of, V), expected(oracle, V), rtol=1e-7, atol=1e-7
    )


def test_a_real_conditional_without_weights_is_the_normal_density(machine_of):
    oracle = GaussianRBM(np.zeros((2, 3)), np.array([0.5, -1.0]), np.zeros(3))
    V = np.array([[0.5, -1.0], [2.0, 40.0]])
    density = -((V - oracle.a) ** 2) / 2 - np.log(2 * np.pi) / 2
    np.testing.assert_allclose(found(oracle, machine_of, V), density, rtol=1e-8, atol=1e-8)


@pytest.mark.parametrize(
    "oracle", [BinaryRBM.random(5, 3), GaussianRBM.random(5, 3)], ids=["binary", "gaussian"]
)
def test_some_units_in_any_order(machine_of, oracle):
    V = np.random.default_rng(3).random((4, 5))
    whole = found(oracle, machine_of, V)
    np.testing.assert_allclose(found(oracle, machine_of, V, [4, 0, 2]), whole[:, [4, 0, 2]])


@pytest.mark.parametrize("kind", [BinaryRBM, GaussianRBM])
def test_missing_entries_leave_the_machine_without_those_units(machine_of, kind):
    oracle = kind.random(5, 3)
    missing = np.array([False, True, False, False, True])
    V = np.random.default_rng(4).integers(0, 2, (6, 5)) * ~missing * 1.0
    rest = expected(oracle.without(missing), V[:, ~missing])
    np.testing.assert_allclose(found(oracle, machine_of, V)[:, ~missing], rest, atol=1e-7)


@pytest.mark.parametrize("kind", [BinaryRBM, GaussianRBM])
def test_blocks_of_rows_make_no_difference(machine_of, monkeypatch, kind):
    oracle = kind.random(5, 3)
    V = np.random.default_rng(5).random((50, 5))
    whole = found(oracle, machine_of, V)
    monkeypatch.setattr("embudo.kernels.pseudo._ELEMENTS_AT_ONCE", 1000)
    np.testing.assert_allclose(found(oracle, machine_of, V), whole, rtol=1e-12)
    assert found(oracle, machine_of, V[:0]).shape == (0, 5)
