"""Units are what their definition says: p(x | t) = exp(t x - base(x) - A(t))."""

import numpy as np
import pytest
import torch
from scipy.integrate import quad

from embudo.kernels.units import HIDDEN

FIELDS = torch.tensor([-6.0, -1.3, -0.2, 0.0, 0.7, 2.5, 6.0], dtype=torch.float64)
BERNOULLI, GAUSSIAN = HIDDEN["bernoulli"], HIDDEN["gaussian"]


def scalar(function, x):
    return float(function(torch.tensor([x], dtype=torch.float64)).sum())


@pytest.mark.parametrize("unit", HIDDEN.values(), ids=list(HIDDEN))
def test_mean_is_the_slope_of_the_log_normaliser(unit):
    step = 1e-5
    each = FIELDS[:, None]
    rise = unit.log_normaliser(each + step) - unit.log_normaliser(each - step)
    torch.testing.assert_close(unit.mean(unit.given(FIELDS)), rise / (2 * step), rtol=0, atol=1e-9)


@pytest.mark.parametrize("t", FIELDS.tolist())
def test_log_normaliser_of_a_binary_unit_is_the_sum_over_both_states(t):
    total = sum(np.exp(t * x - scalar(BERNOULLI.base, x)) for x in (0.0, 1.0))
    assert scalar(BERNOULLI.log_normaliser, t) == pytest.approx(np.log(total), abs=1e-14)


@pytest.mark.parametrize("t", FIELDS.tolist())
def test_log_normaliser_of_a_gaussian_unit_is_the_integral_over_the_line(t):
    total, _ = quad(lambda x: np.exp(t * x - scalar(GAUSSIAN.base, x)), t - 12, t + 12)
    assert scalar(GAUSSIAN.log_normaliser, t) == pytest.approx(np.log(total), abs=1e-10)


def test_log_normaliser_of_a_binary_unit_neither_overflows_nor_loses_small_values():
    far = torch.tensor([-50.0, 1000.0], dtype=torch.float64)
    expected = torch.tensor([np.exp(-50.0), 1000.0], dtype=torch.float64)
    torch.testing.assert_close(BERNOULLI.log_normaliser(far[:, None]), expected, rtol=1e-12, atol=0)


def test_binary_samples_are_on_as_often_as_their_mean_says(generator):
    n = 40_000
    mean = torch.tensor([0.0, 0.01, 0.3, 0.5, 0.97, 1.0])
    drawn = BERNOULLI.sample(mean.expand(n, -1), generator)
    assert set(drawn.unique().tolist()) == {0.0, 1.0}
    bound = 4.5 * (mean * (1 - mean) / n).sqrt()
    assert ((drawn.mean(0) - mean).abs() <= bound).all()


def test_gaussian_samples_have_the_mean_and_unit_variance(generator):
    n = 40_000
    mean = torch.tensor([-3.0, 0.0, 100.0], dtype=torch.float64)
    noise = GAUSSIAN.sample(mean.expand(n, -1), generator) - mean
    assert (noise.mean(0).abs() < 4.5 / n**0.5).all()
    assert ((noise.var(0) - 1).abs() < 4.5 * (2 / n) ** 0.5).all()
    assert ((noise.pow(4).mean(0) - 3).abs() < 4.5 * (96 / n) ** 0.5).all()
    assert np.abs(np.corrcoef(noise.T.numpy()) - np.eye(3)).max() < 4.5 / n**0.5


@pytest.mark.parametrize(("p", "q"), [(0.3, 0.8), (0.9, 0.05), (0.0, 0.4), (1.0, 0.4), (0.5, 0.5)])
def test_divergence_of_binary_units_is_the_kullback_leibler_sum(p, q):
    parts = [x * np.log(x / y) for x, y in ((p, q), (1 - p, 1 - q)) if x > 0]
    state, mean = torch.tensor([[p], [q]], dtype=torch.float64)
    assert float(BERNOULLI.divergence(state, mean)) == pytest.approx(sum(parts), abs=1e-14)


@pytest.mark.parametrize(("p", "q"), [(0.3, 0.8), (-2.0, 1.5), (4.0, 4.0)])
def test_divergence_of_gaussian_units_is_the_kullback_leibler_integral(p, q):
    def integrand(x):
        log_p, log_q = -((x - p) ** 2) / 2, -((x - q) ** 2) / 2
        return np.exp(log_p) / np.sqrt(2 * np.pi) * (log_p - log_q)

    state, mean = torch.tensor([[p], [q]], dtype=torch.float64)
    expected, _ = quad(integrand, p - 12, p + 12)
    assert float(GAUSSIAN.divergence(state, mean)) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_divergence_vanishes_at_equality_and_stays_finite_where_the_mean_is_sure(dtype):
    state = torch.tensor([0.0, 1.0, 0.0, 1.0, 0.25], dtype=dtype)
    mean = torch.tensor([0.0, 1.0, 1.0, 0.0, 0.25], dtype=dtype)
    right_0, right_1, wrong_1, wrong_0, equal = BERNOULLI.divergence(state, mean).tolist()
    assert max(right_0, right_1, abs(equal)) < 1e-6
    assert 15 < wrong_1 < 40
    assert 80 < wrong_0 < 800
