"""The module of the deep machine: its gradient is that of the bound, its parts fit together."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
import torch

from embudo.data.batches import Batch
from embudo.kernels import deep
from embudo.kernels.energies import hidden_field, visible_field
from embudo.kernels.outer import Outer
from embudo.modules.dbm import DBMModule
from embudo.modules.learning import Learning
from embudo.modules.twin_rbm import TwinRBMModule
from oracles.deep import DeepMachine, states, twin_moments

EXACT = Learning(
    algorithm="exact",
    steps=1,
    centered=False,
    sparsity_target=0.5,
    sparsity_weight=0.0,
    learned_variance=False,
    resample=False,
    precision=torch.float64,
    mean_field=500,
)
SIZES = [(3, 2), (3, 3, 2), (3, 2, 2, 2), (2, 2, 2, 2, 2)]
each_size = pytest.mark.parametrize("sizes", SIZES, ids=str)


def rounded(oracle):
    return DeepMachine(
        *(tuple(p.astype(np.float32).astype(float) for p in part) for part in (oracle.W, oracle.b))
    )


def module_of(oracle, n_chains=4):
    module = DBMModule([("bernoulli", 1, oracle.sizes[0])], oracle.sizes[1:], n_chains)
    parts = module.deep()
    pairs = zip((*parts.weights, *parts.biases), (*oracle.W, *oracle.b), strict=True)
    for tensor, value in pairs:
        tensor.copy_(torch.from_numpy(value))
    return module


def dense(gradient):
    return [g.dense() if isinstance(g, Outer) else g for g in gradient]


def slope_of(module, batch, learning=EXACT):
    (objective,) = module.objectives(learning)
    generator = torch.Generator().manual_seed(0)
    return dense(objective.gradient(batch, generator)[1])


def data(n_visible, n=5):
    return (np.random.default_rng(3).random((n, n_visible)) < 0.4).astype(float)


@each_size
def test_the_gradient_is_that_of_the_bound(sizes):
    """Finite differences of the mean bound, at the means that mean field found."""
    oracle = rounded(DeepMachine.random(sizes, scale=0.8))
    module, V = module_of(oracle), data(sizes[0])
    means = [m.numpy() for m in module.posterior(torch.from_numpy(V))[1:]]

    def bound(machine):
        rows = enumerate(V)
        return np.mean([machine.bound(v, [m[i] for m in means]) for i, v in rows])

    weight, even, odd = slope_of(module, Batch(torch.from_numpy(V).float()))
    places = deep.stretches(sizes)
    for layer, (low, high) in enumerate(pairwise(places)):
        found = weight[high, low].t() if layer % 2 else weight[low, high]
        expected = -oracle.slopes(bound, "W", layer)
        np.testing.assert_allclose(found, expected, atol=2e-6)
        weight[(low, high) if layer % 2 == 0 else (high, low)] = 0
    for layer, place in enumerate(places):
        expected = -oracle.slopes(bound, "b", layer)
        np.testing.assert_allclose((even, odd)[layer % 2][place], expected, atol=2e-6)
    assert weight.count_nonzero() == 0  # no slope where there is no weight


@each_size
def test_centring_turns_no_weight_on_where_there_is_none(sizes):
    module = module_of(DeepMachine.random(sizes))
    batch = Batch(torch.from_numpy(data(sizes[0])).float())
    centred = slope_of(module, batch, replace(EXACT, centered=True))[0]
    links = deep.links(sizes)
    if links is not None:
        assert bool((links == 0).any())
        assert centred[links == 0].count_nonzero() == 0
    assert centred.count_nonzero() > 0


def test_a_weight_counts_rows_and_missing_units_are_hidden_ones():
    oracle = DeepMachine.random((3, 3, 2))
    module, x = module_of(oracle), torch.from_numpy(data(3)).float()
    twice = slope_of(module, Batch(x[[0, 1, 1, 1]]))
    once = slope_of(module, Batch(x[:2], weight=torch.tensor([0.25, 0.75])))
    for found, expected in zip(once, twice, strict=True):
        torch.testing.assert_close(found, expected)
    blank = Batch(torch.zeros(2, 3), observed=torch.zeros(2, 3))
    weight, even, _ = slope_of(module, blank)
    means = module.posterior(blank.x, blank.observed)
    pairs, _ = rounded(oracle).moments()
    expected = pairs[0] - means[0][0].numpy()[:, None] * means[1][0].numpy()
    np.testing.assert_allclose(weight[:3], expected, atol=1e-5)
    assert even.shape == (5,)


def test_persistent_chains_give_the_exact_gradient_in_the_end():
    """Averaged over the steps of chains of a machine that stands still."""
    oracle = DeepMachine.random((3, 3, 2), scale=0.5)
    module = module_of(oracle, n_chains=600)
    batch = Batch(torch.from_numpy(data(3)).float())
    exact = slope_of(module, batch)
    (objective,) = module.objectives(replace(EXACT, algorithm="pcd", mean_field=50))
    generator = torch.Generator().manual_seed(0)
    module.start_chains(generator)
    found = [dense(objective.gradient(batch, generator)[1]) for _ in range(40)]
    for parts, expected in zip(zip(*found[10:], strict=True), exact, strict=True):
        torch.testing.assert_close(torch.stack(parts).mean(0), expected, atol=0.015, rtol=0)


@pytest.mark.parametrize("hidden", [(4, 3), (4, 3, 2), (3, 2, 4, 2)], ids=str)
def test_put_together_a_layer_hears_the_mean_of_what_it_heard_in_both_machines(hidden):
    generator = torch.Generator().manual_seed(0)
    module = DBMModule([("bernoulli", 1, 5)], hidden, 3)
    for rbm in module.pretraining:
        for parameter in (rbm.weight, rbm.visible_bias, rbm.hidden_bias):
            parameter.data.normal_(generator=generator)
    module.compose(generator)
    sizes, rbms = module.sizes, module.pretraining
    x = [(torch.rand(6, n, generator=generator) < 0.5).float() for n in sizes]
    last = len(rbms) - 1
    for layer in range(1, len(sizes) - 1):
        lower, upper = rbms[layer - 1 : layer + 1]
        below = x[layer - 1] * (2 if layer == 1 else 1)
        above = x[layer + 1] * (2 if layer == last else 1)
        heard = hidden_field(below, lower.machine()) + visible_field(above, upper.machine())
        torch.testing.assert_close(deep.field(x, layer, module.deep()), heard / 2)
    top = hidden_field(x[-2], rbms[-1].machine())
    torch.testing.assert_close(deep.field(x, last + 1, module.deep()), top)
    torch.testing.assert_close(
        deep.field(x, 0, module.deep()), visible_field(x[1], rbms[0].machine())
    )
    if module.links is not None:
        assert module.weight[module.links == 0].count_nonzero() == 0


@pytest.mark.parametrize("twins", [(True, False), (False, True), (False, False)], ids=str)
def test_pretraining_follows_the_machine_with_its_copies_spelled_out(twins):
    module = TwinRBMModule([("bernoulli", 1, 3)], 2, 1, twin_visible=twins[0], twin_hidden=twins[1])
    rng = np.random.default_rng(0)
    W, a, b = (rng.normal(size=n).astype(np.float32) for n in ((3, 2), 3, 2))
    for parameter, value in zip(
        (module.weight, module.visible_bias, module.hidden_bias), (W, a, b), strict=True
    ):
        parameter.copy_(torch.from_numpy(value))
    V = data(3)
    u = V * (2 if twins[0] else 1)
    g = (2 if twins[1] else 1) / (1 + np.exp(-(u @ W + b)))
    expected = (u.T @ g / len(V), u.mean(0), g.mean(0))
    model = twin_moments(*(p.astype(float) for p in (W, a, b)), *twins)
    found = slope_of(module, Batch(torch.from_numpy(V).float()))
    for part, positive, negative in zip(found, expected, model, strict=False):
        np.testing.assert_allclose(part, negative - positive, atol=1e-6)
    code = module.code(torch.from_numpy(V).float())
    np.testing.assert_allclose(code, 1 / (1 + np.exp(-(u @ W + b))), atol=1e-6)


def test_variational_free_energy_is_the_bound_without_log_z():
    oracle = rounded(DeepMachine.random((3, 3, 2)))
    module, V = module_of(oracle), states(3)
    x = torch.from_numpy(V)
    means = [m.numpy() for m in module.posterior(x)[1:]]
    found = -module.variational_free_energy(x).numpy() - oracle.log_partition()
    expected = [oracle.bound(v, [m[i] for m in means]) for i, v in enumerate(V)]
    np.testing.assert_allclose(found, expected, atol=1e-10)
