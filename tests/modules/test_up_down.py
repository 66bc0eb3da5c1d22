"""The up-down gradient, against sums over all states of a tiny stack."""

import numpy as np
import pytest
import torch

from embudo.data.batches import Batch
from embudo.modules.dbn import DBNModule
from embudo.modules.learning import Learning
from embudo.modules.up_down import up_down
from embudo.training.optimizers import dense
from oracles.binary import BinaryRBM, states
from oracles.stack import sigmoid, table

LEARNING = Learning("pcd", 30, False, 0.1, 0.0, False, False, torch.float32)
V = np.array([[0, 0, 1, 1], [1, 1, 0, 1], [1, 0, 0, 0]], dtype=float)
N = 20_000


@pytest.fixture(scope="module")
def slopes():
    """The stack's oracles, and a gradient averaged over very many draws."""
    lower, upper = BinaryRBM.random(4, 3, seed=1), BinaryRBM.random(3, 2, seed=2)
    own = BinaryRBM.random(4, 3, seed=3)
    module = DBNModule([("bernoulli", 1, 4)], (3, 2), "bernoulli", N, untied=True)
    for rbm, values in zip(module.rbms, (lower, upper), strict=True):
        rbm.weight.copy_(torch.from_numpy(values.W))
        rbm.visible_bias.copy_(torch.from_numpy(values.a))
        rbm.hidden_bias.copy_(torch.from_numpy(values.b))
    (recognition,) = module.recognition
    recognition.weight.data.copy_(torch.from_numpy(own.W))
    recognition.bias.data.copy_(torch.from_numpy(own.b))
    generator = torch.Generator().manual_seed(0)
    objective = up_down(module, LEARNING, LEARNING)
    batch = Batch(torch.from_numpy(np.tile(V, (N, 1))).float())
    _, found = objective.gradient(batch, generator)
    return lower, upper, own, [dense(slope).double().numpy() for slope in found]


def test_on_the_way_up_the_way_down_learns_to_undo_each_step(slopes):
    lower, _, own, found = slopes
    H = states(3)
    q = table(own.W, own.b, V)
    error = sigmoid(H @ lower.W.T + lower.a)[None] - V[:, None]
    weights = np.einsum("nh,nhi,hj->ij", q, error, H) / len(V)
    np.testing.assert_allclose(found[0], weights, atol=0.01)
    np.testing.assert_allclose(found[1], np.einsum("nh,nhi->i", q, error) / len(V), atol=0.01)


def test_on_the_way_down_the_way_up_learns_to_undo_each_step(slopes):
    lower, upper, own, found = slopes
    H, S = states(3), states(4)
    p = upper.boltzmann_factors().sum(1)
    p = (p / p.sum())[:, None] * table(lower.W.T, lower.a, H)
    error = sigmoid(S @ own.W + own.b)[None] - H[:, None]
    weights = np.einsum("hv,vi,hvj->ij", p, S, error)
    np.testing.assert_allclose(found[2], weights, atol=0.02)
    np.testing.assert_allclose(found[3], np.einsum("hv,hvj->j", p, error), atol=0.02)


def test_the_topmost_machine_learns_from_what_arrives_there(slopes):
    _, upper, own, found = slopes
    H = states(3)
    arriving = table(own.W, own.b, V).mean(0)
    p = upper.boltzmann_factors()
    p = p / p.sum()
    data = np.einsum("h,hi,hj->ij", arriving, H, sigmoid(H @ upper.W + upper.b))
    model = np.einsum("hk,hi,kj->ij", p, H, states(2))
    np.testing.assert_allclose(found[4], model - data, atol=0.02)


def test_weights_count_rows():
    module = DBNModule([("bernoulli", 1, 4)], (3, 2), "bernoulli", 50, untied=True)
    learning, x = LEARNING, torch.from_numpy(V).float()

    def gradient(batch):
        objective = up_down(module, learning, learning)
        _, found = objective.gradient(batch, torch.Generator().manual_seed(0))
        return [dense(slope) for slope in found]

    plain = gradient(Batch(x))
    module.top.chains.zero_()
    weighted = gradient(Batch(x, None, torch.full((3,), 1 / 3, dtype=torch.float64)))
    module.top.chains.zero_()
    for a, b in zip(plain[:2], weighted[:2], strict=True):
        torch.testing.assert_close(a, b)
    only = gradient(Batch(x, None, torch.tensor([0.0, 1.0, 0.0], dtype=torch.float64)))
    torch.testing.assert_close(only[1], 0.5 - x[1])
