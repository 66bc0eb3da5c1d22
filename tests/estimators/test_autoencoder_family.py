"""Sparse, denoising, contractive and variational autoencoders, where the answer is known."""

import numpy as np
import pytest
import torch
from sklearn.datasets import load_digits

from embudo import (
    Autoencoder,
    ContractiveAutoencoder,
    DenoisingAutoencoder,
    ParameterError,
    SparseAutoencoder,
    VariationalAutoencoder,
    load,
)

DIGITS = load_digits().data / 16
STRAIGHT = {"hidden": None, "activation": "linear", "batch_size": 500, "random_state": 0}


def correlated(n=500, features=5, seed=0):
    """Numeric rows, their columns standardised."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, features)) @ rng.normal(size=(features, features))
    return (X - X.mean(0)) / X.std(0)


def jacobians(model, X):
    """The encoder's Jacobian at each row."""
    encoder = model.module_.encoder

    def code(row):
        return encoder(row[None])[0]

    entered = torch.from_numpy(X).float() - model.module_.centre
    return torch.stack([torch.autograd.functional.jacobian(code, row) for row in entered])


def jacobian_norm(model, X):
    """The mean squared Frobenius norm of the encoder's Jacobian."""
    return float(jacobians(model, X).square().sum((1, 2)).mean())


def test_linear_denoising_is_the_wiener_filter():
    """Of noise of variance s^2, what is left of the row is C (C + s^2 I)^-1 times it."""
    X, level = correlated(n=2000), 1.0
    settings = {**STRAIGHT, "n_components": 5, "epochs": 400, "learning_rate": 0.02}
    model = DenoisingAutoencoder(level=level, schedule="cosine", **settings).fit(X)
    C = X.T @ X / len(X)
    wiener = np.linalg.solve(C + level**2 * np.eye(5), C)
    found = model.reconstruct(np.eye(5)) - model.reconstruct(np.zeros((1, 5)))
    np.testing.assert_allclose(found, wiener, atol=0.06)
    assert abs(np.eye(5) - wiener).max() > 0.5


def test_denoising_cleans_better_than_giving_back():
    settings = {"hidden": (64,), "n_components": 48, "epochs": 60, "random_state": 0}
    noise = np.random.default_rng(0).normal(0, 0.3, DIGITS[1500:].shape)
    plain = Autoencoder(**settings).fit(DIGITS[:1500])
    errors = [np.square(noise).mean()]
    for kind, level in (("gaussian", 0.3), ("masking", 0.3)):
        model = DenoisingAutoencoder(corruption=kind, level=level, **settings).fit(DIGITS[:1500])
        cleaned = model.module_.reconstruct(torch.from_numpy(DIGITS[1500:] + noise).float())
        errors.append(np.square(cleaned.detach().numpy() - DIGITS[1500:]).mean())
    of_plain = plain.module_.reconstruct(torch.from_numpy(DIGITS[1500:] + noise).float())
    errors.append(np.square(of_plain.detach().numpy() - DIGITS[1500:]).mean())
    assert errors[1] < 0.6 * errors[3]
    assert errors[1] < 0.4 * errors[0]
    assert errors[2] < errors[3]


def test_a_share_of_all_entries_is_no_damage_to_learn_from():
    with pytest.raises(ParameterError, match="level=1 would leave nothing of a row"):
        DenoisingAutoencoder(corruption="masking", level=1.0).fit(DIGITS)


@pytest.mark.parametrize("hidden", [None, (32,)])
def test_without_weight_a_contractive_one_is_an_autoencoder(hidden):
    settings = {"hidden": hidden, "n_components": 10, "epochs": 2, "random_state": 0, "tied": True}
    plain = Autoencoder(activation="sigmoid", code="sigmoid", **settings).fit(DIGITS)
    model = ContractiveAutoencoder(weight=0.0, method="exact", **settings).fit(DIGITS)
    np.testing.assert_array_equal(model.transform(DIGITS), plain.transform(DIGITS))


@pytest.mark.parametrize(
    ("hidden", "method"),
    [(None, "auto"), ((32,), "auto"), ((32,), "exact"), ((32,), "layerwise")],
)
def test_weight_contracts(hidden, method):
    settings = {"hidden": hidden, "n_components": 20, "epochs": 15, "random_state": 0}
    loose, held = (
        ContractiveAutoencoder(weight=weight, method=method, **settings).fit(DIGITS)
        for weight in (0.0, 3.0)
    )
    some = DIGITS[:100]
    assert jacobian_norm(held, some) < 0.5 * jacobian_norm(loose, some)
    assert held.history_["kl_divergence"][-1] < held.history_["kl_divergence"][0]


