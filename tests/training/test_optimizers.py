"""Steps of the size that the formula says: rates, momentum, decay, clipping."""

import math

import pytest
import torch
from torch import nn
from toys import Counted, Fixed, Line, Recorder, noisy_line, run_of, same_bits, scripted

from embudo.training.loop import fit
from embudo.training.objective import Objective
from embudo.training.optimizers import adam, sgd


@pytest.mark.parametrize(
    ("schedule", "formula"),
    [
        ("constant", lambda done: 1.0),
        ("linear", lambda done: 1 - done),
        ("cosine", lambda done: (1 + math.cos(math.pi * done)) / 2),
    ],
)
def test_the_rate_of_every_step_follows_the_formula(schedule, formula):
    run, batches = noisy_line(epochs=3, steps=4, learning_rate=0.2)
    watched = Recorder()
    fit(run, batches, schedule=schedule, callbacks=[watched])
    assert watched.rates == pytest.approx([0.2 * formula(step / 12) for step in range(12)])
    assert run.history["learning_rate"] == pytest.approx([watched.rates[i] for i in (3, 7, 11)])


def test_every_player_and_group_is_scheduled_by_its_own_rate():
    line = Line()
    still = [torch.zeros_like(p) for p in line.parameters()]
    player = Objective("loss", tuple(line.parameters()), lambda b, g: (torch.tensor(0.0), still))
    run = run_of((player, player), line, epochs=1, steps=4)
    run.optimizers[1].param_groups[1]["lr"] = 8.0
    fit(run, Counted(4), schedule="linear")
    rates = [group["lr"] for optimizer in run.optimizers for group in optimizer.param_groups]
    assert rates == pytest.approx([0.025, 0.025, 0.025, 2.0])


class Peer:
    """Random gradients for a matrix and a bias, and the path that an optimizer takes by them."""

    def __init__(self):
        generator = torch.Generator().manual_seed(0)
        self.gradients = [
            (torch.randn(5, 3, generator=generator), torch.randn(3, generator=generator))
            for _ in range(30)
        ]

    def path(self, make):
        weight, bias = nn.Parameter(torch.full((5, 3), 0.7)), nn.Parameter(torch.full((3,), -0.4))
        optimizer = make((weight, bias))
        for gradients in self.gradients:
            optimizer.step(dict(zip((weight, bias), gradients, strict=True)))
        return weight.detach(), bias.detach()

    def path_of_torch(self, make):
        weight, bias = nn.Parameter(torch.full((5, 3), 0.7)), nn.Parameter(torch.full((3,), -0.4))
        optimizer = make((weight, bias))
        for gradients in self.gradients:
            weight.grad, bias.grad = (g.clone() for g in gradients)
            optimizer.step()
        return weight.detach(), bias.detach()


@pytest.mark.parametrize("momentum", [0.0, 0.5, 0.95])
@pytest.mark.parametrize("weight_decay", [0.0, 0.1])
def test_sgd_takes_the_steps_of_torch_and_biases_do_not_decay(momentum, weight_decay):
    peer = Peer()
    settings = {"momentum": momentum, "weight_decay": weight_decay}
    weight, bias = peer.path(lambda p: sgd(p, learning_rate=0.05, **settings))
    expected, _ = peer.path_of_torch(lambda p: torch.optim.SGD(p, 0.05, **settings))
    _, plain = peer.path_of_torch(lambda p: torch.optim.SGD(p, 0.05, momentum=momentum))
    torch.testing.assert_close(weight, expected, rtol=1e-5, atol=1e-6)
    torch.testing.assert_close(bias, plain, rtol=1e-5, atol=1e-6)


def test_momentum_by_hand():
    weight = nn.Parameter(torch.zeros(1, 1))
    optimizer = sgd([weight], learning_rate=1.0, momentum=0.5)
    for expected in (-1.0, -2.5, -4.25):  # steps of 1, 1.5 and 1.75
        optimizer.step({weight: torch.ones(1, 1)})
        assert weight.item() == expected


def test_sgd_leaves_the_gradient_as_it_is():
    weight = nn.Parameter(torch.ones(2, 2))
    gradient = torch.full((2, 2), 3.0)
    sgd([weight], learning_rate=0.1, momentum=0.9, weight_decay=0.1).step({weight: gradient})
    assert gradient.tolist() == [[3.0, 3.0], [3.0, 3.0]]


class Halves:
    """A gradient that is the sum of two tensors, and no tensor itself."""

    def __init__(self, gradient):
        self.parts = gradient * 0.25, gradient * 0.75

    def dense(self):
        return self.parts[0] + self.parts[1]

    def add_to(self, target, beta, alpha):
        target.mul_(beta).add_(self.parts[0], alpha=alpha).add_(self.parts[1], alpha=alpha)


