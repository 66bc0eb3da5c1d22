"""Diagnostics of chains, against processes whose mixing is known, and of units."""

import math

import numpy as np
import pytest
import torch

from embudo.kernels import diagnostics


def autoregressive(memory, n_chains, n_draws, seed=0):
    """Chains x' = memory x + noise, stationary from the start: time (1 + memory) / (1 - memory)."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=n_chains)
    found = []
    for _ in range(n_draws):
        found.append(x)
        x = memory * x + math.sqrt(1 - memory**2) * rng.normal(size=n_chains)
    return torch.from_numpy(np.array(found).T.copy())


@pytest.mark.parametrize("memory", [-0.5, 0, 0.5, 0.9])
def test_an_autoregressive_process_has_its_time_and_its_sample_size(memory):
    series = autoregressive(memory, 8, 8000)
    time = (1 + memory) / (1 - memory)
    lags = diagnostics.autocorrelation(series)
    np.testing.assert_allclose(lags[:5], memory ** np.arange(5.0), atol=0.05)
    assert diagnostics.autocorrelation_time(series) == pytest.approx(max(1, time), rel=0.15)
    size = diagnostics.effective_sample_size(series)
    assert size == pytest.approx(series.numel() / time, rel=0.15)
    assert diagnostics.split_r_hat(series) == pytest.approx(1, abs=0.01)


def test_the_autocovariance_is_the_sum_that_defines_it():
    series = torch.from_numpy(np.random.default_rng(1).normal(size=(1, 12)))
    x = series[0] - series.mean()
    n = len(x)
    sums = np.array([float(x[: n - lag] @ x[lag:]) for lag in range(n)]) / n
    variance = float(x.square().sum()) / n
    within = float(x.square().sum()) / (n - 1)
    expected = 1 - (within - sums) / variance
    np.testing.assert_allclose(diagnostics.autocorrelation(series), expected, atol=1e-12)


def test_r_hat_is_its_formula():
    series = np.random.default_rng(2).normal(size=(3, 20)) + np.array([[0], [1], [5]])
    halves = np.concatenate((series[:, :10], series[:, 10:]))
    within = halves.var(1, ddof=1).mean()
    between = 10 * halves.mean(1).var(ddof=1)
    expected = np.sqrt((9 / 10 * within + between / 10) / within)
    assert diagnostics.split_r_hat(torch.from_numpy(series)) == pytest.approx(expected)


def test_chains_that_stay_apart_have_not_mixed():
    series = autoregressive(0.5, 4, 1000) + 10 * torch.arange(4)[:, None]
    assert diagnostics.split_r_hat(series) > 5
    assert diagnostics.effective_sample_size(series) < 20
    assert diagnostics.autocorrelation_time(series) > 100


def test_a_drift_within_a_single_chain_is_seen():
    series = torch.randn((1, 400), generator=torch.Generator().manual_seed(3))
    assert diagnostics.split_r_hat(series) < 1.05
    assert diagnostics.split_r_hat(series + torch.linspace(0, 6, 400)) > 1.5


def test_what_does_not_move():
    assert diagnostics.split_r_hat(torch.zeros(3, 10)) == 1
    assert diagnostics.effective_sample_size(torch.zeros(3, 10)) == 30
    assert diagnostics.autocorrelation_time(torch.zeros(3, 10)) == 1
    stuck = torch.arange(3.0)[:, None].expand(3, 10)
    assert diagnostics.split_r_hat(stuck) == math.inf


def test_units_that_never_change():
    means = torch.tensor([[0.0, 0.99, 0.5, 0.2], [0.01, 1.0, 0.6, 0.2]])
    assert diagnostics.constant_units(means, 0.05).tolist() == [0, 1, 3]


def test_effective_rank():
    assert diagnostics.effective_rank(torch.full((7,), 2.0)) == pytest.approx(7)
    assert diagnostics.effective_rank(torch.tensor([3.0, 0, 0])) == pytest.approx(1)
    assert diagnostics.effective_rank(torch.zeros(3)) == 0


def test_rows_known_by_heart_are_near_to_where_they_come_from():
    generator = torch.Generator().manual_seed(4)
    one, other, fresh = torch.randn((3, 400, 5), generator=generator)
    assert diagnostics.nearer_share(one + 0.01, one, other) > 0.95
    assert diagnostics.nearer_share(other + 0.01, one, other) < 0.05
    assert abs(diagnostics.nearer_share(fresh, one, other) - 0.5) < 4 * 0.5 / 20
    assert diagnostics.nearer_share(fresh, one, one) == 0.5
