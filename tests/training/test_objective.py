"""One loop trains a closed form, a differentiable loss and a duel, each to its known answer."""

import itertools

import numpy as np
import pytest
import torch
from torch import nn
from toys import Fixed, Line, run_of

from embudo.data.batches import Batch
from embudo.data.synthetic import bars_and_stripes
from embudo.modules.learning import Learning
from embudo.modules.rbm import RBMModule
from embudo.training.loop import fit
from embudo.training.objective import autograd
from embudo.training.optimizers import adam


def exact_log_likelihood(module, rows):
    """By listing every visible state, in numpy."""
    W, a, b = (p.double().numpy() for p in module.machine()[:3])
    states = np.array(list(itertools.product([0.0, 1.0], repeat=len(a))))

    def minus_free_energy(v):
        return v @ a + np.logaddexp(0, v @ W + b).sum(1)

    log_z = np.logaddexp.reduce(minus_free_energy(states))
    return (minus_free_energy(rows) - log_z).mean()


def test_the_loop_trains_a_closed_form():
    """An RBM that follows the exact gradient comes up to the entropy of the data."""
    rows = bars_and_stripes(2)
    generator = torch.Generator().manual_seed(0)
    module = RBMModule([("bernoulli", 1, 4)], 8, "bernoulli", n_chains=1)
    half = torch.full((4,), 0.5)
    module.initialise(half, torch.ones(4), half, generator)
    learning = Learning("exact", 1, True, 0.1, 0.0, False, False, torch.float32)
    run = run_of(module.objectives(learning), module, epochs=300, learning_rate=1.0, momentum=0.9)
    before = exact_log_likelihood(module, rows)
    fit(run, Fixed(Batch(torch.from_numpy(rows))))
    bound = -np.log(len(rows))
    assert before < bound - 0.5
    assert bound - 0.02 < exact_log_likelihood(module, rows) <= bound


def test_the_loop_trains_a_differentiable_loss():
    """A linear autoencoder comes down to the error of principal components, and not below."""
    rng = np.random.default_rng(0)
    X = (
        rng.normal(size=(200, 6))
        * [3, 2, 1, 0.5, 0.3, 0.1]
        @ np.linalg.qr(rng.normal(size=(6, 6)))[0]
    )
    X -= X.mean(0)
    lowest = (np.linalg.svd(X, compute_uv=False)[2:] ** 2).sum() / X.size
    x = torch.tensor(X, dtype=torch.float32)
    torch.manual_seed(0)
    module = nn.Sequential(nn.Linear(6, 2), nn.Linear(2, 6))
    objective = autograd("error", module, lambda batch, _: (module(batch) - batch).square().mean())
    run = run_of(objective, module, epochs=300, steps=4, optimizer=adam, learning_rate=0.02)
    fit(run, Fixed(*x.split(50)), schedule="linear")
    error = (module(x) - x).square().mean().item()
    assert lowest - 1e-6 <= error < 1.001 * lowest
    assert run.history["error"][0] > 5 * lowest


def test_the_loop_trains_two_players():
    """Moments are matched: the generator learns the mean of the data from a linear critic."""
    generator = nn.Linear(1, 1, bias=True)
    nn.init.ones_(generator.weight).requires_grad_(False)
    nn.init.zeros_(generator.bias)
    critic = nn.Linear(1, 1, bias=False)
    nn.init.zeros_(critic.weight)
    taken = {"critic": 0, "generator": 0}

    def count(name):
        def after_step():
            taken[name] += 1

        return after_step

    def fakes(source):
        return generator(torch.randn(256, 1, generator=source))

    def critic_loss(batch, source):
        gap = critic(batch).mean() - critic(fakes(source).detach()).mean()
        return critic.weight.square().sum() / 2 - gap

    def generator_loss(batch, source):
        return -critic(fakes(source)).mean()

    players = (
        autograd("critic", critic, critic_loss, repeats=5, after_step=count("critic")),
        autograd("generator", generator, generator_loss, after_step=count("generator")),
    )
    run = run_of(players, nn.ModuleList([generator, critic]), epochs=60, steps=5)
    rows = 3 + torch.randn(5 * 256, 1, generator=torch.Generator().manual_seed(1))
    fit(run, Fixed(*rows.split(256)))
    assert taken == {"critic": 60 * 5 * 5, "generator": 60 * 5}
    assert generator.bias.item() == pytest.approx(rows.mean().item(), abs=0.1)
    assert abs(critic.weight.item()) < 0.2  # what is left to tell apart
    assert run.history.columns[1:3] == ["critic", "generator"]


def test_autograd_finds_the_gradient_by_hand():
    line = Line()
    x = torch.tensor([[1.0, 2.0], [3.0, -1.0]])
    objective = autograd("loss", line, lambda batch, _: line(batch).square().sum())
    value, (weight, bias) = objective.gradient(x, torch.Generator())
    outputs = torch.tensor([1 - 4 + 0.5, 3 + 2 + 0.5])
    assert value.item() == outputs.square().sum().item()
    assert not value.requires_grad
    assert weight.tolist() == [(2 * outputs @ x).tolist()]
    assert bias.tolist() == [2 * outputs.sum().item()]


def test_autograd_works_where_gradients_are_switched_off():
    line = Line()
    objective = autograd("loss", line, lambda batch, _: line(batch).sum())
    with torch.no_grad():
        _, (_, bias) = objective.gradient(torch.ones(3, 2), torch.Generator())
    assert bias.tolist() == [3.0]


def test_frozen_parameters_are_left_to_themselves():
    line = Line()
    line.bias.requires_grad_(False)
    objective = autograd("loss", line, lambda batch, _: line(batch).sum())
    assert objective.parameters == (line.weight,)
    fit(run_of(objective, line, epochs=2), Fixed(torch.ones(3, 2)))
    assert line.bias.tolist() == [0.5]
    assert line.weight.tolist() != [[1.0, -2.0]]


def test_bfloat16_computes_in_half_and_keeps_parameters_and_gradients_whole():
    torch.manual_seed(0)
    layer, seen = nn.Linear(64, 32), []
    x = torch.randn(16, 64)

    def loss(batch, _):
        y = layer(batch)
        seen.append(y.dtype)
        return y.float().square().mean()

    whole, half = (
        autograd("loss", layer, loss, precision=precision)
        for precision in (torch.float32, torch.bfloat16)
    )
    value, gradients = whole.gradient(x, torch.Generator())
    value_half, gradients_half = half.gradient(x, torch.Generator())
    assert seen == [torch.float32, torch.bfloat16]
    assert value_half.item() == pytest.approx(value.item(), rel=0.01)
    for exact, rounded in zip(gradients, gradients_half, strict=True):
        assert rounded.dtype is torch.float32
        assert 0 < (exact - rounded).norm() < 0.02 * exact.norm()
