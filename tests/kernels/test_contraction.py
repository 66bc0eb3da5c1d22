"""The contractive penalty and its slopes, against Jacobians that autograd forms in full."""

import pytest
import torch

from embudo.kernels.activations import ACTIVATIONS
from embudo.kernels.contraction import curvature, exact, hutchinson, layerwise
from embudo.kernels.feedforward import Layer, backward, forward
from embudo.kernels.joints import Full

N = 4
SIZES = [(6, 3), (6, 5, 3), (5, 6, 4, 3)]
each_size = pytest.mark.parametrize("sizes", SIZES, ids=str)
each_activation = pytest.mark.parametrize(
    "name", ["sigmoid", "tanh", "elu", "relu", "leaky", "truncated"]
)

PLAIN = {
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
    "elu": torch.nn.functional.elu,
    "relu": torch.relu,
    "leaky": lambda t: torch.nn.functional.leaky_relu(t, 0.2),
    "linear": lambda t: t,
    "truncated": lambda t: (
        t + torch.exp(-t * t / 2) / torch.special.ndtr(t) / (2 * torch.pi) ** 0.5
    ),
}


@pytest.fixture
def generator():
    return torch.Generator().manual_seed(0)


def drawn(sizes, generator):
    """Weights and biases that autograd can follow, rows, and what each counts."""
    scale = {"generator": generator, "dtype": torch.float64}
    parameters = [
        part.requires_grad_()
        for below, above in zip(sizes[:-1], sizes[1:], strict=True)
        for part in (0.5 * torch.randn(below, above, **scale), torch.randn(above, **scale))
    ]
    share = torch.rand(N, **scale)
    return parameters, torch.randn(N, sizes[0], **scale), share


def encode(x, parameters, name):
    for weight, bias in zip(parameters[::2], parameters[1::2], strict=True):
        x = PLAIN[name](x @ weight + bias)
    return x


def jacobian(x, parameters, name):
    """d code / d row of one row, of shape (components, columns); autograd goes on from it."""
    return torch.autograd.functional.jacobian(
        lambda row: encode(row[None], parameters, name)[0], x, create_graph=True
    )


def layers_of(parameters, name):
    pairs = zip(parameters[::2], parameters[1::2], strict=True)
    return [dense(weight.data, bias.data, name) for weight, bias in pairs]


def dense(weight, bias, name):
    return Layer(Full(*weight.shape), weight, bias, ACTIVATIONS[name])


def ours(penalty, x, parameters, name, share, generator):
    """The penalty and its slopes by weights and biases, when there is no other loss."""
    with torch.no_grad():
        layers = layers_of(parameters, name)
        passed = forward(x, layers)
        strain = penalty(passed, layers, share, generator)
        slopes, _ = backward(passed, layers, torch.zeros_like(passed[-1].output), strain)
    return strain.value, slopes


def agree(found, truth, parameters):
    value, slopes = found
    torch.testing.assert_close(value, truth.detach(), rtol=1e-10, atol=1e-12)
    expected = torch.autograd.grad(truth, parameters, allow_unused=True)
    for slope, other in zip(slopes, expected, strict=True):
        other = torch.zeros_like(slope) if other is None else other
        torch.testing.assert_close(slope, other, rtol=1e-8, atol=1e-10)


@each_size
@each_activation
def test_the_exact_penalty_is_the_norm_of_the_jacobian(name, sizes, generator):
    parameters, x, share = drawn(sizes, generator)
    norms = [jacobian(row, parameters, name).square().sum() for row in x]
    truth = sum(norm * part for norm, part in zip(norms, share, strict=True))
    agree(ours(exact, x, parameters, name, share, generator), truth, parameters)


@each_size
@each_activation
def test_an_estimate_is_the_norm_of_the_jacobian_seen_by_its_signs(name, sizes, generator):
    parameters, x, share = drawn(sizes, generator)
    twin = torch.Generator().manual_seed(7)
    signs = torch.randint(0, 2, (N, sizes[-1]), generator=twin).double() * 2 - 1
    seen = [u @ jacobian(row, parameters, name) for u, row in zip(signs, x, strict=True)]
    truth = sum(g.square().sum() * part for g, part in zip(seen, share, strict=True))
    found = ours(hutchinson, x, parameters, name, share, generator.manual_seed(7))
    agree(found, truth, parameters)


@pytest.mark.slow
def test_estimates_have_the_penalty_for_their_mean(generator):
    parameters, x, share = drawn((6, 5, 3), generator)
    draws = [ours(hutchinson, x, parameters, "tanh", share, generator)[0] for _ in range(4000)]
    draws = torch.stack(draws)
    truth = ours(exact, x, parameters, "tanh", share, generator)[0]
    assert abs(draws.mean() - truth) < 4 * draws.std() / 4000**0.5
    assert draws.std() < truth


@each_size
@each_activation
def test_layer_by_layer_each_one_pays_for_its_own_jacobian(name, sizes, generator):
    parameters, x, share = drawn(sizes, generator)
    truth = torch.zeros((), dtype=torch.float64)
    for number in range(0, len(parameters), 2):
        layer, entered = parameters[number : number + 2], encode(x, parameters[:number], name)
        norms = [jacobian(row, layer, name).square().sum() for row in entered]
        truth = truth + sum(norm * part for norm, part in zip(norms, share, strict=True))
    agree(ours(layerwise, x, parameters, name, share, generator), truth, parameters)


@each_size
@pytest.mark.parametrize("name", ["sigmoid", "tanh", "elu"])
def test_bending_is_how_far_the_jacobian_moves_as_its_signs_see_it(name, sizes, generator):
    parameters, x, share = drawn(sizes, generator)
    near = x + 0.3 * torch.randn(x.shape, generator=generator, dtype=x.dtype)
    twin = torch.Generator().manual_seed(7)
    signs = torch.randint(0, 2, (N, sizes[-1]), generator=twin).double() * 2 - 1
    truth = torch.zeros((), dtype=torch.float64)
    for u, here, there, part in zip(signs, x, near, share, strict=True):
        moved = u @ (jacobian(here, parameters, name) - jacobian(there, parameters, name))
        truth = truth + part * moved.square().sum()
    with torch.no_grad():
        layers = layers_of(parameters, name)
        ways = [forward(rows, layers) for rows in (x, near)]
        strains = curvature(*ways, layers, share, generator.manual_seed(7))
        nothing = torch.zeros_like(ways[0][-1].output)
        sides = [
            backward(way, layers, nothing, strain)[0]
            for way, strain in zip(ways, strains, strict=True)
        ]
    slopes = [one + other for one, other in zip(*sides, strict=True)]
    agree((strains[0].value + strains[1].value, slopes), truth, parameters)


def test_of_several_layers_that_is_another_objective(generator):
    parameters, x, share = drawn((6, 5, 3), generator)
    both = [ours(p, x, parameters, "sigmoid", share, generator)[0] for p in (exact, layerwise)]
    assert both[1] > 2 * both[0]


def test_two_opposite_rows_do_not_cancel(generator):
    """The squared slope of the summed code would be 0 here, where the Jacobian is not."""
    weight = torch.tensor([[3.0, -3.0]], dtype=torch.float64)
    layers = [dense(weight, torch.zeros(2, dtype=torch.float64), "linear")]
    passed = forward(torch.ones(1, 1, dtype=torch.float64), layers)
    one = torch.ones(1, dtype=torch.float64)
    assert float(exact(passed, layers, one, generator).value) == 18.0
