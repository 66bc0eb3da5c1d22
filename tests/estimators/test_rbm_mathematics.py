"""What an RBM answers, in numbers, against the listing of its states."""

import numpy as np
import pytest
import torch
from scipy.integrate import quad

from embudo import RBM
from oracles.binary import BinaryRBM, numbers
from oracles.gaussian import GaussianRBM

SHIFT, SCALE = np.array([3.0, -200.0, 0.5]), np.array([0.25, 50.0, 1e-2])


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def carrying(oracle, X):
    """A fitted RBM with the parameters of an oracle, and the oracle with the RBM's rounding."""
    rbm = RBM(n_components=len(oracle.b), epochs=1, random_state=0).fit(X)
    rbm.module_.weight.copy_(torch.from_numpy(oracle.W))
    rbm.module_.visible_bias.copy_(torch.from_numpy(oracle.a))
    rbm.module_.hidden_bias.copy_(torch.from_numpy(oracle.b))
    parts = (rbm.components_.T, rbm.intercept_visible_, rbm.intercept_hidden_)
    return rbm, type(oracle)(*(part.astype(np.float64) for part in parts))


@pytest.fixture(scope="module")
def binary():
    oracle = BinaryRBM.random(4, 3, scale=1.5)
    return carrying(oracle, oracle.visible_states)


@pytest.fixture(scope="module")
def gaussian():
    """On columns of mean SHIFT and deviation SCALE, exactly."""
    oracle = GaussianRBM.random(3, 2, seed=3)
    signs = 2 * BinaryRBM.random(3, 1).visible_states - 1
    return carrying(oracle, signs * SCALE + SHIFT)


@pytest.fixture
def real_rows():
    Z = np.random.default_rng(0).normal(0, 1.5, (6, 3))
    return Z, Z * SCALE + SHIFT


def test_binary_rows_are_encoded_and_decoded_by_the_sigmoid(binary):
    rbm, oracle = binary
    X, H = np.random.default_rng(0).random((5, 4)), np.random.default_rng(1).random((5, 3))
    codes, decoded = rbm.transform(X), rbm.inverse_transform(H)
    np.testing.assert_allclose(codes, sigmoid(X @ oracle.W + oracle.b), atol=1e-6)
    np.testing.assert_allclose(decoded, sigmoid(H @ oracle.W.T + oracle.a), atol=1e-6)
    np.testing.assert_allclose(
        rbm.reconstruct(X), sigmoid(codes @ oracle.W.T + oracle.a), atol=1e-6
    )


def test_real_rows_are_encoded_on_the_units_scale_and_decoded_on_the_datas(gaussian, real_rows):
    rbm, oracle = gaussian
    Z, X = real_rows
    np.testing.assert_allclose(rbm.module_.layer.shift, SHIFT, rtol=1e-6)
    np.testing.assert_allclose(rbm.module_.layer.log_scale.exp(), SCALE, rtol=1e-6)
    codes = sigmoid(Z @ oracle.W + oracle.b)
    np.testing.assert_allclose(rbm.transform(X), codes, atol=1e-6)
    decoded = (codes @ oracle.W.T + oracle.a) * SCALE + SHIFT
    np.testing.assert_allclose(rbm.inverse_transform(codes), decoded, rtol=1e-6, atol=1e-6)


def test_missing_entries_are_encoded_without_their_units(binary, gaussian, real_rows):
    for (rbm, oracle), V, X in (
        (binary, binary[1].visible_states, binary[1].visible_states),
        (gaussian, *real_rows),
    ):
        holed, rest = X.copy(), oracle.without(np.arange(X.shape[1]) == 1)
        holed[:, 1] = np.nan
        expected = sigmoid(np.delete(V, 1, 1) @ rest.W + rest.b)
        np.testing.assert_allclose(rbm.transform(holed), expected, atol=1e-6)


def test_differences_of_free_energy_are_exact_log_odds(binary):
    rbm, oracle = binary
    V = oracle.visible_states
    log_p = np.log(oracle.visible_probabilities())
    F = rbm.free_energy(V)
    np.testing.assert_allclose(F[0] - F, log_p - log_p[0], atol=1e-12)


def test_free_energy_is_a_log_density_on_the_datas_scale(gaussian, real_rows):
    rbm, oracle = gaussian
    Z, X = real_rows
    density = [oracle.density(z) / SCALE.prod() for z in Z]
    log_density = -rbm.free_energy(X) - oracle.log_partition()
    np.testing.assert_allclose(log_density, np.log(density), atol=2e-5)


def test_scores_of_binary_rows(binary):
    rbm, oracle = binary
    X = np.vstack((oracle.visible_states, np.random.default_rng(2).random((5, 4))))
    expected = [oracle.conditional_log_likelihoods(x).sum() for x in X]
    np.testing.assert_allclose(rbm.score_samples(X), expected, atol=1e-12)
    assert rbm.score(X) == pytest.approx(np.mean(expected), abs=1e-12)


def test_scores_of_real_rows(gaussian, real_rows):
    rbm, oracle = gaussian
    Z, X = real_rows
    expected = [oracle.conditional_log_likelihoods(z).sum() - np.log(SCALE).sum() for z in Z]
    np.testing.assert_allclose(rbm.score_samples(X), expected, atol=2e-5)