def test_an_estimate_contracts_as_the_exact_penalty_does():
    settings = {"hidden": (32,), "n_components": 20, "epochs": 15, "random_state": 0, "weight": 1.0}
    norms = [
        jacobian_norm(ContractiveAutoencoder(method=m, **settings).fit(DIGITS), DIGITS[:100])
        for m in ("exact", "hutchinson")
    ]
    assert norms[1] == pytest.approx(norms[0], rel=0.1)


def test_what_must_not_bend_bends_less():
    """How far the Jacobian moves from a row to one near by, beside what it is."""
    some = DIGITS[:60]
    near = some + 0.3 * np.random.default_rng(0).normal(size=some.shape)
    settings = {"hidden": (32,), "n_components": 10, "epochs": 15, "random_state": 0, "weight": 0.1}
    moved = []
    for order in (1, 2):
        model = ContractiveAutoencoder(order=order, **settings).fit(DIGITS)
        both = [jacobians(model, rows) for rows in (some, near)]
        moved.append((both[0] - both[1]).square().sum((1, 2)).mean())
    assert moved[1] < 0.7 * moved[0]


def test_k_components_stay():
    model = SparseAutoencoder(n_components=80, k=6, epochs=20, random_state=0).fit(DIGITS)
    codes = model.transform(DIGITS)
    assert set((codes != 0).sum(1)) == {6}
    assert model.score(DIGITS) > SparseAutoencoder(
        n_components=80, k=2, epochs=20, random_state=0
    ).fit(DIGITS).score(DIGITS)


def test_a_price_on_activity_lowers_it():
    settings = {"n_components": 40, "epochs": 20, "random_state": 0}
    free, dear = (
        SparseAutoencoder(penalty="l1", sparsity_weight=w, **settings).fit(DIGITS).transform(DIGITS)
        for w in (0.0, 1.0)
    )
    assert (dear == 0).mean() > (free == 0).mean() + 0.2
    settings = {**settings, "sparsity_weight": 20.0, "learning_rate": 0.02}
    pulled = SparseAutoencoder(penalty="kl", **settings).fit(DIGITS)
    activity = pulled.transform(DIGITS).mean(0)
    assert abs(activity - 0.05).max() < 0.05


@pytest.fixture(scope="module")
def linear_vae():
    """Its decoder says what the model is: N(mean, W W' + I) of standardised columns."""
    X = correlated()
    settings = {**STRAIGHT, "n_components": 2, "epochs": 300, "learning_rate": 0.02}
    return X, VariationalAutoencoder(schedule="cosine", **settings).fit(X)


def normal_of(model):
    """Mean and covariance of the rows that a linear decoder draws."""
    W = model.module_.decoder.weights[0].detach().double().numpy()
    mean = model.module_.decoder.biases[0].detach().double().numpy()
    return mean, W.T @ W + np.eye(W.shape[1])


def log_density(X, mean, covariance):
    centred = X - mean
    distance = (centred @ np.linalg.inv(covariance) * centred).sum(1)
    return -0.5 * (distance + np.linalg.slogdet(2 * np.pi * covariance)[1])


def test_the_bound_of_a_linear_vae_reaches_the_normal_density_that_it_is(linear_vae):
    X, model = linear_vae
    truth = log_density(X, *normal_of(model)) - np.log(X.std(0)).sum()
    bounds = [model.log_likelihood(X, n_draws=n).mean() for n in (1, 20, 500)]
    assert bounds[0] < bounds[1] < truth.mean()
    assert bounds[2] == pytest.approx(truth.mean(), abs=0.01)
    each = model.log_likelihood(X, n_draws=500)
    np.testing.assert_allclose(each, truth, atol=0.25)


def test_a_linear_vae_is_probabilistic_pca(linear_vae):
    """Its likelihood is the best that a plane and noise of variance 1 can have."""
    X, model = linear_vae
    values, vectors = np.linalg.eigh(X.T @ X / len(X))
    top = vectors[:, -2:] * np.sqrt(np.maximum(values[-2:] - 1, 0))
    best = log_density(X, X.mean(0), top @ top.T + np.eye(5)).mean()
    found = log_density(X, *normal_of(model)).mean()
    assert best - 0.02 < found <= best + 1e-6


