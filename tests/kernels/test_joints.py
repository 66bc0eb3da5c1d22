"""Joints are linear maps: each against the matrix that it stands for, and a convolution by hand."""

import pytest
import torch

from embudo.kernels.joints import Full
from embudo.kernels.patches import Patches, Picture

FINE, COARSE, SAME = Picture(5, 6, 2), Picture(2, 3, 3), Picture(5, 6, 3)
JOINTS = {
    "full": Full(6, 4),
    "halving": Patches(FINE, COARSE, 4, 2),
    "refining": Patches(FINE, COARSE, 4, 2, refines=True),
    "of one size": Patches(FINE, SAME, 3, 1),
}
each_joint = pytest.mark.parametrize("joint", JOINTS.values(), ids=JOINTS)
WIDE = {"dtype": torch.float64}


@pytest.fixture(autouse=True)
def seeded():
    torch.manual_seed(0)


def weights_of(joint):
    return torch.randn(joint.weight_shape, **WIDE)


def matrix_of(joint, weight):
    """The whole matrix, from what becomes of each unit on its own."""
    return joint.up(torch.eye(joint.below, **WIDE), weight)


@each_joint
def test_the_way_down_is_the_transposed_one(joint):
    weight = weights_of(joint)
    matrix = matrix_of(joint, weight)
    y = torch.randn(2, 3, joint.above, **WIDE)
    torch.testing.assert_close(joint.down(y, weight), y @ matrix.t())
    turned = joint.turned
    torch.testing.assert_close(matrix_of(turned, joint.transposed(weight)), matrix.t())
    assert turned.turned == joint
    assert (turned.below, turned.above) == (joint.above, joint.below)


@each_joint
def test_biases_are_added_to_what_comes_up(joint):
    weight, bias = weights_of(joint), torch.randn(joint.n_biases, **WIDE)
    x, slope = torch.randn(5, joint.below, **WIDE), torch.randn(5, joint.above, **WIDE)
    added = bias.repeat(joint.above // joint.n_biases)
    torch.testing.assert_close(joint.field(x, weight, bias), x @ matrix_of(joint, weight) + added)
    by_bias = slope.sum(0).unflatten(0, (-1, joint.n_biases)).sum(0)
    torch.testing.assert_close(joint.of_biases(slope, torch.float64), by_bias)


@each_joint
def test_slopes_by_weights_are_autograds(joint):
    weight = weights_of(joint).requires_grad_()
    x, t, a = (torch.randn(3, n, **WIDE) for n in (joint.below, joint.above, joint.above))
    mass = torch.rand(joint.above, **WIDE)
    matrix = matrix_of(joint, weight)
    sizes = matrix.square().sum(0)
    fixed = (t @ matrix.t()).detach()
    expected = {
        "pairs": (t * (x @ matrix)).sum(),
        "of_sizes": mass @ sizes,
        "of_gram": (fixed * (a @ matrix.t())).sum(),
    }
    plain = weight.detach()
    found = {
        "pairs": joint.pairs(x, t),
        "of_sizes": joint.of_sizes(plain, mass),
        "of_gram": joint.of_gram(t, a, plain),
    }
    for name, value in expected.items():
        (truth,) = torch.autograd.grad(value, weight, retain_graph=True)
        torch.testing.assert_close(found[name], truth, msg=name)
    torch.testing.assert_close(joint.sizes(plain), sizes.detach())
    torch.testing.assert_close(joint.gram(a, plain), a @ (matrix.t() @ matrix).detach())


@each_joint
def test_units_are_joined_to_as_many_as_it_says(joint):
    matrix = matrix_of(joint, torch.ones(joint.weight_shape, **WIDE))
    enter, leave = joint.n_joined
    assert float(matrix.sum(0).max()) == enter
    assert float(matrix.sum(1).max()) == leave


def test_a_convolution_is_the_sum_over_its_patch():
    joint = JOINTS["halving"]
    weight, x = weights_of(joint), torch.randn(1, FINE.n_units, **WIDE)
    found = joint.up(x, weight).view(COARSE)
    padded = torch.zeros(FINE.height + 2, FINE.width + 2, FINE.channels, **WIDE)
    padded[1:-1, 1:-1] = x.view(FINE)
    for row in range(COARSE.height):
        for column in range(COARSE.width):
            patch = padded[2 * row : 2 * row + 4, 2 * column : 2 * column + 4]
            truth = torch.einsum("hwc,ochw->o", patch, weight)
            torch.testing.assert_close(found[row, column], truth)
