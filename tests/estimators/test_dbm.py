"""The deep Boltzmann machine as an estimator, against enumeration of what it learned."""

import numpy as np
import pandas as pd
import pytest
import torch

from embudo import DBM, RBM, DataError, ParameterError, load
from oracles.deep import DeepMachine, states

SMALL = {"batch_size": 20, "random_state": 0, "learning_rate": 0.1}


def rows(n=200, features=5, seed=0):
    rng = np.random.default_rng(seed)
    kind = rng.integers(2, size=(n, 1))
    return (rng.random((n, features)) < np.where(kind, 0.85, 0.15)).astype(np.float32)


X = rows()


def learned(model):
    """What a fitted model of Bernoulli columns is, as an oracle."""
    parts = model.module_.deep(torch.float64)
    return DeepMachine(
        tuple(w.numpy() for w in parts.weights), tuple(b.numpy() for b in parts.biases)
    )


@pytest.fixture(scope="module")
def model():
    return DBM(hidden=(4, 3), epochs=30, pretrain_epochs=5, **SMALL).fit(X)


@pytest.fixture(scope="module")
def deepest():
    return DBM(hidden=(3, 3, 2), epochs=15, pretrain_epochs=3, **SMALL).fit(X)


def test_with_one_hidden_layer_it_is_an_rbm():
    deep = DBM(hidden=(4,), epochs=3, **SMALL).fit(X)
    rbm = RBM(n_components=4, epochs=3, **SMALL).fit(X)
    assert list(deep.history_.stages) == [""]
    np.testing.assert_array_equal(deep.module_.weight, rbm.module_.weight)
    np.testing.assert_array_equal(deep.transform(X), rbm.transform(X))
    np.testing.assert_array_equal(deep.reconstruct(X), rbm.reconstruct(X))
    np.testing.assert_array_equal(deep.sample(5, steps=9), rbm.sample(5, steps=9))
    assert deep.log_partition() == rbm.log_partition()
    few = {"n_temperatures": 20, "n_chains": 10, "burn_in": 5}
    assert deep.log_partition("ais", **few) == rbm.log_partition("ais", **few)
    np.testing.assert_allclose(deep.lower_bound(X), rbm.log_likelihood(X), atol=1e-5)


@pytest.mark.parametrize("which", ["model", "deepest"])
def test_log_z_is_enumerated_and_annealed(which, request):
    model = request.getfixturevalue(which)
    exact = learned(model).log_partition()
    assert model.log_partition().method == "exact"
    assert model.log_partition().value == pytest.approx(exact, abs=1e-5)
    found = model.log_partition("ais", n_temperatures=28, burn_in=30)
    assert abs(found.forward - exact) < 3 * found.error + 1e-4
    assert abs(found.reverse - exact) < 3 * found.reverse_error + 1e-4
    assert found.error < 0.05


@pytest.mark.parametrize("which", ["model", "deepest"])
def test_the_bound_lies_below_the_likelihood_and_close(which, request):
    model = request.getfixturevalue(which)
    oracle, V = learned(model), states(5)
    exact, found = oracle.log_likelihood(V), model.lower_bound(V)
    means = [model.transform(V, layer) for layer in range(len(model.hidden))]
    expected = [oracle.bound(v, [m[i] for m in means]) for i, v in enumerate(V)]
    np.testing.assert_allclose(found, expected, atol=1e-6)
    assert (found < exact).all()
    assert found[X.astype(int) @ (2 ** np.arange(5)[::-1])].mean() > exact.mean()
    partition = model.log_partition()
    np.testing.assert_allclose(model.lower_bound(V, partition), found)


def test_training_raises_the_bound_to_where_the_data_are():
    """Towards minus the entropy of the data, which no model can exceed on average."""
    numbers = X.astype(int) @ (2 ** np.arange(5)[::-1])
    p = np.bincount(numbers, minlength=32) / len(X)
    limit = p[p > 0] @ np.log(p[p > 0])
    independent = np.mean([x @ np.log(x) for x in np.stack([X.mean(0), 1 - X.mean(0)], 1)]) * 5
    settings = {"hidden": (4, 3), "algorithm": "exact", "batch_size": 200, "learning_rate": 2.0}
    found = [
        DBM(epochs=n, pretrain_epochs=0, random_state=0, **settings).fit(X).lower_bound(X).mean()
        for n in (1, 30, 120)
    ]
    assert found[0] < independent + 0.1
    assert found[0] < found[1] < found[2] < limit
    assert found[2] > limit - 0.15


def test_samples_have_the_model_s_frequencies(model):
    drawn = model.sample(4000, steps=60, random_state=1)
    numbers = drawn.astype(int) @ (2 ** np.arange(5)[::-1])
    found = np.bincount(numbers, minlength=32) / len(drawn)
    p = np.exp(learned(model).log_likelihood(states(5)))
    assert p.sum() == pytest.approx(1)
    assert (abs(found - p) < 5 * np.sqrt(p * (1 - p) / len(drawn))).all()


