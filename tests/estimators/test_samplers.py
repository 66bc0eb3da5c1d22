"""Samplers draw from the model's exact distribution, and go on where they were."""

import numpy as np
import pytest
import torch
from sklearn.exceptions import NotFittedError

from embudo import RBM, Clamped, DataError, Gibbs, ParameterError, Tempered
from oracles.binary import BinaryRBM, numbers

ORACLE = BinaryRBM.random(5, 3, scale=1.5)


def rbm_of(oracle, **settings):
    """A fitted RBM with an oracle's parameters."""
    X = np.random.default_rng(0).integers(0, 2, (40, len(oracle.a))) * 1.0
    rbm = RBM(n_components=len(oracle.b), epochs=1, random_state=0, **settings).fit(X)
    parts = (("weight", oracle.W), ("visible_bias", oracle.a), ("hidden_bias", oracle.b))
    for name, part in parts:
        getattr(rbm.module_, name).copy_(torch.from_numpy(part))
    return rbm


def plausible(rows, p):
    """Whether independent binary rows can come from probabilities, by chi-square."""
    kept = p > 0
    counts = np.bincount(numbers(rows), minlength=len(p))
    if counts[~kept].any():
        return False
    expected = counts.sum() * p[kept]
    degrees = kept.sum() - 1
    statistic = ((counts[kept] - expected) ** 2 / expected).sum()
    return abs(statistic - degrees) < 4.5 * np.sqrt(2 * degrees)


SAMPLERS = [(Gibbs, {}), (Tempered, {}), (Tempered, {"n_temperatures": 3})]


@pytest.mark.parametrize(("sampler", "settings"), SAMPLERS)
def test_draws_are_from_the_model(sampler, settings):
    rbm = rbm_of(ORACLE)
    drawn = sampler(rbm, n_chains=4000, burn_in=20, thin=12, **settings).draw(3)
    assert drawn.shape == (3, 4000, 5)
    assert drawn.dtype == np.float32
    p = ORACLE.visible_probabilities()
    for rows in drawn:
        assert plausible(rows, p)
    assert not plausible(drawn[0], np.roll(p, 1))


@pytest.mark.parametrize(("sampler", "settings"), SAMPLERS)
def test_a_second_draw_goes_on_from_the_first(sampler, settings):
    rbm = rbm_of(ORACLE)
    whole, parts = (sampler(rbm, n_chains=6, burn_in=9, thin=2, **settings) for _ in range(2))
    rows = whole.draw(7)
    found = np.concatenate([parts.draw(3), parts.draw(4)])
    np.testing.assert_array_equal(found, rows)
    assert parts.n_sweeps_ == whole.n_sweeps_ == 9 + 2 * 7
    np.testing.assert_array_equal(whole.free_energies_[3:], parts.free_energies_)
    other = sampler(rbm, n_chains=6, burn_in=9, thin=2, random_state=1, **settings).draw(7)
    assert not np.array_equal(other, rows)


