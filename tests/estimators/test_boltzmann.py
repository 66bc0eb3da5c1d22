"""The Boltzmann machine as people use it: what it says of rows, refuses, and is in the shell."""

import itertools
import json

import numpy as np
import pandas as pd
import pytest
import torch

from embudo import RBM, BoltzmannMachine, DataError, ParameterError, load
from embudo.cli.run import run
from embudo.kernels import boltzmann_clamped
from oracles.boltzmann import BoltzmannOracle

SMALL = {"epochs": 3, "batch_size": 10, "random_state": 0}
SWIFT = {"n_temperatures": 100, "n_chains": 300, "burn_in": 30}


def states(n):
    return np.array(list(itertools.product((0.0, 1.0), repeat=n)))


def rows(n=100, features=5, seed=0):
    rng = np.random.default_rng(seed)
    X = (rng.random((n, features)) < np.linspace(0.2, 0.8, features)).astype(float)
    X[:, 1] = X[:, 0]
    return X


def holes(X, seed=1):
    X = X.copy()
    X[np.random.default_rng(seed).random(X.shape) < 0.25] = np.nan
    return X


def oracle(bm):
    machine = bm.module_.machine(torch.float64)
    return BoltzmannOracle(machine.coupling.numpy(), machine.bias.numpy(), machine.n_visible)


@pytest.fixture(scope="module")
def fitted():
    return BoltzmannMachine(n_hidden=4, **SMALL, learning_rate=0.5).fit(rows())


def strongly(bm, seed=0):
    """The same machine with couplings that show."""
    known = BoltzmannOracle.random(5, 4, "both", seed)
    bm.module_.coupling.copy_(torch.tensor(known.L))
    bm.module_.bias.copy_(torch.tensor(known.b))
    return bm


def test_every_verb_says_what_the_listing_says(fitted):
    bm = strongly(BoltzmannMachine(n_hidden=4, **SMALL).fit(rows()))
    known, X = oracle(bm), holes(states(5)[::3])
    seen = ~np.isnan(X)
    V = np.nan_to_num(X)
    true = np.array([known.conditional_averages(v, m)[0] for v, m in zip(V, seen, strict=True)])
    mass = np.array([known.log_mass(v, m) for v, m in zip(V, seen, strict=True)])
    np.testing.assert_allclose(bm.transform(X), true[:, 5:], atol=1e-9)
    np.testing.assert_allclose(bm.impute(X), np.where(seen, X, true[:, :5]), atol=1e-9)
    np.testing.assert_allclose(bm.free_energy(X), -mass, atol=1e-9)
    log_p = mass - known.log_partition()
    np.testing.assert_allclose(bm.log_likelihood(X), log_p, atol=1e-9)
    bound = bm.lower_bound(X)
    assert (bound < log_p + 1e-9).all()
    assert (log_p - bound).max() > 0.01
    np.testing.assert_allclose(np.exp(bm.log_likelihood(states(5))).sum(), 1, rtol=1e-9)


def test_samples_have_the_distribution_of_the_model():
    bm = strongly(BoltzmannMachine(n_hidden=4, **SMALL).fit(rows()))
    p = np.exp(bm.log_likelihood(states(5)))
    n = 20_000
    drawn = bm.sample(n, steps=60)
    found = np.bincount((drawn @ 2.0 ** np.arange(5)[::-1]).astype(int), minlength=32) / n
    assert (abs(found - p) < 4.5 * np.sqrt(p * (1 - p) / n) + 2e-3).all()
    means = bm.sample(n, steps=60, means=True)
    assert ((means > 0) & (means < 1)).all()
    assert abs(means.mean(0) - p @ states(5)).max() < 0.02


def test_parts_of_the_machine_are_where_they_are_named(fitted):
    L, b = oracle(fitted).L, oracle(fitted).b
    np.testing.assert_array_equal(fitted.components_, L[5:, :5].astype(np.float32))
    np.testing.assert_array_equal(fitted.lateral_visible_, L[:5, :5].astype(np.float32))
    np.testing.assert_array_equal(fitted.lateral_hidden_, L[5:, 5:].astype(np.float32))
    np.testing.assert_array_equal(fitted.intercept_visible_, b[:5].astype(np.float32))
    np.testing.assert_array_equal(fitted.intercept_hidden_, b[5:].astype(np.float32))
    assert (L == L.T).all()
    assert not L.diagonal().any()
    free = BoltzmannMachine(n_hidden=4, lateral="none", **SMALL).fit(rows())
    assert not free.lateral_visible_.any()
    assert not free.lateral_hidden_.any()
    assert free.components_.any()


