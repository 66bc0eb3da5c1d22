"""The deep autoencoder as an estimator: known optima, missing entries, unrolled stacks."""

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from embudo import DBN, Autoencoder, ParameterError, load

SMALL = {"n_components": 2, "hidden": (8,), "epochs": 3, "batch_size": 16, "random_state": 0}


def plane(n=200, noise=0.3, seed=0):
    """Rows near a plane in six dimensions, their columns standardised."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, 2)) @ rng.normal(size=(2, 6)) + noise * rng.normal(size=(n, 6))
    return (X - X.mean(0)) / X.std(0)


def linear(**settings):
    """An autoencoder whose best is known: no hidden layer and nothing bent."""
    usual = {"n_components": 2, "hidden": None, "batch_size": 200, "random_state": 0}
    rest = {"epochs": 150, "learning_rate": 0.03, "schedule": "cosine"}
    return Autoencoder(**{**usual, **rest, **settings})


def test_a_linear_one_finds_the_subspace_and_the_error_of_pca():
    X = plane()
    model = linear(epochs=400).fit(X)
    _, _, axes = np.linalg.svd(X, full_matrices=False)
    up = model.module_.decoder.weights[0].detach().numpy()
    found = np.linalg.qr(up.T)[0]
    cosines = np.linalg.svd(axes[:2] @ found, compute_uv=False)
    np.testing.assert_allclose(cosines, 1, atol=1e-4)
    rest = X - X @ axes[:2].T @ axes[:2]
    lost = model.history_["reconstruction_error"][-1]
    assert 0.999 < lost / np.square(rest).mean() < 1.1
    error = np.square(X - model.reconstruct(X)).sum(1) / 2
    np.testing.assert_allclose(model.score_samples(X), -error, rtol=1e-4, atol=1e-6)


def test_missing_entries_are_filled_from_the_plane():
    X = plane(noise=0.0)
    model = linear().fit(X)
    holes = X[:50].copy()
    gone = np.zeros(holes.shape, dtype=bool)
    gone[np.arange(50), np.arange(50) % 6] = True
    holes[gone] = np.nan
    filled = model.impute(holes, steps=100)
    np.testing.assert_array_equal(filled[~gone], X[:50][~gone])
    error = np.abs(filled - X[:50])[gone]
    assert error.max() < 0.1
    assert error.mean() < 0.02
    first = np.abs(model.impute(holes, steps=1) - X[:50])[gone]
    assert first.mean() > 5 * error.mean()


def test_it_learns_from_rows_with_holes_what_it_learns_from_whole_ones():
    X = plane(n=600, noise=0.1)
    holes = X.copy()
    holes[np.random.default_rng(1).random(X.shape) < 0.1] = np.nan
    model = linear(epochs=60).fit(holes)
    gone = np.isnan(holes)
    filled = model.impute(holes, steps=50)
    assert np.square(filled - X)[gone].mean() < 0.2 * np.square(X)[gone].mean()


def test_a_column_never_seen_learns_nothing():
    X = np.random.default_rng(0).random((60, 5))
    model = Autoencoder(**SMALL).fit(X)
    X[:, 3] = np.nan
    blind = Autoencoder(**SMALL).fit(X)
    first = blind.module_.encoder.weights[0].detach()
    start = Autoencoder(**{**SMALL, "epochs": 1, "learning_rate": 1e-30}).fit(X)
    untouched = start.module_.encoder.weights[0].detach()
    assert (first[3] == untouched[3]).all()
    assert not (first[2] == untouched[2]).any()
    assert np.isfinite(model.score_columns(X)).all()
    assert not model.score_columns(X)[:, 3].any()


def test_the_loss_of_each_kind_of_column_is_its_own():
    frame = pd.DataFrame(
        {
            "yes": [0, 1, 1, 0] * 10,
            "length": np.linspace(-5, 5, 40),
            "colour": ["red", "green", "blue", "red"] * 10,
        }
    )
    model = Autoencoder(**{**SMALL, "epochs": 40, "learning_rate": 0.03}).fit(frame)
    assert model.visible_ == "mixed"
    module = model.module_
    codes = model.transform(frame)
    mean = module.decode(torch.from_numpy(np.asarray(codes)), 2).numpy()
    units = dict(zip(["yes", "length", "blue", "green", "red"], mean.T, strict=True))
    scores = model.score_columns(frame)
    yes = frame["yes"]
    expected = np.where(yes == 1, np.log(units["yes"]), np.log1p(-units["yes"]))
    np.testing.assert_allclose(scores[:, 0], expected, rtol=1e-4, atol=1e-6)
    z = (frame["length"] - frame["length"].mean()) / frame["length"].std(ddof=0)
    np.testing.assert_allclose(
        scores[:, 1], -((z - units["length"]) ** 2) / 2, rtol=1e-3, atol=1e-5
    )
    chosen = [np.log(units[colour][i]) for i, colour in enumerate(frame["colour"])]
    np.testing.assert_allclose(scores[:, 2], chosen, rtol=1e-4, atol=1e-6)
    back = model.reconstruct(frame)
    assert (back["colour"] == frame["colour"]).mean() > 0.7
    assert back["length"].corr(frame["length"]) > 0.9


def test_what_history_watches_is_what_score_says():
    X = plane().clip(-2, 2)
    model = Autoencoder(**SMALL, validation_fraction=0.25).fit(X)
    assert {"loss", "kl_divergence", "reconstruction_error", "validation_score"} < set(
        model.history_.columns
    )
    assert -model.history_["kl_divergence"][-1] == pytest.approx(model.score(X), rel=0.1)
    lower = np.array(model.history_["validation_score"])
    np.testing.assert_allclose(lower, -np.array(model.history_["validation_kl_divergence"]))


@pytest.mark.parametrize("top", ["bernoulli", "gaussian", "relu"])
@pytest.mark.parametrize("hidden", [(5,), (6, 4)])
def test_an_unrolled_stack_encodes_and_decodes_as_the_stack(top, hidden):
    X = np.random.default_rng(0).random((60, 7))
    X[::5, 2] = np.nan
    dbn = DBN(hidden=hidden, top=top, epochs=2, random_state=0).fit(X)
    auto = dbn.to_autoencoder()
    for verb in ("transform", "reconstruct", "score_samples"):
        np.testing.assert_allclose(
            getattr(auto, verb)(X), getattr(dbn, verb)(X), rtol=1e-11, atol=1e-12
        )
    H = dbn.transform(X)
    np.testing.assert_allclose(
        auto.inverse_transform(H), dbn.inverse_transform(H), rtol=1e-11, atol=1e-12
    )
    assert len(auto.history_) == auto.n_iter_ == 0


def test_fit_goes_on_from_the_stack_and_a_clone_does_not():
    rng = np.random.default_rng(0)
    X = (rng.random((60, 7)) < np.where(rng.integers(2, size=(60, 1)), 0.9, 0.1)).astype(float)
    dbn = DBN(hidden=(6, 2), top="gaussian", epochs=3, random_state=0).fit(X)
    auto = dbn.to_autoencoder().set_params(epochs=1, learning_rate=1e-8).fit(X)
    np.testing.assert_allclose(auto.transform(X), dbn.transform(X), atol=1e-5)
    anew = clone(auto).fit(X)
    assert np.abs(anew.transform(X) - dbn.transform(X)).max() > 0.05
    tuned = auto.set_params(epochs=40, learning_rate=0.03).fit(X)
    assert tuned.score(X) > dbn.score(X) + 0.1
    twin = tuned.transform(X)
    np.testing.assert_array_equal(auto.fit(X).transform(X), twin)
    with pytest.raises(ParameterError, match=r"hidden=\[6\], but was asked for hidden=\[5\]"):
        auto.set_params(hidden=(5,)).fit(X)


def test_an_unrolled_stack_is_saved_loaded_and_trained_on(tmp_path):
    frame = pd.DataFrame({"a": [0, 1] * 30, "b": np.linspace(3, 9, 60), "c": ["x", "y", "z"] * 20})
    dbn = DBN(hidden=(6, 2), epochs=2, random_state=0).fit(frame)
    auto = dbn.to_autoencoder()
    auto.save(tmp_path / "a.embudo")
    twin = load(tmp_path / "a.embudo")
    pd.testing.assert_frame_equal(twin.reconstruct(frame), dbn.reconstruct(frame))
    np.testing.assert_array_equal(
        twin.partial_fit(frame).transform(frame), auto.partial_fit(frame).transform(frame)
    )
    assert auto.history_["epoch"] == [1]
    with pytest.raises(NotFittedError):
        DBN().to_autoencoder()