def test_scores_leave_missing_entries_out(binary, gaussian, real_rows):
    V = binary[1].visible_states
    for (rbm, oracle), Z, X, scale in (
        (binary, V, V, np.ones(4)),
        (gaussian, *real_rows, SCALE),
    ):
        missing = np.arange(X.shape[1]) == 1
        holed, rest = X.copy(), oracle.without(missing)
        holed[:, missing] = np.nan
        expected = [
            rest.conditional_log_likelihoods(z).sum() - np.log(scale[~missing]).sum()
            for z in Z[:, ~missing]
        ]
        np.testing.assert_allclose(rbm.score_samples(holed), expected, atol=2e-5)


def test_the_score_of_a_lone_column_is_a_density_that_integrates_to_one():
    rng = np.random.default_rng(3)
    X = np.append(rng.normal(-2e3, 50, 200), rng.normal(-1e3, 80, 100))[:, None]
    rbm = RBM(n_components=4, epochs=1, random_state=0).fit(X)
    rbm.module_.weight.copy_(torch.tensor([[3.0, -2.0, 1.0, 0.5]]))
    total, _ = quad(
        lambda x: float(np.exp(rbm.score_samples(np.array([[x]])))[0]), -1e4, 1e4, limit=400
    )
    assert total == pytest.approx(1, abs=1e-6)


def test_scores_are_the_same_each_time(binary, gaussian, real_rows):
    for (rbm, _), X in ((binary, binary[1].visible_states), (gaussian, real_rows[1])):
        assert np.array_equal(rbm.score_samples(X), rbm.score_samples(X))


def test_samples_come_as_often_as_the_model_says(binary):
    rbm, oracle = binary
    n = 20_000
    drawn = rbm.sample(n, steps=60, random_state=1)
    p = oracle.visible_probabilities()
    frequency = np.bincount(numbers(drawn), minlength=len(p)) / n
    assert (np.abs(frequency - p) < 4.5 * np.sqrt(p * (1 - p) / n)).all()


def test_means_of_samples_average_to_the_models_means(binary):
    rbm, oracle = binary
    means = rbm.sample(20_000, steps=60, means=True, random_state=2)
    expected = oracle.moments()[1]
    np.testing.assert_allclose(means.mean(0), expected, atol=4.5 * 0.5 / 20_000**0.5)
    assert len(np.unique(means[:, 0].round(5))) == len(oracle.hidden_states)


def test_real_samples_come_on_the_datas_scale(gaussian):
    rbm, oracle = gaussian
    n = 20_000
    drawn = (rbm.sample(n, steps=60, random_state=1) - SHIFT) / SCALE
    covariance = oracle.covariance()
    deviation = np.sqrt(np.diag(covariance))
    error = np.abs(drawn.mean(0) - oracle.moments()[1])
    assert (error < 4.5 * deviation / np.sqrt(n)).all()
    bound = 4.5 * np.outer(deviation, deviation) * np.sqrt(3 / n)
    assert (np.abs(np.cov(drawn.T) - covariance) < bound).all()


def test_imputing_fills_holes_with_conditional_means_and_touches_nothing_else(binary):
    rbm, oracle = binary
    row, observed = np.array([1.0, 0.0, 1.0, 0.0]), np.array([True, False, True, False])
    X = np.where(observed, row, np.nan)[None].repeat(500, 0)
    filled = rbm.impute(X, steps=50)
    assert np.array_equal(filled[:, observed], X[:, observed])
    expected = oracle.conditional_means(row, observed)
    np.testing.assert_allclose(filled.mean(0), expected, atol=0.01)
    assert np.array_equal(rbm.impute(oracle.visible_states), oracle.visible_states)


def test_imputing_real_holes(gaussian):
    rbm, oracle = gaussian
    z, observed = np.array([1.0, -0.5, 0.3]), np.array([True, False, True])
    X = np.where(observed, z * SCALE + SHIFT, np.nan)[None].repeat(500, 0)
    filled = rbm.impute(X, steps=50)
    assert np.array_equal(filled[:, observed], X[:, observed])
    expected = oracle.conditional_means(z, observed)[1] * SCALE[1] + SHIFT[1]
    assert filled[:, 1].mean() == pytest.approx(expected, abs=0.02 * SCALE[1])


@pytest.mark.parametrize(
    ("rows", "kind"),
    [
        ([[0, 1], [1, 0]], "bernoulli"),
        ([[0.0, 0.3], [0.99, 1.0]], "bernoulli"),
        ([[0.0, np.nan], [np.nan, 1.0]], "bernoulli"),
        ([[0.0, 1.0000001], [1.0, 0.0]], "gaussian"),
        ([[0.0, -1e-12], [1.0, 0.0]], "gaussian"),
        ([[0.0, np.nan], [np.nan, 2.0]], "gaussian"),
    ],
    ids=["bits", "in [0, 1]", "in [0, 1] with holes", "above 1", "below 0", "above 1 with holes"],
)
def test_auto_takes_the_units_that_the_range_allows(rows, kind):
    assert RBM(n_components=2, epochs=1, random_state=0).fit(np.array(rows)).visible_ == kind