def test_samples_are_drawn_from_the_normal_that_it_is(linear_vae):
    _, model = linear_vae
    mean, covariance = normal_of(model)
    drawn = model.sample(40_000)
    np.testing.assert_allclose(np.cov(drawn.T), covariance, atol=0.1)
    of_means = np.cov(model.sample(40_000, means=True).T)
    np.testing.assert_allclose(of_means, covariance - np.eye(5), atol=0.1)


def test_what_is_observed_has_its_marginal_likelihood(linear_vae):
    X, model = linear_vae
    holes = X[:50].copy()
    holes[:, [1, 4]] = np.nan
    mean, covariance = normal_of(model)
    kept = [0, 2, 3]
    truth = log_density(X[:50, kept], mean[kept], covariance[np.ix_(kept, kept)])
    found = model.log_likelihood(holes, n_draws=3000)
    np.testing.assert_allclose(found.mean(), truth.mean(), atol=0.05)


def test_density_of_columns_is_on_their_scale():
    X = correlated()
    settings = {**STRAIGHT, "n_components": 2, "epochs": 100, "learning_rate": 0.02}
    one, other = (VariationalAutoencoder(**settings).fit(A) for A in (X, 100 * X + 7))
    difference = one.log_likelihood(X).mean() - other.log_likelihood(100 * X + 7).mean()
    assert difference == pytest.approx(5 * np.log(100), abs=0.01)


def test_beta_buys_reconstruction_with_divergence(tmp_path):
    settings = {"hidden": (32,), "n_components": 6, "epochs": 30, "random_state": 0}
    dear, cheap = (VariationalAutoencoder(beta=b, **settings).fit(DIGITS) for b in (4.0, 0.1))
    assert cheap.score(DIGITS) > dear.score(DIGITS) + 0.5
    codes = [model.transform(DIGITS) for model in (dear, cheap)]
    assert codes[0].std() < codes[1].std()
    cheap.save(tmp_path / "v.embudo")
    twin = load(tmp_path / "v.embudo")
    np.testing.assert_array_equal(twin.sample(4), cheap.sample(4))
    few = {"n_draws": 5}
    np.testing.assert_array_equal(
        twin.log_likelihood(DIGITS[:9], **few), cheap.log_likelihood(DIGITS[:9], **few)
    )


def test_a_classifier_goes_on_from_an_encoder():
    X, y = load_digits(return_X_y=True)
    X = X / 16
    model = ContractiveAutoencoder(hidden=(48,), n_components=32, epochs=30, random_state=0).fit(X)
    halted = model.to_classifier().set_params(epochs=1, learning_rate=1e-9).fit(X, y)
    np.testing.assert_allclose(halted.transform(X), model.transform(X), atol=1e-4)
    few = model.to_classifier().set_params(epochs=100).fit(X[:200], y[:200])
    assert few.score(X[200:], y[200:]) > 0.75
    assert {row.stage for row in few.history_} == {"backprop"}


@pytest.mark.parametrize(
    ("model", "layers"),
    [
        (Autoencoder(hidden=(8,), epochs=1), "elu and linear layers"),
        (VariationalAutoencoder(activation="sigmoid", epochs=1), "linear and sigmoid layers"),
        (Autoencoder(architecture="conv", channels=(4,), epochs=1), "convolutions"),
    ],
)
def test_other_encoders_become_no_stack(model, layers):
    with pytest.raises(ParameterError, match=layers):
        model.fit(DIGITS).to_classifier()


def test_features_of_a_sparse_code_are_for_others_and_change_nothing_else():
    settings = {"n_components": 100, "k": 10, "epochs": 3, "random_state": 0}
    plain = SparseAutoencoder(**settings).fit(DIGITS)
    wide = SparseAutoencoder(**settings, transform_k=30).fit(DIGITS)
    H = wide.transform(DIGITS)
    assert ((H > 0).sum(1) == 30).all()
    kept = plain.transform(DIGITS) != 0
    assert (H[kept] > 0).all()
    np.testing.assert_array_equal(wide.reconstruct(DIGITS), plain.reconstruct(DIGITS))
    np.testing.assert_array_equal(wide.transform(DIGITS, layer=0), H)
