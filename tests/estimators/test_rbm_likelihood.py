"""Likelihoods are those of a distribution: over all states, or the whole line, they add up to 1."""

import itertools
import math
import warnings

import numpy as np
import pytest
import torch
from scipy.integrate import trapezoid

from embudo import RBM, DataError, ParameterError, load

SETTINGS = {"n_components": 3, "epochs": 3, "batch_size": 10, "random_state": 0}
SWIFT = {"n_temperatures": 100, "n_chains": 200, "burn_in": 20}


@pytest.fixture(scope="module")
def binary():
    X = (np.random.default_rng(0).random((100, 6)) < [0.1, 0.3, 0.5, 0.5, 0.7, 0.9]).astype(float)
    X[:, 3] = X[:, 2]
    return RBM(**SETTINGS).fit(X), X


def states(n):
    return np.array(list(itertools.product((0.0, 1.0), repeat=n)))


def test_probabilities_of_all_states_add_up(binary):
    rbm, _ = binary
    assert rbm.log_partition().method == "exact"
    assert np.exp(rbm.log_likelihood(states(6))).sum() == pytest.approx(1, rel=1e-6)


@pytest.mark.parametrize("hidden", ["bernoulli", "relu", "gaussian"])
def test_annealed_probabilities_of_all_states_add_up_within_their_error(hidden):
    X = (np.random.default_rng(1).random((100, 5)) < 0.4).astype(float)
    rbm = RBM(**SETTINGS, hidden=hidden, learning_rate=0.1).fit(X)
    partition = rbm.log_partition("ais", **SWIFT)
    total = np.exp(rbm.log_likelihood(states(5), partition)).sum()
    assert abs(math.log(total)) < 3 * partition.error + 1e-5
    assert partition.error < 0.05
    assert partition.trustworthy


def test_densities_are_on_the_scale_of_the_data():
    X = np.random.default_rng(2).normal([[50.0, -3.0]], [[20.0, 0.1]], (300, 2))
    X[:, 0] += 200 * (X[:, 1] + 3)
    rbm = RBM(**SETTINGS, learned_variance=True).fit(X)
    x, y = np.linspace(-200, 300, 401), np.linspace(-4.5, -1.5, 401)
    grid = np.stack(np.meshgrid(x, y, indexing="ij"), -1).reshape(-1, 2)
    density = np.exp(rbm.log_likelihood(grid)).reshape(401, 401)
    assert trapezoid(trapezoid(density, y), x) == pytest.approx(1, abs=1e-4)


def test_a_given_partition_is_the_one_that_counts(binary):
    rbm, X = binary
    exact = rbm.log_partition()
    np.testing.assert_allclose(
        rbm.log_likelihood(X, exact), -exact.value - rbm.free_energy(X), rtol=1e-6
    )
    annealed = rbm.log_partition("ais", **SWIFT, random_state=1)
    assert annealed == rbm.log_partition("ais", **SWIFT, random_state=1)
    assert annealed != rbm.log_partition("ais", **SWIFT, random_state=2)
    assert abs(annealed.value - exact.value) < 3 * annealed.error
    difference = rbm.log_likelihood(X, annealed) - rbm.log_likelihood(X, exact)
    np.testing.assert_allclose(difference, exact.value - annealed.value, atol=1e-5)


def test_asking_leaves_the_model_as_it_was(binary, tmp_path):
    rbm, X = binary
    before = rbm.module_.state_dict()
    before = {name: tensor.clone() for name, tensor in before.items()}
    rbm.log_partition("ais", **SWIFT)
    rbm.diagnose(X, X, n_chains=4, steps=8)
    assert all((before[name] == tensor).all() for name, tensor in rbm.module_.state_dict().items())
    rbm.save(tmp_path / "m.embudo")
    again = load(tmp_path / "m.embudo")
    assert again.log_partition("ais", **SWIFT) == rbm.log_partition("ais", **SWIFT)


def test_a_missing_entry_is_refused_by_its_place_before_any_annealing(binary, monkeypatch):
    rbm, X = binary
    holes = X.copy()
    holes[7, 4] = np.nan
    monkeypatch.setattr(RBM, "log_partition", None)
    with pytest.raises(DataError, match="row 7 lacks column 4"):
        rbm.log_likelihood(holes)


def test_values_between_0_and_1_give_a_lower_bound_and_a_warning(binary):
    rbm, _ = binary
    x = np.full((1, 6), 0.3)
    V = states(6)
    weight = np.prod(np.where(V == 1, 0.3, 0.7), 1)
    with pytest.warns(UserWarning, match="lower bound"):
        found = rbm.log_likelihood(x)[0]
    assert found < weight @ rbm.log_likelihood(V)


def test_what_is_not_trustworthy_is_said():
    """Forty visible units share one hidden unit: seven steps are far too few."""
    X = (np.random.default_rng(5).random((50, 40)) < 0.5).astype(float)
    rbm = RBM(**{**SETTINGS, "n_components": 1}).fit(X)
    rbm.module_.weight.copy_(torch.linspace(-5, 5, 40)[:, None])
    with pytest.warns(UserWarning, match=r"nats apart|crossed|few chains"):
        rbm.log_likelihood(X, method="ais", n_temperatures=7, n_chains=5, burn_in=10)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda rbm: rbm.log_partition("best"), "method must be one of auto, exact, ais"),
        (lambda rbm: rbm.log_partition(n_chains=0), "n_chains must be a whole number >= 1"),
        (lambda rbm: rbm.diagnose(states(6), n_chains=2), "at least 4 chains of 8 steps"),
    ],
)
def test_settings_out_of_their_limits_are_refused(binary, call, message):
    with pytest.raises(ParameterError, match=message):
        call(binary[0])


def test_a_diagnosis_counts_the_sweeps_of_training():
    X = (np.random.default_rng(3).random((100, 4)) < 0.5).astype(float)
    kinds = {"pcd": 3 * 10 * 2, "cd": 2, "exact": None}
    for algorithm, sweeps in kinds.items():
        rbm = RBM(**SETTINGS, steps=2, algorithm=algorithm).fit(X)
        assert rbm.diagnose(X, n_chains=4, steps=8).training_sweeps == sweeps


def test_a_diagnosis_knows_how_the_gap_went():
    X = (np.random.default_rng(4).random((40, 30)) < 0.5).astype(float)
    rbm = RBM(
        n_components=60,
        epochs=60,
        batch_size=10,
        learning_rate=0.3,
        validation_fraction=0.5,
        random_state=0,
    ).fit(X)
    gaps = rbm.history_["free_energy_gap"]
    found = rbm.diagnose(X, steps=50)
    assert found.gap_growth == pytest.approx(gaps[-1] - np.mean(gaps[:15]))
    assert any(reading.startswith("The free-energy gap grew") for reading in found.readings)


def test_a_diagnosis_of_many_rows_looks_at_some(binary):
    rbm, X = binary
    many = np.tile(X, (60, 1))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = rbm.diagnose(many, n_chains=8, steps=16)
    expected = rbm.free_energy(many).mean()
    assert found.free_energy_of_data == pytest.approx(expected, rel=0.02)
    many[5999, 0] = np.inf
    with pytest.raises(DataError, match="row 5999"):
        rbm.diagnose(many, n_chains=8, steps=16)