@pytest.mark.parametrize("missing", [False, True], ids=["whole", "with holes"])
@pytest.mark.parametrize("lateral", ["both", "visible", "hidden", "none"])
def test_exact_learning_climbs_to_the_data(lateral, missing):
    X = holes(rows(60)) if missing else rows(60)
    settings = {**SMALL, "batch_size": 60, "learning_rate": 3.0}
    models = [
        BoltzmannMachine(n_hidden=3, lateral=lateral, **{**settings, "epochs": n}).fit(X)
        for n in (1, 30, 70)
    ]
    gained = np.diff([m.log_likelihood(X).mean() for m in models])
    assert gained.sum() > 0.05
    assert gained.min() > 1e-4
    best = models[-1].log_likelihood(rows(60)).mean()
    _, counts = np.unique(rows(60), axis=0, return_counts=True)
    entropy = -(counts / 60 * np.log(counts / 60)).sum()
    assert best < -entropy


def test_persistent_chains_learn_what_listing_learns():
    settings = {"epochs": 60, "batch_size": 60, "learning_rate": 2.0, "random_state": 0}
    settings |= {"schedule": "linear", "n_chains": 300}
    X = rows(60)
    exact, chains = (
        BoltzmannMachine(n_hidden=3, algorithm=how, **settings).fit(X).log_likelihood(X).mean()
        for how in ("exact", "pcd")
    )
    assert chains == pytest.approx(exact, abs=0.1)
    start = BoltzmannMachine(n_hidden=3, **SMALL).fit(X).log_likelihood(X).mean()
    assert chains > start + 0.3


def test_without_couplings_inside_layers_it_learns_as_an_rbm():
    """By listing, from the same start, both end in the same place."""
    settings = {"epochs": 1, "batch_size": 100, "momentum": 0.0, "random_state": 0}
    bm = BoltzmannMachine(n_hidden=3, lateral="none", **settings)
    rbm = RBM(n_components=3, algorithm="exact", **settings)
    X = rows()
    for model in (bm, rbm):
        model.set_params(learning_rate=1e-12).fit(X)
    rbm.module_.weight.copy_(bm.module_.coupling[:5, 5:])
    rbm.module_.visible_bias.copy_(bm.module_.bias[:5])
    rbm.module_.hidden_bias.copy_(bm.module_.bias[5:])
    rbm.module_.hidden_offset.copy_(bm.module_.offset[5:])
    for model in (bm, rbm):
        model.set_params(learning_rate=3.0)
        for _ in range(42):
            model.partial_fit(X)
    assert abs(rbm.components_).max() > 0.5
    np.testing.assert_allclose(bm.components_, rbm.components_, atol=1e-3)
    np.testing.assert_allclose(bm.log_likelihood(X), rbm.log_likelihood(X), atol=1e-3)


def test_auto_lists_up_to_twenty_units_and_not_beyond():
    X = rows()
    for n, how in ((15, "exact"), (16, "pcd")):
        auto, named = (
            BoltzmannMachine(n_hidden=n, algorithm=a, **{**SMALL, "epochs": 1}).fit(X[:10])
            for a in ("auto", how)
        )
        np.testing.assert_array_equal(auto.components_, named.components_)


def test_more_than_twenty_hidden_units_leave_a_bound():
    X = rows()
    bm = BoltzmannMachine(n_hidden=21, **SMALL).fit(X)
    assert bm.is_only_bounded
    with pytest.raises(ParameterError, match=r"21 hidden units .* 2\^21 states.* take lower_bound"):
        bm.log_likelihood(X)
    partition = bm.log_partition("ais", **SWIFT)
    np.testing.assert_allclose(
        bm.lower_bound(X, partition), -bm.free_energy(X) - partition.value, atol=1e-6
    )
    free = BoltzmannMachine(n_hidden=21, lateral="visible", **SMALL).fit(X)
    assert not free.is_only_bounded
    np.testing.assert_allclose(free.lower_bound(X), free.log_likelihood(X), atol=1e-9)
    total = np.exp(free.log_likelihood(states(5))).sum()
    assert total == pytest.approx(1, abs=1e-6)  # 5 units are listed, 21 summed in closed form
    with pytest.raises(DataError, match="listing the states of all 26 units"):
        free.log_likelihood(holes(X))
    assert np.isfinite(free.lower_bound(holes(X))).all()


def test_mean_field_codes_are_near_exact_ones(monkeypatch):
    bm = BoltzmannMachine(n_hidden=6, **{**SMALL, "epochs": 30}).fit(rows())
    exact = bm.transform(rows())
    monkeypatch.setattr(boltzmann_clamped, "is_enumerable", lambda n: False)
    settled = bm.transform(rows())
    assert 0 < abs(settled - exact).max() < 0.02


def test_annealed_likelihoods_add_up_within_their_error():
    bm = strongly(BoltzmannMachine(n_hidden=4, **SMALL).fit(rows()))
    partition = bm.log_partition("ais", **SWIFT)
    total = np.exp(bm.log_likelihood(states(5), partition)).sum()
    assert abs(np.log(total)) < 3 * partition.error
    assert partition.error < 0.05


