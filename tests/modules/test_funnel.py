"""The deep autoencoder's gradient, its missing entries, and what unrolling a stack gives."""

import numpy as np
import pytest
import torch

from embudo.data.batches import Batch
from embudo.modules.backprop import Backprop, objective
from embudo.modules.dbn import DBNModule
from embudo.modules.funnel import Funnel
from embudo.modules.network import Network, dense
from embudo.modules.unroll import unroll
from oracles import funnel as oracle

RUNS = [("softmax", 3, 1), ("bernoulli", 1, 2), ("gaussian", 1, 2), ("softmax", 2, 1)]
UNITS = [("softmax", 6, 3), ("bernoulli", 0, 1), ("bernoulli", 1, 1),
         ("gaussian", 2, 1), ("gaussian", 3, 1), ("softmax", 4, 2)]  # fmt: skip
"""The columns as the oracle takes them: kinds stand in order of name, and then of states."""

NAMES = ["linear", "sigmoid", "tanh", "relu", "leaky", "elu", "truncated"]


def rows(n=7, holes=0.3, seed=0):
    rng = np.random.default_rng(seed)
    parts = [rng.integers(3, size=n), *rng.random((2, n)), *rng.normal(size=(2, n)),
             rng.integers(2, size=n)]  # fmt: skip
    X = np.stack([part.astype(float) for part in parts], 1)
    X[rng.random(X.shape) < holes] = np.nan
    return X


def batch_of(X, shares=None):
    x = torch.from_numpy(X).float()
    missing = x.isnan()
    seen = (~missing).float() if bool(missing.any()) else None
    weight = None if shares is None else torch.from_numpy(shares)
    return Batch(x.masked_fill(missing, 0), seen, weight)


def funnel_of(activation="sigmoid", code="linear", seed=0, hidden=(5,)):
    generator = torch.Generator().manual_seed(seed)
    funnel = Funnel(RUNS, hidden, 3, activation, code)
    with torch.no_grad():
        for parameter in (*funnel.encoder.parameters(), *funnel.decoder.parameters()):
            parameter.normal_(0, 0.6, generator=generator)
        funnel.centre.uniform_(0, 1, generator=generator)
        funnel.centre[funnel.layer.stretch("gaussian")] = 0
    return funnel


def as_oracle(funnel):
    """The layers as arrays in double precision, which may be changed in place."""
    return [
        (weight.detach().double().numpy(), bias.detach().double().numpy(), name)
        for network in (funnel.encoder, funnel.decoder)
        for weight, bias, name in zip(
            network.weights, network.biases, network.activations, strict=True
        )
    ]


def gradient_of(funnel, batch, precision=torch.float64):
    with torch.no_grad():
        return objective(funnel, Backprop(precision)).gradient(batch, torch.Generator())


