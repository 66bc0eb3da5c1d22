"""Rectified, one-of-k and joined units, far out in their tails too."""

import numpy as np
import pytest
import torch
from scipy.integrate import quad
from scipy.stats import kstest

from embudo.kernels.noise import bernoulli, fast_bernoulli
from embudo.kernels.units import HIDDEN, Mixed, Softmax

RELU = HIDDEN["relu"]
FAR = [-1e6, -1e3, -45.0, -41.0, -39.0, -31.0, -29.0, -10.5, -9.5, -2.0, 0.0, 3.0, 12.0, 60.0]
CLOSE = {torch.float64: 1e-12, torch.float32: 1e-5}
DRAWS = 40_000
every_precision = pytest.mark.parametrize("dtype", CLOSE, ids=str)
every_draw = pytest.mark.parametrize("draw", [bernoulli, fast_bernoulli], ids=lambda f: f.__name__)
every_size = pytest.mark.parametrize("k", [2, 3, 5, 8, 11])


def integral(function, t):
    """Of function(x) exp(t x - x^2 / 2) over x >= 0, divided by exp(t^2 / 2) if t > 0."""
    if t < 0:  # in units of 1 / |t|, over which the density falls
        return quad(lambda y: function(-y / t) * np.exp(-y - (y / t) ** 2 / 2), 0, 50)[0] / -t
    low = max(0.0, t - 12)
    return quad(lambda x: function(x) * np.exp(-((x - t) ** 2) / 2), low, t + 12, points=[t])[0]


@every_precision
@pytest.mark.parametrize("t", FAR)
def test_mean_of_rectified_units_is_the_integral(t, dtype):
    expected = integral(lambda x: x, t) / integral(lambda x: 1.0, t)
    found = float(RELU.mean(torch.tensor([t], dtype=dtype)))
    assert found == pytest.approx(expected, rel=max(CLOSE[dtype], 1e-10))


@every_precision
@pytest.mark.parametrize("t", FAR)
def test_log_normaliser_of_rectified_units_is_the_integral(t, dtype):
    expected = np.log(integral(lambda x: 1.0, t)) + max(t, 0) ** 2 / 2
    found = float(RELU.log_normaliser(torch.tensor([[t]], dtype=dtype)))
    assert found == pytest.approx(expected, rel=max(CLOSE[dtype], 1e-10), abs=CLOSE[dtype])


@pytest.mark.parametrize("t", FAR[1:])
def test_slope_of_the_log_normaliser_by_autograd_is_the_mean(t):
    field = torch.tensor([[t]], dtype=torch.float64, requires_grad=True)
    (slope,) = torch.autograd.grad(RELU.log_normaliser(field).sum(), field)
    assert float(slope) == pytest.approx(float(RELU.mean(field.detach())), rel=1e-8)


def survival(x, t):
    """P(state > x), for t < 0 without underflow."""
    return np.exp(t * x - x**2 / 2) * (integral_from(x, t) / integral_from(0.0, t))


def integral_from(x, t):
    return integral(lambda y: 1.0, t - x)


@every_precision
@pytest.mark.parametrize("t", [-1e4, -45.0, -30.5, -29.5, -6.0, -0.5, 0.1, 2.0, 40.0])
def test_rectified_samples_follow_their_distribution(t, dtype, generator):
    drawn = RELU.sample(torch.full((DRAWS,), t, dtype=dtype), generator)
    assert drawn.dtype == dtype
    assert float(drawn.min()) >= 0
    x = np.sort(drawn.double().numpy())
    grid = x[:: DRAWS // 200]
    if t <= 0:
        cumulative = 1 - np.array([survival(y, t) for y in grid])
    else:
        total = integral(lambda x: 1.0, t)
        below = [quad(lambda y: np.exp(-((y - t) ** 2) / 2), max(0, t - 12), g)[0] for g in grid]
        cumulative = np.array(below) / total
    empirical = np.searchsorted(x, grid, side="right") / DRAWS
    assert np.abs(empirical - cumulative).max() < 2.5 / DRAWS**0.5  # p < 1e-5 if they agree


def test_rectified_samples_know_the_curve_of_their_tail(generator):
    """An exponential alone would have a mean 1 / 450 too large here."""
    drawn = RELU.sample(torch.full((4_000_000,), -30.1, dtype=torch.float64), generator)
    expected = float(RELU.mean(torch.tensor([-30.1], dtype=torch.float64)))
    assert abs(float(drawn.mean()) / expected - 1) < 4.5 / 2000 * 0.75
    assert abs(1 / 30.1 / expected - 1) > 4.5 / 2000 * 0.75


@every_size
@every_precision
def test_one_of_k_is_the_exponential_of_its_field_in_proportion(k, dtype, generator):
    field = 4 * torch.randn(3, 2 * k, generator=generator, dtype=torch.float64)
    field[0] = torch.linspace(-3000, 3000, 2 * k, dtype=torch.float64)
    found = Softmax(k).given(field.to(dtype)).double().numpy()
    t = field.to(dtype).double().numpy().reshape(3, 2, k)
    weight = np.exp(t - t.max(2, keepdims=True))
    expected = (weight / weight.sum(2, keepdims=True)).reshape(3, 2 * k)
    np.testing.assert_allclose(found, expected, rtol=30 * CLOSE[dtype], atol=1e-30)
    log_sum = np.log(weight.sum(2)) + t.max(2)
    normaliser = Softmax(k).log_normaliser(field.to(dtype)).double().numpy()
    np.testing.assert_allclose(normaliser, log_sum.sum(1), rtol=CLOSE[dtype])


@every_draw
@every_size
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16], ids=str)
def test_one_of_k_is_drawn_as_often_as_it_should_be(k, dtype, draw, generator):
    weight = torch.tensor(np.random.default_rng(k).exponential(size=(2, k)))
    weight[1, :2] = torch.tensor([0.0, 1e-3])
    p = (weight / weight.sum(1, keepdim=True)).flatten().to(dtype)
    drawn = Softmax(k).sample(p.expand(DRAWS, -1), generator, draw)
    assert drawn.dtype == dtype
    blocks = drawn.unflatten(1, (2, k))
    assert set(drawn.unique().tolist()) == {0.0, 1.0}
    assert (blocks.sum(2) == 1).all()
    assert not blocks[:, 1, 0].any()  # its probability is 0
    p = p.double().unflatten(0, (2, k))
    p = (p / p.sum(1, keepdim=True)).flatten()
    bound = 4.5 * (p * (1 - p) / DRAWS).sqrt() + 1 / 65536
    if dtype is torch.bfloat16:
        bound += 2**-8 * p  # the two of a pair are rounded apart
    assert ((drawn.double().mean(0) - p).abs() <= bound).all()


