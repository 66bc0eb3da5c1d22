"""Rectified and Gaussian hidden units, and variances that are learned, in whole trainings."""

import numpy as np
import pytest
from scipy.stats import norm
from sklearn.datasets import load_digits

from embudo import RBM
from embudo.errors import ParameterError

PIXELS = load_digits().data
DATA = {"bernoulli": PIXELS / 16, "gaussian": PIXELS}


def fit(X, **parameters):
    chosen = {"n_components": 16, "epochs": 3, "random_state": 0, **parameters}
    return RBM(**chosen).fit(X)


def assert_finite(rbm):
    for name in ("components_", "intercept_hidden_", "intercept_visible_"):
        assert np.isfinite(getattr(rbm, name)).all()


@pytest.mark.parametrize("visible", DATA)
@pytest.mark.parametrize("hidden", ["relu", "gaussian"])
def test_digits_are_learned_with_the_defaults(hidden, visible):
    rbm = fit(DATA[visible][:1000], hidden=hidden, visible=visible, epochs=20)
    assert_finite(rbm)
    course = rbm.history_["pseudo_log_likelihood"]
    assert course[-1] > course[0]
    error = rbm.history_["reconstruction_error"]
    assert error[-1] < 0.98 * error[0]
    assert np.isfinite(rbm.sample(5, steps=50)).all()


@pytest.mark.parametrize("visible", DATA)
@pytest.mark.parametrize("hidden", ["relu", "gaussian"])
def test_codes_are_the_conditional_means(hidden, visible):
    X = DATA[visible][:20]
    rbm = fit(DATA[visible], hidden=hidden, visible=visible)
    scale = np.ones(64)
    Z = X
    if visible == "gaussian":
        scale = np.where(PIXELS.std(0) > 0, PIXELS.std(0), 1.0)
        Z = (X - PIXELS.mean(0)) / scale
    t = Z @ rbm.components_.T.astype(np.float64) + rbm.intercept_hidden_
    expected = t
    if hidden == "relu":
        expected = t + np.exp(norm.logpdf(t) - norm.logcdf(t))
    np.testing.assert_allclose(rbm.transform(X), expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("hidden", ["relu", "gaussian"])
def test_sparsity_is_refused_where_no_unit_is_on_or_off(hidden):
    with pytest.raises(ParameterError) as caught:
        fit(DATA["bernoulli"], hidden=hidden, sparsity_weight=0.5)
    for word in ("sparsity_weight=0.5", f"hidden='{hidden}'", "hidden='bernoulli'"):
        assert word in str(caught.value)


def noisy_clusters(noise, n_rows=1000, n_columns=12):
    """Rows around two patterns: an RBM of a unit or two has their density exactly."""
    rng = np.random.default_rng(0)
    patterns = rng.choice([-1.0, 1.0], (2, n_columns))
    return patterns[rng.integers(2, size=n_rows)] + noise * rng.normal(size=(n_rows, n_columns))


@pytest.mark.parametrize("noise", [0.3, 0.5])
def test_learned_variance_is_the_level_of_the_noise(noise):
    X = noisy_clusters(noise)
    course = {"n_components": 2, "epochs": 60, "learning_rate": 0.05, "schedule": "linear"}
    rbm = fit(X, learned_variance=True, **course)
    level = np.exp(rbm.module_.layer.log_scale.numpy())
    varying = X.std(0) > 2 * noise
    assert varying.sum() > 3
    np.testing.assert_allclose(level[varying], noise, rtol=0.1)
    fixed = fit(X, **course)
    assert rbm.score(X) > fixed.score(X) + 1


def awkward(name):
    rng = np.random.default_rng(1)
    X = rng.normal(size=(200, 6)) @ rng.normal(size=(6, 6))
    if name == "constant columns":
        X[:, 2:4] = 7.25
    elif name == "copies of a column":
        X[:, 1:] = X[:, :1]
    elif name == "outliers":
        X[[3, 50], [0, 4]] = 1e6, -1e6
    elif name == "two rows":
        X = X[:2]
    elif name == "holes":
        X[rng.random(X.shape) < 0.3] = np.nan
    return X


@pytest.mark.parametrize("rate", ["auto", 0.05])
@pytest.mark.parametrize(
    "name", ["constant columns", "copies of a column", "outliers", "two rows", "holes"]
)
def test_learned_variance_stays_finite_on_awkward_data(name, rate):
    X = awkward(name)
    rbm = fit(X, visible="gaussian", learned_variance=True, epochs=15, learning_rate=rate)
    assert_finite(rbm)
    log_scale = rbm.module_.layer.log_scale
    apart = log_scale - rbm.module_.layer.widest
    assert float(apart.min()) >= -2 - 1e-6
    assert float(apart.max()) <= 1 + 1e-6
    assert np.isfinite(rbm.score_samples(X)).all()


@pytest.mark.parametrize("hidden", ["relu", "gaussian"])
@pytest.mark.parametrize("name", ["constant columns", "copies of a column", "outliers", "holes"])
def test_learned_variance_stays_finite_with_real_hidden_units(name, hidden):
    rbm = fit(awkward(name), visible="gaussian", learned_variance=True, epochs=10, hidden=hidden)
    assert_finite(rbm)
