"""The bound on singular values, against the whole decomposition."""

import pytest
import torch

from embudo.modules.gain import LARGEST_GAIN, GainBound


def matrix(values, n_visible, n_hidden, seed=0):
    """A matrix with these singular values, between random directions."""
    generator = torch.Generator().manual_seed(seed)
    left, right = (
        torch.linalg.qr(torch.randn(n, len(values), generator=generator)).Q
        for n in (n_visible, n_hidden)
    )
    return left, torch.tensor(values), right.t()


def held(weight, bias=None, offset=None):
    """The weights once they have grown to these values, as they do in a training."""
    bound = GainBound(weight.shape[1])
    bias = torch.zeros(len(weight)) if bias is None else bias
    offset = torch.zeros(weight.shape[1]) if offset is None else offset
    for _ in range(30):
        bound.hold(0.2 * weight, bias, offset)
    for _ in range(5):
        bound.hold(weight, bias, offset)
    return weight


@pytest.mark.parametrize(
    "values",
    [[3.0], [1.3, 1.3, 1.29, 1.28, 0.5], [2.0, 1.0, 0.89, 0.3, 0.01], [0.89, 0.5]],
    ids=str,
)
def test_values_beyond_the_bound_fall_to_it_and_no_other_changes(values):
    left, s, right = matrix(values, 40, 24)
    found = held(left * s @ right)
    torch.testing.assert_close(found, left * s.clamp(max=LARGEST_GAIN) @ right, atol=2e-3, rtol=0)
    assert float(torch.linalg.svdvals(found)[0]) < LARGEST_GAIN + 1e-3


def test_as_many_equal_directions_as_are_tracked_are_all_held():
    left, s, right = matrix([1.2] * 16, 40, 24)
    assert float(torch.linalg.svdvals(held(left * s @ right))[0]) < LARGEST_GAIN + 1e-3


def test_what_the_visible_units_see_at_the_offset_does_not_change():
    left, s, right = matrix([2.0, 1.5, 0.4], 12, 6)
    weight, bias = left * s @ right, torch.linspace(-1, 1, 12)
    offset = torch.linspace(0.2, 2, 6)
    before = bias + weight @ offset
    held(weight, bias=bias, offset=offset)
    torch.testing.assert_close(bias + weight @ offset, before)


def test_a_stronger_direction_that_appears_late_is_found():
    left, s, right = matrix([0.899, 0.3], 40, 24)
    bound, weight = GainBound(24), left * s @ right
    nothing = torch.zeros(40), torch.zeros(24)
    for step in range(200):
        weight += 0.02 * torch.outer(left[:, 1], right[1]) * (step >= 100)
        bound.hold(weight, *nothing)
        assert float(torch.linalg.svdvals(weight)[0]) < LARGEST_GAIN + 0.02


def test_a_direction_that_one_update_made_is_cut_at_once():
    left, s, right = matrix([0.89, 0.6, 0.3], 60, 40)
    bound, weight = GainBound(40), left * s @ right
    nothing = torch.zeros(60), torch.zeros(40)
    for _ in range(30):
        bound.hold(weight, *nothing)
    generator = torch.Generator().manual_seed(9)
    sudden = torch.randn(60, generator=generator), torch.randn(40, generator=generator)
    weight += 0.5 * torch.outer(*sudden)
    assert float(torch.linalg.svdvals(weight)[0]) > 10
    bound.hold(weight, *nothing)
    assert float(torch.linalg.svdvals(weight)[0]) < 0.95


@pytest.mark.parametrize("shape", [(1, 1), (3, 40), (40, 3)], ids=str)
def test_layers_of_any_size(shape):
    weight = torch.full(shape, 1.0)
    assert float(torch.linalg.svdvals(held(weight))[0]) == pytest.approx(LARGEST_GAIN, abs=1e-5)


@pytest.mark.parametrize("value", [0.0, float("nan"), float("inf"), 1e30])
def test_weights_without_a_decomposition_are_left_to_the_guard(value):
    bound, weight = GainBound(4), torch.full((5, 4), value)
    bound.hold(weight, torch.zeros(5), torch.zeros(4))
    assert value != 0 or not weight.any()