@every_size
def test_blocks_are_drawn_independently(k, generator):
    p = torch.full((3 * k,), 1 / k)
    drawn = Softmax(k).sample(p.expand(DRAWS, -1), generator).unflatten(1, (3, k))
    both = torch.einsum("nik,njl->ijkl", drawn, drawn) / DRAWS
    apart = both[[0, 0, 1], [1, 2, 2]]
    assert (apart - 1 / k**2).abs().max() < 4.5 * (1 / k**2 / DRAWS) ** 0.5


def test_divergence_of_one_of_k_is_the_kullback_leibler_sum():
    p = torch.tensor([[0.2, 0.5, 0.3, 1.0, 0.0, 0.0]], dtype=torch.float64)
    q = torch.tensor([[0.6, 0.1, 0.3, 0.7, 0.3, 0.0]], dtype=torch.float64)
    expected = 0.2 * np.log(0.2 / 0.6) + 0.5 * np.log(5) - np.log(0.7)
    assert float(Softmax(3).divergence(p, q).sum()) == pytest.approx(expected, abs=1e-14)
    assert torch.isfinite(Softmax(3).divergence(p, 1 - p.ceil())).all()


def test_joined_units_are_each_what_they_are_alone(generator):
    parts = ((HIDDEN["bernoulli"], 3), (HIDDEN["gaussian"], 2), (Softmax(2), 4), (Softmax(3), 3))
    joined = Mixed(parts)
    field = torch.randn(5, 12, generator=generator, dtype=torch.float64)
    state = torch.rand(5, 12, generator=generator, dtype=torch.float64)
    cuts = np.cumsum([0, *(width for _, width in parts)])
    total = torch.zeros(5, dtype=torch.float64)
    for (unit, _), start, stop in zip(parts, cuts, cuts[1:], strict=False):
        here = slice(start, stop)
        part, values = field[:, here], state[:, here]
        assert torch.equal(joined.given(field)[:, here], unit.given(part))
        assert torch.equal(joined.base(state)[:, here], unit.base(values))
        mixed = joined.divergence(state, state.flip(0))[:, here]
        assert torch.equal(mixed, unit.divergence(values, values.flip(0)))
        total += unit.log_normaliser(part)
    torch.testing.assert_close(joined.log_normaliser(field), total)


def test_joined_units_are_drawn_each_from_its_own_distribution(generator):
    joined = Mixed(((HIDDEN["bernoulli"], 1), (HIDDEN["gaussian"], 1), (Softmax(3), 3)))
    parameter = torch.tensor([0.3, 2.0, 0.5, 0.1, 0.4], dtype=torch.float64)
    drawn = joined.sample(parameter.expand(DRAWS, -1), generator)
    bound = 4.5 * drawn.std(0) / DRAWS**0.5
    assert ((drawn.mean(0) - parameter).abs() < bound).all()
    assert kstest(drawn[:, 1].numpy(), "norm", args=(2.0, 1.0)).pvalue > 1e-5
    correlation = np.corrcoef(drawn.T.numpy())
    correlation[2:, 2:] = 0
    assert np.abs(correlation - np.diag(np.diag(correlation))).max() < 4.5 / DRAWS**0.5
