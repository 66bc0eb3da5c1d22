"""Losses of both players, penalties and paths, against formulas and analytic gradients."""

import math

import numpy as np
import pytest
import torch

from embudo.kernels.adversarial import (
    DUELS,
    averaged,
    between,
    distance_from_slope_1,
    spherical,
    squared_slopes,
    straight_through,
    warmed_up,
)
from embudo.kernels.descent import descend
from embudo.kernels.energy_distance import energy_distance
from oracles import adversarial as oracle


@pytest.fixture(autouse=True)
def _seed():
    torch.manual_seed(0)


@pytest.mark.parametrize("name", DUELS)
def test_losses_are_those_of_the_formulas(name):
    real, made = (torch.randn(50, dtype=torch.float64) * 3 for _ in range(2))
    duel = DUELS[name]
    expected = oracle.losses(name, real.numpy(), made.numpy())
    found = duel.discriminator(real, made).mean(), duel.generator(real, made).mean()
    np.testing.assert_allclose([float(value) for value in found], expected, rtol=1e-10)


@pytest.mark.parametrize("name", DUELS)
def test_where_scores_float_any_number_may_be_added_to_them(name):
    real, made = (torch.randn(50, dtype=torch.float64) for _ in range(2))
    duel = DUELS[name]
    same = torch.allclose(
        duel.discriminator(real, made).mean(), duel.discriminator(real + 7, made + 7).mean()
    )
    assert same == duel.floats


@pytest.mark.slow
@pytest.mark.parametrize("name", ["classic", "least_squares", "relativistic"])
def test_the_best_score_of_two_known_gaussians_says_p_over_p_plus_q(name):
    """On a grid where both densities are known, the loss is minimal exactly there."""
    x = torch.linspace(-4, 4, 81, dtype=torch.float64)
    p, q = (torch.exp(-((x - mean) ** 2) / 2) for mean in (-0.5, 0.5))
    p, q = p / p.sum(), q / q.sum()
    score = torch.zeros(81, dtype=torch.float64, requires_grad=True)
    duel = DUELS[name]
    if duel.paired:
        weight = (p[:, None] * q).flatten()
        pairs = torch.cartesian_prod(torch.arange(81), torch.arange(81)).T
    else:
        weight, pairs = torch.ones(81, dtype=torch.float64), None

    def loss():
        if pairs is not None:
            return duel.discriminator(score[pairs[0]], score[pairs[1]]) @ weight
        real = duel.discriminator(score, torch.full_like(score, -50.0 if name == "classic" else 0))
        made = duel.discriminator(torch.full_like(score, 50.0 if name == "classic" else 1), score)
        return real @ p + made @ q

    optimizer = torch.optim.LBFGS(
        [score], lr=1, max_iter=2000, tolerance_grad=1e-14, tolerance_change=1e-18,
        history_size=80, line_search_fn="strong_wolfe",
    )  # fmt: skip

    def closure():
        optimizer.zero_grad()
        value = loss()
        value.backward()
        return value

    optimizer.step(closure)
    found = score.detach()
    if duel.floats:
        found = found - (found @ (p + q)) / 2
    torch.testing.assert_close(duel.probability(found), p / (p + q), atol=1e-3, rtol=0)


def linear_score(x, weight):
    return x @ weight


def test_slopes_of_a_linear_score_are_its_weights():
    x = torch.randn(6, 4, dtype=torch.float64, requires_grad=True)
    weight = torch.randn(4, dtype=torch.float64, requires_grad=True)
    squared = squared_slopes(x @ weight, x)
    torch.testing.assert_close(squared, (weight @ weight).expand(6))
    (slope,) = torch.autograd.grad(0.5 * squared.mean(), weight)
    torch.testing.assert_close(slope, weight)
    squared = squared_slopes(x @ weight, x)
    (slope,) = torch.autograd.grad(distance_from_slope_1(squared).mean(), weight)
    norm = weight.norm()
    torch.testing.assert_close(slope, 2 * (norm - 1) * weight / norm, atol=1e-9, rtol=1e-9)


def test_slopes_of_a_quadratic_score_are_known_at_every_row():
    """Of x' A x / 2 with a symmetric A the slope is A x, whose squared norm has the slope 2 x x' A
    by A, taken as it stands."""
    x = torch.randn(5, 3, dtype=torch.float64, requires_grad=True)
    half = torch.randn(3, 3, dtype=torch.float64)
    a = (half + half.T).requires_grad_()
    score = 0.5 * (x @ a * x).sum(1)
    squared = squared_slopes(score, x)
    torch.testing.assert_close(squared, (x @ a).square().sum(1))
    (slope,) = torch.autograd.grad(squared.sum(), a)
    rows = (x[:, :, None] * x[:, None, :]).sum(0).detach()
    expected = rows @ a + a @ rows
    torch.testing.assert_close(slope, expected.detach())


