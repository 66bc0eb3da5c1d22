"""Where an RBM starts, and how it carries data to its units' scale and back."""

import numpy as np
import pytest
import torch

from embudo.kernels.energies import hidden_mean, visible_mean
from embudo.modules.rbm import RBMModule
from oracles.binary import BinaryRBM
from oracles.gaussian import GaussianRBM

MEAN, SCALE = torch.tensor([0.0, 0.25, 1.0]), torch.tensor([1.0, 2.0, 0.5])


def started(visible, n_chains=5000, n_hidden=40):
    module = RBMModule([(visible, 1, 3)], n_hidden, "bernoulli", n_chains)
    module.initialise(MEAN, SCALE, MEAN, torch.Generator().manual_seed(0))
    return module


def test_binary_units_start_at_the_base_rates_of_the_data():
    module = started("bernoulli")
    rates = torch.sigmoid(module.visible_bias)
    torch.testing.assert_close(rates, torch.tensor([0.001, 0.25, 0.999]))
    assert torch.equal(module.visible_offset, MEAN)
    assert torch.equal(module.hidden_offset, torch.full((40,), 0.5))


def test_real_units_start_on_standardised_columns():
    module = started("gaussian")
    assert not module.visible_bias.any()
    assert not module.visible_offset.any()
    assert torch.equal(module.layer.shift, MEAN)
    torch.testing.assert_close(module.layer.log_scale.data, SCALE.log())


@pytest.mark.parametrize("visible", ["bernoulli", "gaussian"])
def test_weights_start_small_and_chains_undecided(visible):
    module = started(visible)
    assert abs(float(module.weight.std()) - 0.01) < 4.5 * 0.01 / (2 * 120) ** 0.5
    assert abs(float(module.weight.mean())) < 4.5 * 0.01 / 120**0.5
    assert not module.hidden_bias.any()
    assert set(module.chains.unique().tolist()) == {0.0, 1.0}
    assert (module.chains.mean(0) - 0.5).abs().max() < 4.5 * 0.5 / 5000**0.5 + 0.01


def test_standardising_real_columns_and_back():
    layer = started("gaussian").layer
    x = torch.tensor([[2.0, 4.25, 0.0]], dtype=torch.float64)
    z, seen = layer.encode(x)
    assert seen is None
    assert z[0].tolist() == pytest.approx([2, 2, -2], abs=1e-6)
    torch.testing.assert_close(layer.decode(z), x)
    observed = torch.tensor([[1.0, 0.0, 1.0]], dtype=torch.float64)
    z, seen = layer.encode(x * observed, observed)
    assert z[0].tolist() == pytest.approx([2, 0, -2], abs=1e-6)
    assert torch.equal(seen, observed)


def test_binary_columns_stay_as_they_are():
    layer = started("bernoulli").layer
    x = torch.rand(4, 3, generator=torch.Generator().manual_seed(1))
    assert torch.equal(layer.encode(x)[0], x)
    assert torch.equal(layer.decode(x), x)
    assert torch.equal(layer.log_scale_of_columns(x), torch.zeros(3))


@pytest.mark.parametrize("kind", [BinaryRBM, GaussianRBM])
def test_encoding_and_decoding_are_the_conditional_means(rounded, module_of, kind):
    oracle = rounded(kind.random(4, 3))
    machine = module_of(oracle).machine(torch.float64)
    v, h = np.random.default_rng(0).random((5, 4)), np.random.default_rng(1).random((5, 3))
    codes = hidden_mean(torch.from_numpy(v), machine)
    decoded = visible_mean(torch.from_numpy(h), machine)
    field = h @ oracle.W.T + oracle.a
    np.testing.assert_allclose(codes, 1 / (1 + np.exp(-(v @ oracle.W + oracle.b))), rtol=1e-12)
    expected = 1 / (1 + np.exp(-field)) if kind is BinaryRBM else field
    np.testing.assert_allclose(decoded, expected, rtol=1e-12)