@pytest.mark.parametrize("visible", ["bernoulli", "gaussian"])
@pytest.mark.parametrize("sampler", [Gibbs, Tempered])
def test_the_trace_is_the_free_energy_of_the_rows(sampler, visible):
    X = np.random.default_rng(0).random((50, 4))
    rbm = RBM(visible=visible, n_components=3, epochs=2, random_state=0).fit(X)
    drawn = sampler(rbm, n_chains=5, burn_in=10)
    rows = drawn.draw(4)
    expected = rbm.free_energy(rows.reshape(20, 4)).reshape(4, 5)
    np.testing.assert_allclose(drawn.free_energies_, expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("sampler", [Gibbs, Tempered])
def test_rows_come_back_on_the_scale_of_the_data(sampler):
    X = np.random.default_rng(0).normal([1000, -3], [50, 0.01], (500, 2))
    rbm = RBM(n_components=2, epochs=2, random_state=0).fit(X)
    rows = sampler(rbm, n_chains=3000, burn_in=30).draw()[0]
    assert (np.abs(rows.mean(0) - X.mean(0)) < 0.3 * X.std(0)).all()
    np.testing.assert_allclose(rows.std(0), X.std(0), rtol=0.2)


def two_clusters(share=0.7, n=30):
    rng = np.random.default_rng(1)
    pattern = rng.integers(0, 2, n)
    X = np.where(rng.random((1000, 1)) < share, pattern, 1 - pattern)
    return pattern, np.where(rng.random(X.shape) < 0.05, 1 - X, X).astype(np.float32)


def test_tempered_chains_reach_the_cluster_where_none_of_them_started():
    pattern, X = two_clusters()
    rbm = RBM(n_components=6, algorithm="exact", epochs=40, batch_size=100, random_state=0).fit(X)
    start = np.tile(pattern, (300, 1)).astype(np.float32)

    def share(sampler):
        rows = sampler(rbm, n_chains=300, burn_in=200, start=start).draw()[0]
        return ((rows == pattern).mean(1) > 0.5).mean()

    assert share(Gibbs) > 0.97
    machine = rbm.module_.machine(torch.float64)
    H = torch.from_numpy(BinaryRBM.random(1, 6).hidden_states)
    fields = machine.visible_bias + H @ machine.weight.t()
    weight = (fields.clamp(min=0) + torch.log1p(torch.exp(-fields.abs()))).sum(1)
    weight = (weight + H @ machine.hidden_bias).softmax(0).numpy()
    near = ((fields.numpy() > 0) == pattern).mean(1) > 0.5
    exact = weight[near].sum()
    assert 0.4 < exact < 0.9
    assert abs(share(Tempered) - exact) < 4.5 * 0.5 / 300**0.5


def test_temperatures_are_reported_and_even_themselves_out():
    pattern, X = two_clusters()
    rbm = RBM(n_components=6, epochs=15, random_state=0).fit(X)
    short, long = (Tempered(rbm, n_chains=100, burn_in=b) for b in (0, 200))
    for sampler in (short, long):
        sampler.draw(50)
        assert (np.diff(sampler.betas_) > 0).all()
        assert sampler.betas_[[0, -1]].tolist() == [0, 1]
    np.testing.assert_allclose(short.betas_, np.linspace(0, 1, 10), atol=1e-6)
    assert np.ptp(long.acceptance_) < 0.1 < np.ptp(short.acceptance_)
    assert 0 < long.n_arrivals_ < 50 * 100


def test_a_model_trained_with_tempering_hands_its_temperatures_on():
    _, X = two_clusters()
    rbm = RBM(
        n_components=6, epochs=10, algorithm="pt", n_temperatures=5, random_state=0, batch_size=50
    ).fit(X)
    for name in ("swap_acceptance", "lowest_swap_acceptance"):
        assert all(0 < value < 1 for value in rbm.history_[name])
    np.testing.assert_array_equal(Tempered(rbm).betas_, rbm.module_.tempered.betas)
    assert len(Tempered(rbm, n_temperatures=7).betas_) == 7


V = np.array([1.0, 0.0, np.nan, np.nan, 0.0])


def test_clamped_chains_draw_what_is_missing_given_the_rest():
    observed = ~np.isnan(V)
    X = np.array([V, np.full(5, np.nan), [0, 1, 1, 0, 1]])
    drawn = Clamped(rbm_of(ORACLE), X, n_chains=4000, burn_in=30).draw(2)
    assert drawn.shape == (2, 4000, 3, 5)
    assert (drawn[:, :, 0][..., observed] == V[observed]).all()
    assert (drawn[:, :, 2] == X[2]).all()
    p = ORACLE.visible_probabilities()
    fits = (ORACLE.visible_states[:, observed] == V[observed]).all(1)
    for rows in drawn:
        assert plausible(rows[:, 0], p * fits / p[fits].sum())
        assert plausible(rows[:, 1], p)
    assert not plausible(drawn[0][:, 0], fits / fits.sum())


def test_clamped_chains_go_on_too():
    rbm = rbm_of(ORACLE)
    whole, parts = (Clamped(rbm, V[None], n_chains=9, burn_in=3, thin=2) for _ in range(2))
    rows = whole.draw(5)
    np.testing.assert_array_equal(np.concatenate([parts.draw(2), parts.draw(3)]), rows)
    assert whole.free_energies_.shape == (5, 9, 1)
    expected = rbm.free_energy(rows.reshape(45, 5)).reshape(5, 9, 1)
    np.testing.assert_allclose(whole.free_energies_, expected, rtol=1e-5)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_what_is_given_comes_back_in_every_bit(dtype):
    X = np.random.default_rng(0).normal(1000, 50, (60, 4)).astype(dtype)
    rbm = RBM(n_components=3, epochs=2, random_state=0).fit(X)
    holed = X.copy()
    holed[:, 1] = np.nan
    rows = Clamped(rbm, holed, n_chains=2).draw(3)
    assert rows.dtype == dtype
    assert (rows[..., [0, 2, 3]] == X[:, [0, 2, 3]]).all()
    assert np.isfinite(rows).all()


@pytest.mark.parametrize(
    ("build", "error", "words"),
    [
        (lambda m: Gibbs(m, n_chains=0), ParameterError, "n_chains must be a whole number >= 1"),
        (lambda m: Gibbs(m, burn_in=-1), ParameterError, "burn_in must be a whole number >= 0"),
        (lambda m: Gibbs(m, thin=0), ParameterError, "thin must be"),
        (lambda m: Gibbs(m).draw(0), ParameterError, "n must be a whole number >= 1"),
        (lambda m: Tempered(m, n_temperatures=1), ParameterError, "at least 2.*take Gibbs"),
        (lambda m: Gibbs(m, start=np.zeros((3, 5))), ParameterError, "set n_chains=3"),
        (lambda m: Clamped(m, np.full((2, 5), np.inf)), DataError, "inf"),
        (lambda m: Gibbs(RBM()), NotFittedError, "not fitted"),
    ],
)
def test_mistakes_are_named(build, error, words):
    with pytest.raises(error, match=words):
        build(rbm_of(ORACLE))


def test_tempered_training_cannot_begin_in_the_middle_of_another():
    _, X = two_clusters()
    rbm = RBM(n_components=3, epochs=1, random_state=0).fit(X)
    rbm.algorithm = "pt"
    with pytest.raises(ParameterError, match="needs tempered chains"):
        rbm.partial_fit(X)