def test_gaps_are_filled_with_their_mean_given_the_rest(model):
    holes = np.tile(np.array([1, np.nan, 1, np.nan, 0], np.float32), (30, 1))
    found = model.impute(holes, steps=600).mean(0)
    V = states(5)
    agree = (V[:, 0] == 1) & (V[:, 2] == 1) & (V[:, 4] == 0)
    p = np.exp(learned(model).log_likelihood(V)) * agree
    np.testing.assert_allclose(found, p @ V / p.sum(), atol=0.02)


def test_codes_of_every_layer_and_back(deepest):
    for layer, width in enumerate((3, 3, 2)):
        codes = deepest.transform(X, layer)
        assert codes.shape == (200, width)
        np.testing.assert_array_equal(codes, deepest.transform(X, layer - 3))
        assert deepest.inverse_transform(codes, layer).shape == X.shape
    np.testing.assert_array_equal(
        deepest.inverse_transform(deepest.transform(X)), deepest.reconstruct(X)
    )
    lowest = learned(deepest)
    h = deepest.transform(X, 0).astype(float)
    expected = 1 / (1 + np.exp(-(h @ lowest.W[0].T + lowest.b[0])))
    np.testing.assert_allclose(deepest.inverse_transform(h, 0), expected, atol=1e-6)
    with pytest.raises(ParameterError, match="layer must be from 0 to 2"):
        deepest.transform(X, 3)


def test_what_has_no_bound_is_refused_or_warned_of(model):
    holes = X.copy()
    holes[3, 1] = np.nan
    with pytest.raises(DataError, match="missing entries"):
        model.lower_bound(holes)
    with pytest.warns(UserWarning, match="no states of the model"):
        model.lower_bound(X * 0.5)
    many = {**SMALL, "hidden": (30, 30), "algorithm": "exact", "epochs": 1}
    with pytest.raises(ParameterError, match=r"2\^30"):
        DBM(**many).fit(X)


def test_pretraining_comes_first_and_once(model):
    assert list(model.history_.stages) == ["pretraining 1", "pretraining 2", "together"]
    one = DBM(hidden=(4, 3), epochs=2, pretrain_epochs=3, **SMALL).fit(X)
    one.partial_fit(X)
    counts = {name: stage["epoch"][-1] for name, stage in one.history_.stages.items()}
    assert counts == {"pretraining 1": 3, "pretraining 2": 3, "together": 3}
    none = DBM(hidden=(4, 3), epochs=2, pretrain_epochs=0, **SMALL).fit(X)
    assert list(none.history_.stages) == [""]


def test_tempered_chains_learn_it_too():
    settings = {**SMALL, "hidden": (4, 3), "pretrain_epochs": 2, "epochs": 10}
    tempered = DBM(algorithm="pt", n_temperatures=4, **settings).fit(X)
    plain = DBM(**settings).fit(X)
    assert "swap_acceptance" in tempered.history_.columns
    first, second = tempered.lower_bound(X).mean(), plain.lower_bound(X).mean()
    assert first == pytest.approx(second, abs=0.1)


def test_a_table_of_every_kind_of_column(tmp_path):
    """Real columns have a density on their scale: the bound integrates to 1 at most."""
    rng = np.random.default_rng(0)
    kind = rng.integers(2, size=300)
    frame = pd.DataFrame({
        "size": rng.normal(kind * 4.0, 2.0), "on": kind == 1,
        "colour": np.where(rng.random(300) < 0.8, np.array(["red", "green"])[kind], "blue"),
    })  # fmt: skip
    model = DBM(hidden=(6, 4), epochs=20, pretrain_epochs=3, random_state=0).fit(frame)
    assert model.visible_ == "mixed"
    model.save(tmp_path / "m.embudo")
    twin = load(tmp_path / "m.embudo")
    partition = model.log_partition()
    assert partition.method == "exact"
    grid = pd.DataFrame({"size": np.arange(-30, 40, 0.25)})
    total = 0.0
    for on in (False, True):
        for colour in ("red", "green", "blue"):
            some = grid.assign(on=on, colour=colour)
            total += np.exp(model.lower_bound(some, partition)).sum() * 0.25
    assert 0.9 < total < 1.0
    np.testing.assert_array_equal(
        twin.lower_bound(frame, partition), model.lower_bound(frame, partition)
    )
    holes = frame.assign(colour=frame["colour"].where(frame.index % 7 > 0))
    filled = model.impute(holes, steps=20)
    assert set(filled["colour"]) <= {"red", "green", "blue"}
    assert np.isfinite(model.transform(holes)).all()