@pytest.mark.parametrize(
    ("activation", "code"), list(zip(NAMES, [*NAMES[2:], *NAMES[:2]], strict=True))
)
def test_the_gradient_is_that_of_the_loss_by_differences(activation, code):
    """Of every kind of column at once, with holes and weights."""
    funnel, X = funnel_of(activation, code), rows().astype(np.float32).astype(np.float64)
    shares = np.random.default_rng(1).random(len(X))
    layers = as_oracle(funnel)
    centre = funnel.centre.double().numpy()

    def loss():
        return oracle.loss(X, shares, UNITS, layers, centre)

    value, found = gradient_of(funnel, batch_of(X, shares))
    assert float(value) == pytest.approx(loss(), rel=1e-6)
    expected = oracle.slopes(loss, [part for layer in layers for part in layer[:2]])
    for slope, truth in zip(found, expected, strict=True):
        np.testing.assert_allclose(slope.numpy(), truth, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("activation", NAMES)
def test_autograd_follows_the_way_there_to_the_same_gradient(activation):
    funnel, batch = funnel_of(activation, "truncated").double(), batch_of(rows())
    v, seen = funnel.layer.encode(batch.x.double(), batch.observed.double())
    field = funnel.decoder(funnel.encoder((v - funnel.centre) * seen))
    value = funnel.surprise(v, seen, field).mean()
    expected = torch.autograd.grad(value, (*funnel.encoder.in_order, *funnel.decoder.in_order))
    found, slopes = gradient_of(funnel, batch)
    torch.testing.assert_close(found, value.detach(), rtol=1e-6, atol=0)
    for slope, truth in zip(slopes, expected, strict=True):
        torch.testing.assert_close(slope.double(), truth, rtol=1e-5, atol=1e-7)


def test_low_precision_points_the_same_way():
    funnel, batch = funnel_of("relu"), batch_of(rows(64))
    _, exact = gradient_of(funnel, batch, torch.float32)
    _, rough = gradient_of(funnel, batch, torch.bfloat16)
    for a, b in zip(exact, rough, strict=True):
        assert b.dtype == torch.float32
        assert 1e-4 < float((a - b).norm() / a.norm()) < 0.03


def test_a_missing_entry_is_as_if_its_column_were_not_there():
    """No gradient comes from it, and its value moves nothing."""
    funnel, X = funnel_of("relu"), rows(holes=0)
    X[:, [0, 3]] = np.nan
    value, slopes = gradient_of(funnel, batch_of(X))
    named = dict(zip(["W1", "b1", "W2", "b2", "W3", "b3", "W4", "b4"], slopes, strict=True))
    absent = [2, 6, 7, 8]
    assert not named["W1"][absent].any()
    assert not named["W4"][:, absent].any()
    assert not named["b4"][absent].any()
    present = [0, 1, 3, 4, 5]
    assert named["W1"][present].abs().sum(1).all()
    assert named["b4"][present].all()
    layers = as_oracle(funnel)
    alone = oracle.loss(X, np.full(7, 1 / 7), UNITS, layers, funnel.centre.double().numpy())
    assert float(value) == pytest.approx(alone, rel=1e-6)


@pytest.mark.parametrize("top", ["bernoulli", "gaussian", "relu"])
@pytest.mark.parametrize("untied", [False, True])
def test_an_unrolled_stack_goes_up_and_down_as_the_stack_does(top, untied):
    stack = DBNModule(RUNS, (6, 4), top, 1, 1, untied)
    generator = torch.Generator().manual_seed(0)
    for parameter in stack.parameters():
        parameter.data.normal_(0, 0.5, generator=generator)
    stack.layer.shift[stack.layer.stretch("gaussian")] = 0.3
    funnel = unroll(stack)
    batch = batch_of(rows())
    x, seen = batch.x.double(), batch.observed.double()
    codes = stack.encode(x, seen, 2)
    torch.testing.assert_close(funnel.encode(x, seen, 2), codes, rtol=1e-12, atol=1e-13)
    back = stack.decode(codes, 2)
    torch.testing.assert_close(funnel.decode(codes, 2), back, rtol=1e-12, atol=1e-13)


def test_unrolled_layers_are_the_formulas():
    """By numpy: y = s(x W + b) layer by layer, and r with the transposed weights."""
    rng = np.random.default_rng(0)
    W, V = rng.normal(size=(5, 4)), rng.normal(size=(4, 2))
    b, c, a, d = (rng.normal(size=n) for n in (4, 2, 5, 4))
    up, down = [(W, b), (V, c)], [(V.T, d), (W.T, a)]
    tensors = [[tuple(map(torch.from_numpy, pair)) for pair in side] for side in (up, down)]
    funnel = Funnel.from_layers([("bernoulli", 1, 5)], *tensors).double()
    for network, layers in zip((funnel.encoder, funnel.decoder), tensors, strict=True):
        for number, (weight, bias) in enumerate(layers):
            network.place(number, weight, bias)
    X = rng.random((9, 5))
    s = oracle.ACTIVATIONS["sigmoid"]
    codes = s(X @ W + b) @ V + c
    found = funnel.encode(torch.from_numpy(X), None, 2)
    np.testing.assert_allclose(found, codes, rtol=1e-12)
    back = funnel.decode(found, 2)
    np.testing.assert_allclose(back, s(s(codes @ V.T + d) @ W.T + a), rtol=1e-12)


def test_filling_in_again_and_again_ends_where_the_row_lies_on_the_plane():
    """A projection onto a plane: the filled row must be one that it leaves alone."""
    rng = np.random.default_rng(0)
    axes = np.linalg.qr(rng.normal(size=(6, 2)))[0]
    row = axes @ np.array([1.5, -0.7])
    up = [(torch.from_numpy(axes), torch.zeros(2))]
    down = [(torch.from_numpy(axes.T), torch.zeros(6))]
    funnel = Funnel.from_layers([("gaussian", 1, 6)], up, down)
    observed = torch.tensor([[1.0, 1, 0, 1, 1, 0]])
    x = torch.from_numpy(row).float()[None] * observed
    with torch.no_grad():
        once = funnel.impute(x, observed, 1).numpy()
        filled = funnel.impute(x, observed, 300).numpy()
    np.testing.assert_allclose(filled[0], row, atol=1e-5)
    assert abs(once[0] - row).max() > 0.01
    np.testing.assert_array_equal(filled[observed.bool()], x[observed.bool()])


def test_it_starts_at_the_base_rates_and_with_glorots_spread():
    funnel = Funnel([("bernoulli", 1, 300)], (200,), 10, "tanh")
    rates = torch.linspace(0.01, 0.99, 300)
    zero = torch.zeros(300)
    funnel.initialise(zero, zero + 1, rates, torch.Generator().manual_seed(0))
    weight = funnel.encoder.weights[0].detach()
    assert float(weight.std()) == pytest.approx((2 / 500) ** 0.5, rel=0.01)
    funnel.decoder.weights[-1].data.zero_()
    found = funnel.decode(torch.zeros(1, 10), 2)[0]
    torch.testing.assert_close(found, rates)
    code = funnel.encode(rates[None], None, 2)  # the mean row is the origin of the scale
    torch.testing.assert_close(code, torch.zeros(1, 10))


@pytest.mark.parametrize("name", ["linear", "relu"])
def test_the_gain_keeps_the_mean_square_of_fields_from_layer_to_layer(name):
    network = Network(dense([400] * 9), [name] * 7 + ["linear"])
    network.initialise(torch.Generator().manual_seed(0))
    x = torch.randn(500, 400, generator=torch.Generator().manual_seed(1))
    if name == "relu":
        x = x * 2**0.5 * (x > 0)
    assert float(network(x).detach().square().mean()) == pytest.approx(1, rel=0.25)


def test_a_dropped_unit_neither_acts_nor_learns():
    network = Network(dense([4, 6, 3]), ["tanh", "linear"]).double()
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.normal_(generator=torch.Generator().manual_seed(0))
    factor = torch.tensor([0.0, 2, 2, 0, 2, 0]).double()
    x = torch.randn(5, 4, generator=torch.Generator().manual_seed(1)).double()

    def loss(field):
        return field.square().sum() / 2, field.clone()

    with torch.no_grad():
        value, slopes = network.slopes(x, loss, torch.float64, lambda h: factor.expand(h.shape))
    hidden = torch.tanh(x @ network.weights[0] + network.biases[0]) * factor
    truth = (hidden @ network.weights[1] + network.biases[1]).square().sum() / 2
    torch.testing.assert_close(value, truth.detach())
    for found, slope in zip(slopes, torch.autograd.grad(truth, network.in_order), strict=True):
        torch.testing.assert_close(found.double(), slope, rtol=1e-5, atol=1e-6)
    assert not slopes[0][:, factor == 0].any()