def test_rows_between_states_are_warned_of():
    bm = BoltzmannMachine(n_hidden=4, **SMALL).fit(rows())
    with pytest.warns(UserWarning, match="no states of the model"):
        bm.log_likelihood(rows() * 0.5)


def test_numbers_beyond_the_unit_interval_are_scaled_or_refused():
    X = rows()
    wide = X * [1, 1, 40, 1, 1] + [0, 0, -10, 0, 0]
    plain, scaled = (BoltzmannMachine(n_hidden=4, **SMALL).fit(data) for data in (X, wide))
    np.testing.assert_allclose(scaled.transform(wide), plain.transform(X), atol=1e-6)
    back = scaled.inverse_transform(scaled.transform(wide))
    expected = plain.inverse_transform(plain.transform(X)) * [1, 1, 40, 1, 1] + [0, 0, -10, 0, 0]
    np.testing.assert_allclose(back, expected, atol=1e-5)
    assert set(np.unique(scaled.sample(50, steps=20)[:, 2])) == {-10.0, 30.0}
    with pytest.raises(DataError, match=r"scale='none' needs values in \[0, 1\].* -10 to 30"):
        BoltzmannMachine(scale="none", **SMALL).fit(wide)
    frame = pd.DataFrame(wide, columns=list("abcde"))
    with pytest.raises(DataError, match="scale='none' .* column 'c' holds others"):
        BoltzmannMachine(scale="none", **SMALL).fit(frame)


def test_a_frame_of_yes_and_no_and_shares_comes_back_as_one():
    X = rows(40)
    frame = pd.DataFrame(
        {"smokes": np.where(X[:, 0] > 0, "yes", "no"), "well": X[:, 1] > 0, "share": X[:, 2] / 2}
    )
    bm = BoltzmannMachine(n_hidden=3, **SMALL).fit(frame)
    drawn = bm.sample(20, steps=5)
    assert list(drawn.columns) == ["smokes", "well", "share"]
    assert set(drawn["smokes"]) <= {"yes", "no"}
    assert drawn["well"].dtype == bool
    colours = frame.assign(colour=np.resize(["red", "green", "blue"], 40))
    with pytest.raises(DataError, match="'colour' holds 3 categories.*on or off: drop it, or take"):
        BoltzmannMachine(n_hidden=3, **SMALL).fit(colours)


def test_what_cannot_be_listed_is_refused_before_training():
    with pytest.raises(ParameterError, match="algorithm='exact' lists all states of 21 units"):
        BoltzmannMachine(n_hidden=16, algorithm="exact", **SMALL).fit(rows())


def test_a_saved_machine_is_the_same(fitted, tmp_path):
    fitted.save(tmp_path / "bm.embudo")
    again = load(tmp_path / "bm.embudo")
    X = holes(rows())
    np.testing.assert_array_equal(again.transform(X), fitted.transform(X))
    np.testing.assert_array_equal(again.log_likelihood(X), fitted.log_likelihood(X))


def test_the_shell_knows_it(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    X = rows(30)
    np.save("rows.npy", X)
    np.save("holes.npy", holes(X))
    shared = ["--epochs", "2", "--random-state", "0"]
    for name, n_hidden in (("few", "4"), ("many", "22")):
        out = f"{name}.embudo"
        assert run(["train", "bm", "rows.npy", "-o", out, "--n-hidden", n_hidden, *shared]) == 0
    calls = [
        "sample few.embudo -n 5 --steps 5 -o sample.csv",
        "transform few.embudo rows.npy -o codes.npy",
        "reconstruct few.embudo rows.npy -o rebuilt.npy",
        "impute few.embudo holes.npy -o filled.npy",
        "score few.embudo rows.npy -o scores.csv",
        "inspect few.embudo",
    ]
    for call in calls:
        assert run(call.split()) == 0, capsys.readouterr().err
    few = load("few.embudo")
    np.testing.assert_allclose(np.load("codes.npy"), few.transform(X), atol=1e-6)
    np.testing.assert_allclose(np.load("filled.npy"), few.impute(holes(X)), atol=1e-6)
    capsys.readouterr()
    swift = ["--temperatures", "50", "--burn-in", "5", "--json"]
    assert run(["likelihood", "few.embudo", "rows.npy", *swift]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["measure"] == "log_likelihood"
    assert found["mean"] == pytest.approx(few.log_likelihood(X).mean(), abs=1e-5)
    assert run(["likelihood", "many.embudo", "rows.npy", *swift, "-o", "bounds.csv"]) == 0
    assert json.loads(capsys.readouterr().out)["measure"] == "lower_bound"
    assert list(pd.read_csv("bounds.csv").columns) == ["lower_bound"]
    assert run(["likelihood", "few.embudo", "holes.npy", *swift]) == 2
    assert len(capsys.readouterr().err.strip().splitlines()) == 2
