"""Resampled intervals against the normal ones that they come to with many users."""

import math

import pytest
import torch

from embudo.kernels.intervals import interval, resampled_ratios

N = 400


def _resampled(totals: torch.Tensor, weights: torch.Tensor, n: int = 4000) -> torch.Tensor:
    return resampled_ratios(totals, weights, n, torch.Generator().manual_seed(0))


def test_a_mean_moves_by_its_standard_error() -> None:
    values = torch.randn(1, N, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    drawn = _resampled(values, torch.ones(N, dtype=torch.float64))[:, 0]
    error = float(values.std(correction=0)) / math.sqrt(N)
    assert float(drawn.std()) == pytest.approx(error, rel=0.05)
    low, high = interval(drawn).tolist()
    mean = float(values.mean())
    assert (low, high) == pytest.approx(
        (mean - 1.96 * error, mean + 1.96 * error), abs=0.15 * error
    )


def test_models_meet_the_same_users() -> None:
    values = torch.rand(1, N, dtype=torch.float64, generator=torch.Generator().manual_seed(2))
    drawn = _resampled(torch.cat([values, values - 0.1]), torch.ones(N, dtype=torch.float64))
    torch.testing.assert_close(drawn[:, 0] - drawn[:, 1], torch.full((4000,), 0.1).double())


def test_a_ratio_weighs_users_by_what_they_add() -> None:
    weights = torch.tensor([1.0, 3.0], dtype=torch.float64)
    drawn = _resampled(torch.tensor([[2.0, 3.0]], dtype=torch.float64), weights)[:, 0]
    shares = {2.0: 0.25, 5 / 4: 0.5, 1.0: 0.25}  # both the first, one of each, both the second
    for value, share in shares.items():
        assert float((drawn - value).abs().lt(1e-12).double().mean()) == pytest.approx(
            share, abs=0.03
        )


def test_parts_make_no_difference(monkeypatch: pytest.MonkeyPatch) -> None:
    values, weights = torch.rand(2, 10).double(), torch.ones(10).double()
    whole = resampled_ratios(values, weights, 50, torch.Generator().manual_seed(3))
    monkeypatch.setattr("embudo.kernels.intervals._AT_ONCE", 70)
    parts = resampled_ratios(values, weights, 50, torch.Generator().manual_seed(3))
    torch.testing.assert_close(parts, whole)