def test_the_gradient_penalty_has_a_finite_slope_where_the_score_is_flat():
    x = torch.randn(4, 3, requires_grad=True)
    weight = torch.zeros(3, requires_grad=True)
    penalty = distance_from_slope_1(squared_slopes(x @ weight, x))
    torch.testing.assert_close(penalty, torch.ones(4))
    (slope,) = torch.autograd.grad(penalty.mean(), weight)
    assert slope.isfinite().all()


def test_squares_of_slopes_are_summed_up_in_float32_under_bfloat16():
    x = torch.randn(4, 3000, requires_grad=True)
    weight = torch.rand(3000)
    score = (x.bfloat16() @ weight.bfloat16()).float()
    squared = squared_slopes(score, x)
    assert squared.dtype is torch.float32
    exact = weight.bfloat16().double().square().sum()
    torch.testing.assert_close(squared.double(), exact.expand(4), rtol=1e-5, atol=0)


def test_points_between_lie_on_the_line():
    real, made = torch.randn(3, 2), torch.randn(3, 2)
    torch.testing.assert_close(between(real, made, torch.tensor([0.0, 0.0, 0.0])), made)
    torch.testing.assert_close(between(real, made, torch.ones(3)), real)
    middle = between(real, made, torch.tensor([0.25, 0.5, 1.0]))
    torch.testing.assert_close(middle[0], 0.25 * real[0] + 0.75 * made[0])


def test_straight_through_has_hard_values_and_soft_slopes():
    field = torch.randn(2, 3, requires_grad=True)
    soft = field.softmax(1)
    hard = torch.eye(3)[soft.argmax(1)]
    found = straight_through(soft, hard)
    torch.testing.assert_close(found, hard)
    weight = torch.randn(2, 3)
    (slope,) = torch.autograd.grad((found * weight).sum(), field, retain_graph=True)
    (expected,) = torch.autograd.grad((soft * weight).sum(), field)
    torch.testing.assert_close(slope, expected)


def test_the_average_is_that_of_the_oracle():
    values = torch.randn(200, 3, dtype=torch.float64)
    average = torch.zeros(3, dtype=torch.float64)
    for step, value in enumerate(values, start=1):
        averaged(average, value, warmed_up(0.9, step))
    expected = oracle.average(values.numpy(), 0.9)
    np.testing.assert_allclose(average.numpy(), expected, rtol=1e-12)
    assert warmed_up(0.9, 1) == 0
    assert warmed_up(0.9, 1000) == 0.9


def test_the_arc_keeps_length_and_goes_round_evenly():
    start = torch.tensor([[1.0, 0.0]], dtype=torch.float64)
    end = torch.tensor([[0.0, 2.0]], dtype=torch.float64)
    share = torch.linspace(0, 1, 5, dtype=torch.float64)
    arc = spherical(start, end, share)[:, 0]
    angle = torch.atan2(arc[:, 1], arc[:, 0])
    torch.testing.assert_close(angle, share * math.pi / 2)
    torch.testing.assert_close(arc.norm(dim=1), 1 + share)
    same = spherical(start, 3 * start, share)[:, 0]
    torch.testing.assert_close(same[:, 0], 1 + 2 * share)
    assert spherical(start, -start, share).isfinite().all()


def test_energy_distance_of_two_points_and_of_shifted_gaussians():
    one, other = torch.zeros(1, 1), torch.full((1, 1), 3.0)
    assert energy_distance(one, other) == pytest.approx(6)
    assert energy_distance(one, one) == pytest.approx(0)
    x, y = (torch.randn(2000, 1, dtype=torch.float64) + shift for shift in (0, 1))
    # E|x - y| of a Gaussian difference is that of a folded normal, 2 / sqrt(pi) without a shift.
    a = 1 / math.sqrt(2)
    folded = 2 / math.sqrt(math.pi) * math.exp(-(a**2) / 2) + math.erf(0.5)
    expected = 2 * folded - 4 / math.sqrt(math.pi)
    assert energy_distance(x, y) == pytest.approx(expected, abs=0.06)


def test_descent_finds_the_foot_of_each_row_s_bowl_alone():
    centre = torch.randn(7, 3, dtype=torch.float64)
    start = torch.zeros_like(centre)

    def cost(x, foot=centre):
        return (x - foot).square().sum(1)

    found = descend(cost, start, 200)
    torch.testing.assert_close(found, centre, atol=1e-2, rtol=0)
    alone = descend(lambda x: cost(x, centre[2:3]), start[2:3], 200)
    assert torch.equal(alone, found[2:3])
