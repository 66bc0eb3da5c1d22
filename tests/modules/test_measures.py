"""The measures of an epoch, against their definitions."""

import numpy as np
import pytest
import torch

from embudo.data.batches import Batch
from embudo.modules.measures import column_log_likelihoods, free_energy_of_data, measures
from oracles.binary import BinaryRBM
from oracles.gaussian import GaussianRBM

SHIFT, SCALE = np.array([1.0, -20.0, 0.0]), np.array([0.25, 50.0, 1.0])


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def batch(X, observed=None):
    x = X if observed is None else np.where(observed, X, 0)
    seen = None if observed is None else torch.from_numpy(observed).float()
    return Batch(torch.from_numpy(x).float(), seen)


@pytest.fixture
def binary(rounded):
    return rounded(BinaryRBM.random(5, 3))


@pytest.fixture
def gaussian(rounded):
    return rounded(GaussianRBM.random(3, 2))


@pytest.fixture
def scaled(gaussian, module_of):
    """The Gaussian machine, behind columns that have to be standardised."""
    module = module_of(gaussian)
    module.layer.place_on(torch.from_numpy(SHIFT), torch.from_numpy(SCALE))
    return module


@pytest.fixture
def Z():
    return np.random.default_rng(0).normal(0, 1, (6, 3))


@pytest.mark.parametrize("holes", [False, True])
def test_reconstruction_of_binary_rows(binary, module_of, holes):
    rng = np.random.default_rng(1)
    V = rng.random((8, 5))
    observed = rng.random(V.shape) < 0.6 if holes else np.ones(V.shape, bool)
    V *= observed
    mean = sigmoid(sigmoid(V @ binary.W + binary.b) @ binary.W.T + binary.a)
    divergence = np.where(V > 0, V * np.log(np.where(V > 0, V, 1) / mean), 0)
    divergence += (1 - V) * np.log((1 - V) / (1 - mean))
    found = measures(module_of(binary), batch(V, observed if holes else None), None)
    expected = (divergence * observed).sum(1).mean()
    assert found["kl_divergence"] == pytest.approx(expected, rel=1e-5)
    expected = ((V - mean) ** 2)[observed].mean()
    assert found["reconstruction_error"] == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("holes", [False, True])
def test_reconstruction_error_of_real_rows_is_on_the_datas_scale(gaussian, scaled, Z, holes):
    observed = np.random.default_rng(2).random(Z.shape) < 0.6 if holes else np.ones(Z.shape, bool)
    Z = Z * observed
    mean = sigmoid(Z @ gaussian.W + gaussian.b) @ gaussian.W.T + gaussian.a
    found = measures(scaled, batch(Z * SCALE + SHIFT, observed if holes else None), None)
    expected = (((mean - Z) * SCALE) ** 2)[observed].mean()
    assert found["reconstruction_error"] == pytest.approx(expected, rel=1e-4)
    expected = ((Z - mean) ** 2 * observed).sum(1).mean() / 2
    assert found["kl_divergence"] == pytest.approx(expected, rel=1e-4)


def test_pseudo_log_likelihood_of_few_units_is_exact(binary, module_of):
    V = binary.visible_states
    expected = np.mean([binary.conditional_log_likelihoods(v).sum() for v in V])
    found = measures(module_of(binary), batch(V), None)["pseudo_log_likelihood"]
    assert found == pytest.approx(expected, rel=1e-5)


def test_pseudo_log_likelihood_of_many_units_is_scaled_up_from_some(module_of):
    """With 48 units alike, sixteen of them stand for all exactly."""
    oracle = BinaryRBM(np.zeros((48, 2)), np.full(48, 0.4), np.zeros(2))
    expected = -48 * np.log(1 + np.exp(-0.4))
    found = measures(module_of(oracle), batch(np.ones((3, 48))), None)["pseudo_log_likelihood"]
    assert found == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("holes", [False, True])
def test_pseudo_log_likelihood_of_real_rows_is_a_density_of_the_data(gaussian, scaled, Z, holes):
    observed = np.random.default_rng(2).random(Z.shape) < 0.6 if holes else np.ones(Z.shape, bool)
    expected = [
        (gaussian.without(~seen).conditional_log_likelihoods(z[seen]) - np.log(SCALE[seen])).sum()
        for z, seen in zip(Z, observed, strict=True)
    ]
    seen = torch.from_numpy(observed * 1.0)
    x = torch.from_numpy((Z * SCALE + SHIFT) * observed)
    machine = scaled.machine(torch.float64)
    found = column_log_likelihoods(scaled, machine, x, seen if holes else None).sum(1)
    np.testing.assert_allclose(found, expected, atol=1e-6)


@pytest.mark.parametrize("holes", [False, True])
def test_free_energy_of_real_rows_belongs_to_a_density_of_the_data(gaussian, scaled, Z, holes):
    observed = np.random.default_rng(2).random(Z.shape) < 0.6 if holes else np.ones(Z.shape, bool)
    expected = [
        gaussian.without(~seen).free_energy(z[seen]) + np.log(SCALE[seen]).sum()
        for z, seen in zip(Z, observed, strict=True)
    ]
    seen = torch.from_numpy(observed * 1.0)
    x = torch.from_numpy((Z * SCALE + SHIFT) * observed)
    machine = scaled.machine(torch.float64)
    found = free_energy_of_data(scaled, machine, x, seen if holes else None)
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_gap_is_the_difference_of_mean_free_energies(binary, module_of):
    train, validation = binary.visible_states[:20], binary.visible_states[20:]
    found = measures(module_of(binary), batch(train), batch(validation))
    means = [np.mean([binary.free_energy(v) for v in V]) for V in (train, validation)]
    assert found["free_energy_gap"] == pytest.approx(means[1] - means[0], rel=1e-4)
    expected = np.mean([binary.conditional_log_likelihoods(v).sum() for v in validation])
    assert found["validation_pseudo_log_likelihood"] == pytest.approx(expected, rel=1e-5)


def test_without_validation_rows_nothing_is_said_of_them(binary, module_of):
    found = measures(module_of(binary), batch(binary.visible_states), None)
    assert sorted(found) == ["kl_divergence", "pseudo_log_likelihood", "reconstruction_error"]
