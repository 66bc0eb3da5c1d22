"""Training makes the data likely: measured exactly, on models small enough to list."""

import numpy as np
import pytest

from embudo import RBM
from oracles.binary import BinaryRBM, states
from oracles.tables import bars_and_stripes, on_many_scales

PICTURES = bars_and_stripes(3)
BEST = -np.log(len(PICTURES))  # no model can give fourteen equally frequent pictures more
INDEPENDENT = -9 * np.log(2)  # what nine fair coins give them


def trained(X, **parameters):
    return RBM(n_components=8, schedule="linear", random_state=0, **parameters).fit(X)


def log_likelihood(rbm, V=PICTURES, weight=None):
    parts = (rbm.components_.T, rbm.intercept_visible_, rbm.intercept_hidden_)
    return BinaryRBM(*(part.astype(np.float64) for part in parts)).log_likelihood(V, weight)


def test_bars_and_stripes_are_fourteen():
    assert len(PICTURES) == 14
    assert {int(picture.sum()) for picture in PICTURES} == {0, 3, 6, 9}


@pytest.mark.parametrize("centered", [True, False])
def test_the_exact_gradient_comes_close_to_the_bound_of_entropy(centered):
    rbm = trained(
        PICTURES,
        algorithm="exact",
        centered=centered,
        batch_size=14,
        epochs=400,
        learning_rate=0.5,
        momentum=0.9,
    )
    assert BEST - 0.15 < log_likelihood(rbm) <= BEST


@pytest.mark.parametrize("algorithm", ["cd", "pcd"])
def test_sampled_gradients_raise_the_exact_likelihood(algorithm):
    rbm = trained(
        PICTURES.repeat(30, 0),
        algorithm=algorithm,
        n_chains=50,
        batch_size=20,
        epochs=40,
        learning_rate=0.5,
    )
    assert INDEPENDENT + 2 < log_likelihood(rbm) <= BEST


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
@pytest.mark.parametrize("algorithm", ["exact", "cd", "pcd"])
def test_sample_weights_are_the_distribution_that_is_learned(algorithm, precision):
    """All sixteen rows are there alike; only their weights say how often each should come."""
    V = states(4)
    p = np.full(16, 0.3 / 16)
    p[[12, 3]] += 0.5, 0.2
    rbm = RBM(
        n_components=4,
        algorithm=algorithm,
        precision=precision,
        batch_size=160,
        epochs=300,
        learning_rate=0.5,
        momentum=0.5,
        n_chains=200,
        schedule="linear",
        random_state=0,
    ).fit(V.repeat(10, 0), sample_weight=p.repeat(10))
    divergence = p @ np.log(p) - log_likelihood(rbm, V, p)
    assert 0 < divergence < 0.06  # without weights 1.06, with independent columns 0.87


def test_exact_learning_stays_in_float32():
    low, single = (
        trained(PICTURES, algorithm="exact", epochs=3, precision=precision)
        for precision in ("bfloat16", "float32")
    )
    assert np.array_equal(low.components_, single.components_)


def test_rows_of_weight_zero_are_not_seen_at_all():
    X = np.vstack((PICTURES, np.random.default_rng(0).random((6, 9))))
    weight = np.append(np.ones(14), np.zeros(6))
    with_them, without = (
        RBM(n_components=3, epochs=3, batch_size=5, algorithm="exact", random_state=0).fit(
            rows, sample_weight=weights
        )
        for rows, weights in ((X, weight), (PICTURES, np.ones(14)))
    )
    np.testing.assert_allclose(with_them.components_, without.components_, atol=1e-7)


def test_holes_still_let_the_rest_be_learned():
    X = PICTURES.repeat(30, 0)
    X[np.random.default_rng(1).random(X.shape) < 0.1] = np.nan
    rbm = trained(X, algorithm="cd", batch_size=20, epochs=40, learning_rate=0.5)
    assert log_likelihood(rbm) > INDEPENDENT + 1.5
    holed = PICTURES.copy()
    holed[:, 4] = np.nan
    centre = rbm.impute(holed)[:, 4].round()
    assert (centre == PICTURES[:, 4]).mean() > 0.8  # the other eight pixels tell it


def score_of_independent_columns(X):
    """The log-density of each column as a normal distribution of its own, summed."""
    scale = np.where(X.std(0) > 1e-9, X.std(0), 1)
    terms = (X - X.mean(0)) ** 2 / scale**2 / 2 + np.log(2 * np.pi) / 2 + np.log(scale)
    return -terms.sum(1).mean()


@pytest.mark.parametrize("algorithm", ["cd", "pcd"])
@pytest.mark.parametrize("batch_size", [10, 100])
def test_real_columns_of_any_scale_do_not_diverge_with_the_defaults(algorithm, batch_size):
    X = on_many_scales()
    rbm = RBM(algorithm=algorithm, batch_size=batch_size, random_state=0).fit(X)
    assert rbm.visible_ == "gaussian"
    scale = np.where(X.std(0) > 1e-9, X.std(0), 1)
    assert rbm.score(X) > score_of_independent_columns(X) - 0.1
    assert np.abs(rbm.components_).max() < 1
    rows = rbm.sample(200, steps=50)
    assert (np.abs(rows - X.mean(0)) < 12 * scale).all()


def test_correlated_columns_are_learned():
    X = on_many_scales()
    rbm = RBM(batch_size=10, epochs=40, n_components=64, random_state=0).fit(X)
    assert rbm.score(X) > score_of_independent_columns(X) + 1
    holed = X.copy()
    holed[::4, 6] = np.nan
    error = (rbm.impute(holed)[::4, 6] - X[::4, 6]).std()
    assert error < 0.7 * X[:, 6].std()


def test_many_copies_of_a_column_do_not_diverge():
    X = 3 * np.random.default_rng(0).normal(size=(300, 1)).repeat(60, 1) + 2
    rbm = RBM(random_state=0, batch_size=20).fit(X)
    per_column = rbm.score(X) / 60 + np.log(3)
    assert -1.2 < per_column < -0.9


def test_sparsity_pulls_activations_to_the_target():
    def activity(weight):
        rbm = trained(
            PICTURES.repeat(10, 0),
            batch_size=20,
            epochs=30,
            learning_rate=0.2,
            sparsity_weight=weight,
            sparsity_target=0.1,
        )
        return rbm.transform(PICTURES).mean(0)

    free, pulled = activity(0.0), activity(5.0)
    assert np.abs(pulled - 0.1).max() < 0.05
    assert np.abs(free - 0.1).max() > 0.2


@pytest.mark.parametrize("algorithm", ["pcd", "cd", "pt", "exact"])
def test_all_rows_in_one_batch_train_in_double_precision(algorithm):
    X = (np.random.default_rng(0).random((30, 5)) < 0.5).astype(float)
    rbm = RBM(n_components=3, algorithm=algorithm, epochs=4, batch_size=64, random_state=0).fit(X)
    assert rbm.history_["steps"] == [1] * 4
    assert rbm.module_.weight.abs().sum() > 0
