"""Bottlenecks: their penalties by hand, and their slopes by autograd."""

import numpy as np
import pytest
import torch

from embudo.kernels.bottlenecks import Lasso, Normal, Plain, Quiet, TopK

SHARE = torch.tensor([0.5, 0.2, 0.3], dtype=torch.float64)


def outputs(width=4, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(3, width, generator=generator, dtype=torch.float64)


def crossed(bottleneck, output):
    return bottleneck.cross(output, SHARE, torch.Generator().manual_seed(1))


def penalty_of_activity(output):
    activity = SHARE @ output
    on, off = 0.1 / activity, 0.9 / (1 - activity)
    return 3 * (0.1 * on.log() + 0.9 * off.log()).sum()


def code_of_normal(output):
    noise = torch.randn(3, 2, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    return output[:, :2] + noise * (output[:, 2:] / 2).exp()


def divergence(output):
    mean, log_variance = output[:, :2], output[:, 2:]
    normal = torch.distributions.Normal(mean, (log_variance / 2).exp())
    standard = torch.distributions.Normal(torch.zeros_like(mean), torch.ones_like(mean))
    return 0.7 * SHARE @ torch.distributions.kl_divergence(normal, standard).sum(1)


CASES = {
    "plain": (Plain(), outputs(), lambda h: h, lambda h: 0 * h.sum()),
    "l1": (Lasso(2.0), outputs(), lambda h: h, lambda h: 2 * SHARE @ h.abs().sum(1)),
    "kl": (Quiet(3.0, 0.1), outputs().sigmoid(), lambda h: h, penalty_of_activity),
    "topk": (
        TopK(2),
        outputs(),
        lambda h: h * (h >= h.sort(1, descending=True).values[:, 1:2]),
        lambda h: 0 * h.sum(),
    ),
    "normal": (Normal(0.7), outputs(), code_of_normal, divergence),
}


@pytest.mark.parametrize("name", CASES)
def test_code_penalty_and_slope_are_those_of_the_formula(name):
    """The slope of ``sum(code * c) + penalty`` by the outputs, for any c."""
    bottleneck, output, code_of, penalty_of = CASES[name]
    output = output.clone().requires_grad_()
    code, penalty = code_of(output), penalty_of(output)
    c = torch.randn(code.shape, generator=torch.Generator().manual_seed(2), dtype=torch.float64)
    (expected,) = torch.autograd.grad((code * c).sum() + penalty, output)
    with torch.no_grad():
        found = crossed(bottleneck, output)
        torch.testing.assert_close(found.code, code)
        torch.testing.assert_close(found.penalty, penalty)
        torch.testing.assert_close(found.pull(c), expected)


def test_the_divergence_from_the_standard_normal_is_what_draws_say():
    """KL by Monte Carlo: the mean of log q(z) - log p(z) over draws of q."""
    output = outputs()
    draws = torch.distributions.Normal(output[:, :2], (output[:, 2:] / 2).exp())
    torch.manual_seed(0)
    z = draws.sample((200_000,))
    terms = (draws.log_prob(z) - torch.distributions.Normal(0.0, 1.0).log_prob(z)).sum(2)
    expected, error = terms.mean(0) @ SHARE, (terms @ SHARE).std() / 200_000**0.5
    assert abs(crossed(Normal(), output).penalty - expected) < 4 * error


def test_draws_have_the_mean_and_variance_that_the_encoder_says():
    output = torch.tensor([[1.0, -2.0, np.log(4.0), np.log(0.25)]]).double().repeat(50_000, 1)
    share = torch.full((50_000,), 1 / 50_000).double()
    code = Normal().cross(output, share, torch.Generator().manual_seed(0)).code
    torch.testing.assert_close(code.mean(0), torch.tensor([1.0, -2.0]).double(), atol=0.04, rtol=0)
    torch.testing.assert_close(code.std(0), torch.tensor([2.0, 0.5]).double(), atol=0.03, rtol=0)
    torch.testing.assert_close(Normal().settled(output), output[:, :2])


def test_a_variance_beyond_the_numbers_is_held():
    output = torch.tensor([[0.0, 500.0], [0.0, -500.0], [0.0, 0.0]]).double()
    found = crossed(Normal(), output)
    assert found.penalty.isfinite()
    slope = found.pull(torch.ones(3, 1).double())
    assert slope.isfinite().all()
    assert not slope[:2, 1].any()


def test_the_settled_code_has_at_most_k_numbers_and_they_are_the_largest():
    output = outputs(width=7)
    code = TopK(3).settled(output)
    assert (code.count_nonzero(1) == 3).all()
    expected = np.sort(output.numpy(), 1)[:, -3:]
    np.testing.assert_array_equal(np.sort(np.where(code == 0, np.nan, code), 1)[:, :3], expected)
    torch.testing.assert_close(TopK(9).settled(output), output)


@pytest.mark.parametrize("transform_k", [2, 5, 6, 7, 20])
def test_features_are_what_components_exceed_the_next_smaller_one_by(transform_k):
    output = outputs(width=7)
    found = TopK(3, transform_k).features(output).numpy()
    falling = -np.sort(-output.numpy(), 1)
    threshold = falling[:, [min(transform_k, 6)]]
    np.testing.assert_allclose(found, np.maximum(output.numpy() - threshold, 0))
    assert ((found > 0).sum(1) == min(transform_k, 6)).all()
    torch.testing.assert_close(TopK(3).features(output), TopK(3).settled(output))


def test_activity_at_the_target_costs_nothing():
    output = torch.full((3, 4), 0.1).double()
    found = crossed(Quiet(5.0, 0.1), output)
    assert float(found.penalty) == pytest.approx(0, abs=1e-12)
    torch.testing.assert_close(found.pull(torch.zeros(3, 4).double()), torch.zeros(3, 4).double())


def test_what_is_watched_is_the_price_or_who_is_at_rest():
    output = outputs()
    assert Plain().watched(output) == {}
    assert Lasso(2.0).watched(output)["penalty"] == pytest.approx(
        2 * float(output.abs().sum(1).mean())
    )
    columns = torch.tensor([[3.0, 2, 1, 0], [2, 3, 0, 1]]).double()
    assert TopK(2).watched(columns) == {"idle_units": 0.5}
