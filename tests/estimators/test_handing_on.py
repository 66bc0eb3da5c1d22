"""A fitted machine as the lowest layer of a deeper model."""

import numpy as np
import pytest
from sklearn.base import clone

from embudo import DBM, DBN, RBM, ParameterError, load

SMALL = {"batch_size": 20, "random_state": 0}


def rows(n=200, features=5, seed=0):
    rng = np.random.default_rng(seed)
    kind = rng.integers(2, size=(n, 1))
    return (rng.random((n, features)) < np.where(kind, 0.85, 0.15)).astype(np.float32)


X = rows()


@pytest.fixture(scope="module")
def rbm():
    return RBM(n_components=4, epochs=20, learning_rate=0.5, **SMALL).fit(X)


def test_a_stack_keeps_the_machine_and_trains_what_is_above(rbm, tmp_path):
    dbn = rbm.to_dbn((5, 3)).set_params(epochs=2, batch_size=20).fit(X)
    assert list(dbn.history_.stages) == ["layer 2", "layer 3"]
    np.testing.assert_array_equal(dbn.transform(X, layer=0), rbm.transform(X))
    above = dbn.module_.rbms[1].weight.clone()
    dbn.partial_fit(X)
    np.testing.assert_array_equal(dbn.module_.rbms[0].weight, rbm.module_.weight)
    assert not dbn.module_.rbms[1].weight.equal(above)
    dbn.save(tmp_path / "m.embudo")
    np.testing.assert_array_equal(load(tmp_path / "m.embudo").transform(X), dbn.transform(X))
    assert list(clone(dbn).fit(X).history_.stages) == ["layer 1", "layer 2", "layer 3"]


def test_a_mirrored_layer_starts_at_the_machine_s_likelihood(rbm):
    dbn = rbm.to_dbn((5,)).set_params(initial="transposed", learning_rate=1e-30, epochs=1).fit(X)
    truth = rbm.log_likelihood(X).mean()
    # Its bound is that of draws; over all rows their noise is small.
    assert dbn.lower_bound(X, n_draws=200).mean() == pytest.approx(truth, abs=0.02)


def test_a_mirrored_layer_takes_small_steps_by_itself(rbm):
    still, bold = (
        rbm.to_dbn((5,)).set_params(initial="transposed", epochs=1, learning_rate=rate).fit(X)
        for rate in ("auto", 0.003)
    )
    np.testing.assert_array_equal(still.module_.top.weight, bold.module_.top.weight)


def test_a_deep_machine_starts_at_the_machine_s_likelihood(rbm):
    dbm = rbm.to_dbm((3, 2)).set_params(learning_rate=1e-30, epochs=1, n_chains=33).fit(X)
    assert list(dbm.history_.stages) == [""]
    np.testing.assert_allclose(dbm.lower_bound(X), rbm.log_likelihood(X), atol=0.05)
    np.testing.assert_allclose(dbm.transform(X, layer=0), rbm.transform(X), atol=0.05)


def test_a_deep_machine_goes_up_from_there(rbm):
    settings = {"learning_rate": 0.3, "algorithm": "exact", "batch_size": 200}
    found = [
        rbm.to_dbm((3,)).set_params(epochs=n, **settings).fit(X).lower_bound(X).mean()
        for n in (1, 50, 150)
    ]
    assert rbm.log_likelihood(X).mean() - 0.02 < found[0] < found[1] < found[2]


def test_real_columns_keep_their_scale():
    far = (X + np.random.default_rng(0).normal(size=X.shape)) * 30 + 500
    rbm = RBM(n_components=4, epochs=3, **SMALL).fit(far)
    still = {"learning_rate": 1e-30, "epochs": 1}
    dbm = rbm.to_dbm((3,)).set_params(**still).fit(far)
    np.testing.assert_allclose(dbm.lower_bound(far), rbm.log_likelihood(far), atol=0.05)
    dbn = rbm.to_dbn((3,)).set_params(**still).fit(far)
    np.testing.assert_allclose(dbn.transform(far, layer=0), rbm.transform(far), atol=1e-6)


@pytest.mark.parametrize("deeper", ["to_dbn", "to_dbm"])
def test_what_does_not_fit_is_refused(rbm, deeper):
    with pytest.raises(ParameterError, match="hidden is empty"):
        getattr(rbm, deeper)(())
    real = RBM(n_components=3, hidden="gaussian", epochs=1, **SMALL).fit(X)
    with pytest.raises(ParameterError, match="hidden is 'gaussian'"):
        getattr(real, deeper)((3,))
    model = getattr(rbm, deeper)((3,))
    assert isinstance(model, DBN if deeper == "to_dbn" else DBM)
    with pytest.raises(ParameterError, match=r"hidden\[0\]=4, but was asked for hidden\[0\]=6"):
        model.set_params(hidden=(6, 3)).fit(X)
    with pytest.raises(ParameterError, match="starts from a model with columns="):
        model.set_params(hidden=(4, 3)).fit(X[:, :4])
