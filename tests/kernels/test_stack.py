"""The bound of a deep belief network, against the list of all its states."""

import numpy as np
import pytest
import torch

from embudo.kernels.energies import Machine
from embudo.kernels.stack import log_likelihood_given, sampled_bound
from embudo.kernels.units import Bernoulli
from oracles.binary import BinaryRBM, states
from oracles.stack import Stack, table

SIZES = (4, 3, 2, 3)


def machine(W, a, b):
    return Machine(*(torch.from_numpy(np.array(x)) for x in (W, a, b)), Bernoulli(), Bernoulli())


def machines(stack):
    down = [machine(rbm.W, rbm.a, rbm.b) for rbm in stack.layers]
    own = zip(stack.layers, stack.up, strict=False)
    up = [machine(W, rbm.a, b) for rbm, (W, b) in own]
    return [*up, down[-1]], down


def log_z(stack):
    return np.log(stack.layers[-1].boltzmann_factors().sum())


@pytest.mark.parametrize("untied", [False, True])
@pytest.mark.parametrize("depth", [2, 3])
def test_draws_average_to_the_exact_bound(depth, untied):
    stack = Stack.random(SIZES[: depth + 1], seed=depth, untied=untied)
    V, n = torch.from_numpy(states(4)), 4000
    many = sampled_bound(V.repeat(n, 1), *machines(stack), torch.Generator().manual_seed(0))
    draws = many.view(n, len(V)).numpy() - log_z(stack)
    error = draws.std(0) / n**0.5
    assert (np.abs(draws.mean(0) - stack.bound()) < 4 * error + 1e-9).all()
    assert error.max() > 0


@pytest.mark.parametrize("seed", range(20))
def test_the_bound_lies_below_the_likelihood(seed):
    stack = Stack.random(SIZES, seed=seed, scale=1.5, untied=bool(seed % 2))
    assert np.exp(stack.log_likelihood()).sum() == pytest.approx(1)
    assert (stack.bound() < stack.log_likelihood() + 1e-12).all()
    assert (stack.bound() < stack.log_likelihood() - 1e-6).any()


def test_one_layer_has_no_bound_but_its_likelihood():
    stack = Stack.random((4, 3))
    (down,) = machines(stack)[1]
    found = sampled_bound(torch.from_numpy(states(4)), [down], [down], torch.Generator())
    np.testing.assert_allclose(found.numpy() - log_z(stack), stack.log_likelihood(), atol=1e-12)


def test_a_second_layer_of_transposed_weights_leaves_the_bound_where_it_was():
    rbm = BinaryRBM.random(4, 3, seed=5)
    alone = Stack((rbm,), ())
    upper = BinaryRBM(rbm.W.T, rbm.b, rbm.a)
    both = Stack((rbm, upper), ((rbm.W, rbm.b),))
    np.testing.assert_allclose(both.bound(), alone.log_likelihood(), atol=1e-12)
    V, generator = torch.from_numpy(states(4)), torch.Generator().manual_seed(0)
    draws = [sampled_bound(V, *machines(both), generator) for _ in range(2)]
    for draw in draws:  # the posterior is met exactly, so that no draw strays from it
        np.testing.assert_allclose(draw.numpy() - log_z(both), alone.log_likelihood(), atol=1e-9)


def test_the_way_down_is_a_product_of_its_units():
    rbm = BinaryRBM.random(4, 3, seed=1)
    expected = np.log(table(rbm.W.T, rbm.a, states(3)))
    for h, row in zip(states(3), expected, strict=True):
        H = torch.from_numpy(np.tile(h, (16, 1)))
        found = log_likelihood_given(torch.from_numpy(states(4)), H, machine(rbm.W, rbm.a, rbm.b))
        np.testing.assert_allclose(found.numpy(), row, atol=1e-12)
