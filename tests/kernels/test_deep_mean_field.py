"""Mean field climbs the bound, and stops where no layer can do better alone."""

import numpy as np
import pytest
import torch
from test_deep import each_size, layered, machine_of

from embudo.kernels import deep
from embudo.kernels.deep import Deep
from embudo.kernels.mean_field import Effort, downward, posterior, posterior_with_gaps
from embudo.kernels.units import Bernoulli, Gaussian
from oracles.deep import DeepMachine, states

pytestmark = pytest.mark.slow

LONG = Effort(2000, 1e-13)


def bounds(oracle, effort):
    V = torch.from_numpy(states(oracle.sizes[0]))
    means = posterior(V, layered(oracle), effort)
    return deep.lower_bound(V, means, machine_of(oracle)).numpy() - oracle.log_partition()


@each_size
def test_the_bound_is_below_the_likelihood_and_rises_with_every_sweep(sizes):
    for seed in range(4):
        oracle = DeepMachine.random(sizes, seed=seed, scale=1.5)
        exact = oracle.log_likelihood(states(sizes[0]))
        found = np.array([bounds(oracle, Effort(n)) for n in range(5)])
        assert (found <= exact + 1e-10).all()
        assert (np.diff(found, axis=0) >= -1e-10).all()
        if len(sizes) > 2:
            assert (found[-1] < exact - 1e-6).any()


@each_size
def test_the_bound_is_tight_where_the_posterior_factorises(sizes):
    """Without weights above the lowest link nothing joins two hidden units."""
    oracle = DeepMachine.random(sizes)
    for W in oracle.W[1:]:
        W[:] = 0
    V = states(sizes[0])
    np.testing.assert_allclose(bounds(oracle, LONG), oracle.log_likelihood(V), atol=1e-10)
    means = posterior(torch.from_numpy(V), layered(oracle), LONG)
    for i, v in enumerate(V):
        for found, expected in zip(means, oracle.hidden_means(v), strict=True):
            np.testing.assert_allclose(found[i], expected, atol=1e-10)


@each_size
def test_at_the_end_every_layer_is_what_its_neighbours_ask_for(sizes):
    oracle = DeepMachine.random(sizes)
    V = torch.from_numpy(states(sizes[0]))
    means = [V, *posterior(V, layered(oracle), LONG)]
    for layer in range(1, len(sizes)):
        expected = torch.sigmoid(deep.field(means, layer, layered(oracle)))
        torch.testing.assert_close(means[layer], expected, atol=1e-10, rtol=0)


def test_weak_links_give_nearly_the_posterior_s_means():
    """The error of mean field is of second order in the weights."""
    errors = []
    for scale in (0.2, 0.1):
        oracle = DeepMachine.random((3, 3, 3), scale=scale)
        V = states(3)
        means = posterior(torch.from_numpy(V), layered(oracle), LONG)
        gaps = [
            abs(found[i].numpy() - expected).max()
            for i, v in enumerate(V)
            for found, expected in zip(means, oracle.hidden_means(v), strict=True)
        ]
        errors.append(max(gaps))
    assert errors[0] < 0.01
    assert errors[1] < errors[0] / 3


@each_size
def test_a_row_does_not_hang_on_the_rows_beside_it(sizes):
    oracle = DeepMachine.random(sizes, scale=2)
    V, effort = torch.from_numpy(states(sizes[0])), Effort(100, 1e-3)
    together = posterior(V, layered(oracle), effort)
    for i in range(len(V)):
        for found, expected in zip(posterior(V[i : i + 1], layered(oracle), effort), together,
                                   strict=True):  # fmt: skip
            torch.testing.assert_close(found[0], expected[i], atol=1e-12, rtol=0)


@each_size
def test_missing_units_are_as_hidden_ones(sizes):
    """With all missing it is a fixed point of the whole machine; with none it is the posterior."""
    oracle = DeepMachine.random(sizes)
    V, machine = torch.from_numpy(states(sizes[0])), layered(oracle)
    observed = torch.ones_like(V)
    observed[:, 0] = 0
    whole = posterior_with_gaps(V, torch.ones_like(V), machine, LONG)
    for found, expected in zip(whole[1:], posterior(V, machine, LONG), strict=True):
        torch.testing.assert_close(found, expected, atol=1e-9, rtol=0)
    found = posterior_with_gaps(V * observed, observed, machine, LONG)
    torch.testing.assert_close(found[0][:, 1:], V[:, 1:])
    for layer in range(len(sizes)):
        expected = torch.sigmoid(deep.field(found, layer, machine))
        moved = slice(0, 1) if layer == 0 else slice(None)
        torch.testing.assert_close(found[layer][:, moved], expected[:, moved], atol=1e-9, rtol=0)


def test_the_first_hidden_layer_decodes_exactly():
    oracle = DeepMachine.random((3, 4, 2))
    h = torch.from_numpy(states(4))
    found = downward(h, 1, layered(oracle), LONG)
    np.testing.assert_allclose(
        found, 1 / (1 + np.exp(-(h.numpy() @ oracle.W[0].T + oracle.b[0]))), atol=1e-12
    )


def test_decoding_is_the_posterior_of_the_machine_upside_down():
    oracle = DeepMachine.random((3, 4, 2))
    turned = DeepMachine(tuple(W.T for W in oracle.W[::-1]), oracle.b[::-1])
    h = torch.from_numpy(states(2))
    found = downward(h, 2, layered(oracle), LONG)
    torch.testing.assert_close(found, posterior(h, layered(turned), LONG)[-1])


def test_real_visible_units_that_are_missing():
    """A Gaussian unit without weights keeps its bias; a joined one its field."""
    W = torch.tensor([[0.7, -0.4], [0.0, 0.0]], dtype=torch.float64)
    a, b = torch.tensor([0.3, -1.2]).double(), torch.tensor([0.1, 0.2]).double()
    machine = Deep((W,), (a, b), (Gaussian(), Bernoulli()))
    v = torch.zeros(1, 2, dtype=torch.float64)
    x, h = posterior_with_gaps(v, torch.zeros_like(v), machine, LONG)
    assert float(x[0, 1]) == pytest.approx(-1.2)
    torch.testing.assert_close(x, h @ W.t() + a)
    torch.testing.assert_close(h, torch.sigmoid(x @ W + b))
