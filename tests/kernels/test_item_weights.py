"""Weights between items: the closed form, and what it is the solution of."""

import numpy as np
import pytest
import torch

from embudo.kernels.item_weights import item_weights, partial_correlations


@pytest.fixture
def liked():
    rng = np.random.default_rng(0)
    return (rng.random((40, 12)) < 0.3).astype(float)


def weights_of(X, penalty):
    return item_weights(torch.from_numpy(X.T @ X), penalty).numpy()


def test_weights_are_those_of_the_closed_form(liked):
    inverse = np.linalg.inv(liked.T @ liked + 3.0 * np.eye(12))
    expected = -inverse / np.diag(inverse)
    np.fill_diagonal(expected, 0)
    np.testing.assert_allclose(weights_of(liked, 3.0), expected, atol=1e-12)


def test_each_column_is_a_ridge_regression_on_the_others(liked):
    found = weights_of(liked, 3.0)
    for item in range(12):
        others = np.delete(liked, item, 1)
        ridge = np.linalg.solve(others.T @ others + 3.0 * np.eye(11), others.T @ liked[:, item])
        np.testing.assert_allclose(np.delete(found[:, item], item), ridge, atol=1e-12)


def test_similarity_is_the_partial_correlation(liked):
    inverse = np.linalg.inv(liked.T @ liked + 3.0 * np.eye(12))
    scale = np.sqrt(np.diag(inverse))
    expected = -inverse[4] / (scale[4] * scale)
    expected[4] = 0
    found = partial_correlations(torch.from_numpy(weights_of(liked, 3.0)), 4)
    np.testing.assert_allclose(found.numpy(), expected, atol=1e-12)


def test_a_penalty_too_small_is_refused():
    with pytest.raises(ValueError, match="too small"):
        item_weights(torch.ones(3, 3, dtype=torch.float64) * 1e9, 1e-300)