@pytest.mark.parametrize(
    "make",
    [
        lambda p: sgd(p, learning_rate=0.05, weight_decay=0.1),
        lambda p: sgd(p, learning_rate=0.05, momentum=0.5, weight_decay=0.1),
        lambda p: adam(p, learning_rate=0.05),
    ],
)
def test_a_gradient_in_parts_leads_the_same_way(make):
    peer, other = Peer(), Peer()
    other.gradients = [(Halves(weight), bias) for weight, bias in peer.gradients]
    for found, expected in zip(other.path(make), peer.path(make), strict=True):
        torch.testing.assert_close(found, expected, rtol=1e-5, atol=1e-6)


def test_adam_takes_the_steps_of_torch_and_biases_do_not_decay():
    peer = Peer()
    weight, bias = peer.path(lambda p: adam(p, learning_rate=0.05, weight_decay=0.1))
    expected, _ = peer.path_of_torch(lambda p: torch.optim.Adam(p, 0.05, weight_decay=0.1))
    _, plain = peer.path_of_torch(lambda p: torch.optim.Adam(p, 0.05))
    torch.testing.assert_close(weight, expected, rtol=1e-5, atol=1e-6)
    torch.testing.assert_close(bias, plain, rtol=1e-5, atol=1e-6)


def test_parameters_of_one_kind_make_one_group():
    assert len(sgd([nn.Parameter(torch.ones(3))], learning_rate=0.1).param_groups) == 1


@pytest.mark.parametrize("kind", [torch.clone, Halves])
@pytest.mark.parametrize("limit", [0.5, 1e3])
def test_clipping_bounds_the_norm_and_keeps_the_direction(limit, kind):
    line = Line()
    before = torch.cat([p.detach().flatten() for p in line.parameters()])
    gradient = torch.tensor([3.0, -4.0, 12.0])  # of norm 13

    def follow(batch, generator):
        return torch.tensor(0.0), [kind(gradient[:2].reshape(1, 2)), gradient[2:].clone()]

    run = run_of(
        Objective("loss", tuple(line.parameters()), follow), line, epochs=1, learning_rate=1.0
    )
    fit(run, Fixed(torch.zeros(1)), clip_norm=limit)
    moved = before - torch.cat([p.detach().flatten() for p in line.parameters()])
    torch.testing.assert_close(moved, gradient * min(1, limit / 13), rtol=1e-5, atol=1e-5)


def test_each_player_is_clipped_alone():
    modules = [Line(), Line()]

    def player(line, slope):
        parameters = tuple(line.parameters())
        gradients = [torch.full_like(p, slope) for p in parameters]
        return Objective(str(slope), parameters, lambda b, g: (torch.tensor(0.0), gradients))

    players = tuple(map(player, modules, (100.0, 0.001)))
    run = run_of(players, nn.ModuleList(modules), epochs=1, learning_rate=1.0)
    fit(run, Counted(1), clip_norm=1.0)
    assert modules[0].bias.item() == pytest.approx(0.5 - 3**-0.5, abs=1e-5)
    assert modules[1].bias.item() == pytest.approx(0.5 - 0.001, abs=1e-7)


def test_same_seed_same_bits():
    states = []
    for _ in range(2):
        run, batches = noisy_line(optimizer=adam)
        states.append(fit(run, batches, schedule="cosine").snapshot())
    assert same_bits(*states)
    assert not same_bits(states[0], Line().state_dict())


def test_plain_steps_by_hand():
    run, batches = scripted(lambda step: float(step), epochs=2, steps=2)
    fit(run, batches)
    assert run.module.bias.item() == pytest.approx(0.5 - 0.1 * (1 + 2 + 3 + 4))
    assert run.history["loss"] == [1.5, 3.5]


def test_a_gradient_may_lie_in_memory_as_it_likes():
    """Convolutions have theirs with the channels last."""
    generator = torch.Generator().manual_seed(0)
    gradients = [torch.randn(3, 2, 4, 4, generator=generator) for _ in range(3)]
    ends = []
    for layout in (torch.contiguous_format, torch.channels_last):
        weight = nn.Parameter(torch.zeros(3, 2, 4, 4))
        optimizer = adam((weight,), learning_rate=0.1)
        for gradient in gradients:
            optimizer.step({weight: gradient.contiguous(memory_format=layout)})
        ends.append(weight.detach())
    assert torch.equal(*ends)
