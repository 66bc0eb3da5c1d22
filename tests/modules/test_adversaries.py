"""Both players: what they lose, what moves whom, and what is kept of it."""

import numpy as np
import pytest
import torch

from embudo.data.batches import Batch
from embudo.modules.adversaries import Adversaries
from embudo.modules.attribution import contributions
from embudo.modules.duel_measures import duel_measures, verdict
from embudo.modules.duelling import Critic, Duelling, generator_loss, objectives
from embudo.modules.projection import projected
from embudo.modules.spectral import SpectralNorm
from oracles import adversarial as oracle

LOSSES = ["classic", "least_squares", "wasserstein", "relativistic"]
HOW = Duelling(torch.float64, penalty=0.0, ema=0.9)


def generator():
    return torch.Generator().manual_seed(0)


def module_of(loss="relativistic", columns=(("gaussian", 1, 3),), hidden=(7, 6), **settings):
    module = Adversaries(list(columns), 4, hidden, loss, **settings)
    n = module.n_columns
    rates = torch.full((module.layer.n_units,), 0.4)
    module.initialise(torch.zeros(n), torch.ones(n), rates, generator())
    return module


def rows(n=12, width=3):
    return Batch(torch.randn(n, width, generator=generator()))


@pytest.mark.parametrize("loss", LOSSES)
def test_both_players_lose_what_the_oracle_says(loss):
    module, batch = module_of(loss), rows()
    judges = module.judges(torch.float64)
    z = module.codes(12, generator()).double()
    made = module.shown(module.means(z, None, module.generator.layers(torch.float64)), None)
    real, fake = (
        module.scores(v.double(), None, judges).numpy() for v in (module.shown(batch.x, None), made)
    )
    expected = oracle.losses(loss, real, fake)
    critic = Critic(module, HOW).loss(batch, generator())
    np.testing.assert_allclose(float(critic.detach()), expected[0], rtol=1e-9)
    forger = generator_loss(module, HOW, batch, generator())
    np.testing.assert_allclose(float(forger.detach()), expected[1], rtol=1e-9)


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("spectral", [False, True])
def test_slopes_are_those_of_differences(loss, spectral):
    """Penalties included, which are slopes themselves."""
    how = Duelling(torch.float64, penalty=0.5)
    module, batch = module_of(loss, spectral=spectral).double(), rows()
    batch = Batch(batch.x.double())
    for player in objectives(module, how):
        _, found = player.gradient(batch, generator())
        for parameter, slope in zip(player.parameters, found, strict=True):
            place = tuple(int(size) // 2 for size in parameter.shape)
            values = []
            for step in (1e-5, -1e-5):
                parameter.data[place] += step
                values.append(float(player.gradient(batch, generator())[0]))
                parameter.data[place] -= step
            assert float(slope[place]) == pytest.approx(
                (values[0] - values[1]) / 2e-5, rel=1e-4, abs=1e-8
            )


def test_a_penalty_of_a_linear_discriminator_is_half_its_squared_weights_twice():
    module = module_of(hidden=(3,))
    with torch.no_grad():
        module.discriminator.weights[0].copy_(torch.eye(3) * 2)
        module.discriminator.biases[0].fill_(100)  # far from the bend: the layer is linear
        weight = module.discriminator.weights[1]
    plain = Critic(module, HOW).loss(rows(), generator())
    with_it = Critic(module, Duelling(torch.float64, penalty=3.0)).loss(rows(), generator())
    expected = 3.0 * 2 * 0.5 * 4 * float(weight.detach().double().square().sum())
    assert float((with_it - plain).detach()) == pytest.approx(expected)


def test_the_penalty_falls_by_orders_of_magnitude_to_its_end():
    module = module_of()
    critic = Critic(module, Duelling(torch.float64, penalty=1.0, penalty_end=0.01))
    base = float(Critic(module, HOW).loss(rows(), generator()).detach())
    costs = []
    for factor in (1.0, 0.5, 0.0):
        critic.pace(factor)
        costs.append(float(critic.loss(rows(), generator()).detach()) - base)
    assert costs[1] == pytest.approx(0.1 * costs[0])
    assert costs[2] == pytest.approx(0.01 * costs[0])


def test_a_penalty_every_few_steps_counts_for_all_of_them():
    module = module_of()
    base = float(Critic(module, HOW).loss(rows(), generator()).detach())
    once = Critic(module, Duelling(torch.float64, penalty=1.0))
    each = float(once.loss(rows(), generator()).detach()) - base
    seldom = Critic(module, Duelling(torch.float64, penalty=1.0, penalty_every=3))
    costs = []
    for _ in range(5):
        costs.append(float(seldom.loss(rows(), generator()).detach()) - base)
        module.note_step()
    assert costs == pytest.approx([3 * each, 0, 0, 3 * each, 0])
    assert each > 0


def test_the_average_follows_the_generator_as_the_oracle_has_it():
    module, values = module_of(), []
    for step in range(40):
        for parameter in module.generator.parameters():
            parameter.data.normal_(generator=generator().manual_seed(step))
        values.append(module.generator.weights[0].detach().double().numpy())
        module.follow(0.9)
    found = module.average.weights[0].double().numpy()
    np.testing.assert_allclose(found, oracle.average(values, 0.9), atol=1e-6)
    assert "average.weights.0" in module.state_dict()
    assert not any(p.requires_grad for p in module.average.parameters())


def test_gaps_of_a_real_row_are_gaps_of_the_made_one():
    """Or the discriminator would tell them by their gaps: what stands there must not matter."""
    module = module_of(columns=[("bernoulli", 1, 2), ("softmax", 3, 1)])
    x = torch.tensor([[1.0, 0, 2], [0, 1, 0]])
    blind = Batch(x, torch.tensor([[1.0, 0, 1], [1, 0, 0]]))
    seeing = Batch(x)
    before = [float(Critic(module, HOW).loss(b, generator()).detach()) for b in (blind, seeing)]
    module.generator.biases[-1].data[1] += 3  # of the second column, missing from both rows
    after = [float(Critic(module, HOW).loss(b, generator()).detach()) for b in (blind, seeing)]
    assert after[0] == before[0]
    assert after[1] != before[1]


def test_categories_leave_as_states_and_slopes_come_back():
    columns = [("bernoulli", 1, 2), ("gaussian", 1, 1), ("softmax", 3, 2)]
    module = module_of(columns=columns, binary=[0])
    z = module.codes(50, generator())
    means = module.means(z, None, module.generator.live())
    states = module.states(means)
    blocks = states[:, module.layer.stretch("softmax")].unflatten(1, (2, 3))
    assert torch.equal(blocks.detach().round().sum(2), torch.ones(50, 2))
    torch.testing.assert_close(blocks, blocks.round())
    torch.testing.assert_close(states[:, 0], states[:, 0].round())
    assert not torch.equal(states[:, 1], states[:, 1].round())  # it may hold what lies between
    slopes = torch.autograd.grad(blocks[:, 0, 0].sum(), module.generator.weights[0])[0]
    assert slopes.abs().sum() > 0
    drawn = module.draw(z, None)
    assert set(drawn[:, 0].tolist()) == {0.0, 1.0}
    assert set(drawn[:, 3].tolist()) <= {0.0, 1.0, 2.0}


def test_classes_reach_both_players():
    module = module_of(n_classes=3)
    z, v = module.codes(5, generator()), torch.randn(5, 3, generator=generator())
    made = [module.draw(z, torch.full((5,), label)) for label in range(3)]
    scores = [module.scores(v, torch.full((5,), i), module.judges(v.dtype)) for i in range(3)]
    for some in (made, scores):
        assert not torch.allclose(some[0], some[1])
        assert not torch.allclose(some[1], some[2])
    labels = torch.tensor([0, 0, 0, 2])
    score = torch.zeros(4)
    module.note(score, score, labels, torch.full((4,), 0.25))
    torch.testing.assert_close(module.class_counts, torch.tensor([0.75, 0, 0.25]).double())


def test_the_origin_of_floating_scores_lies_halfway_in_the_long_run():
    module = module_of("relativistic")
    share = torch.full((4,), 0.25)
    for _ in range(2000):
        module.note(torch.full((4,), 9.0), torch.full((4,), 5.0), None, share)
    assert float(module.origin) == pytest.approx(7)
    classic = module_of("classic")
    classic.note(torch.full((4,), 9.0), torch.full((4,), 5.0), None, share)
    assert float(classic.origin) == 0


def test_the_power_iteration_finds_the_largest_singular_value():
    module = module_of(spectral=True)
    network = module.discriminator
    norm = SpectralNorm(network)
    norm.initialise(generator())
    for _ in range(200):
        norm.follow(network)
    for layer in norm.scaled(network.layers()):
        assert float(torch.linalg.matrix_norm(layer.weight.flatten(1), 2)) == pytest.approx(1, 1e-4)


@pytest.mark.parametrize("gaps", [False, True])
def test_contributions_sum_to_the_score(gaps):
    module = module_of(columns=[("gaussian", 1, 4)], hidden=(16, 16), n_classes=2)
    module.origin.fill_(0.3)
    x = torch.randn(6, 4, generator=generator())
    observed = None
    if gaps:
        observed = (torch.rand(6, 4, generator=generator()) < 0.6).float()
        x = x * observed
    terms = contributions(module, x, observed)
    v, seen = module.layer.encode(x, observed)
    expected = module.best(module.heads(module.shown(v, seen), module.judges(x.dtype)))
    torch.testing.assert_close(terms.sum(1), expected)
    if observed is not None:
        assert torch.equal(terms[observed == 0], torch.zeros(int((observed == 0).sum())))


def test_of_a_linear_score_a_column_contributes_its_weight():
    module = module_of(hidden=(3,))
    with torch.no_grad():
        module.discriminator.weights[0].copy_(torch.eye(3))
        module.discriminator.biases[0].fill_(100)
        module.discriminator.biases[1].copy_(-100 * module.discriminator.weights[1].sum())
    x = torch.randn(5, 3, generator=generator())
    expected = x * module.discriminator.weights[1][:, 0].detach()
    torch.testing.assert_close(contributions(module, x, None), expected, atol=1e-3, rtol=1e-3)


def test_a_row_that_was_made_is_found_again():
    module = module_of(hidden=(16, 16), n_classes=2)
    z = module.codes(10, generator())
    labels = torch.arange(10) % 2
    x = module.draw(z, labels)
    found, told = projected(module, x, None, labels, 300)
    assert torch.equal(told, labels)
    again = module.draw(found.float(), told)
    assert float((again - x).square().mean()) < 1e-3 * float(x.var())
    holes = torch.ones_like(x)
    holes[:, 0] = 0
    other = torch.where(holes.bool(), x, 77.0)
    same = [projected(module, some, holes, labels, 20)[0] for some in (x, other)]
    assert torch.equal(*same)


def test_measures_leave_the_module_as_it_was():
    module = module_of("relativistic", n_classes=2)
    batch = Batch(rows().x, labels=torch.arange(12) % 2)
    before = {name: t.clone() for name, t in module.state_dict().items()}
    found = duel_measures(module, HOW, batch, batch)
    assert found == duel_measures(module, HOW, batch, batch)
    for name, tensor in module.state_dict().items():
        assert torch.equal(tensor, before[name]), name


def test_a_generator_that_makes_one_row_is_suspected():
    module, batch = module_of(), rows(60)
    assert verdict(duel_measures(module, HOW, batch, None)) != ""
    module.generator.weights[-1].data.zero_()
    found = duel_measures(module, HOW, batch, None)
    assert found["diversity"] == 0
    assert found["duplicates"] > 0.9
    assert verdict(found).startswith("collapse suspected")


STANDING = {
    "discriminator_slope": 1.0,
    "generator_slope": 1.0,
    "diversity": 1.0,
    "duplicates": 0.0,
    "d_real": 0.6,
    "d_fake": 0.4,
}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({}, "balanced"),
        ({"d_real": 0.99, "d_fake": 0.01}, "discriminator winning"),
        ({"diversity": 0.1}, "collapse suspected"),
        ({"duplicates": 0.5}, "collapse suspected"),
        ({"generator_slope": 1e6}, "diverging"),
        ({"generator_slope": float("nan")}, "diverging"),
    ],
)
def test_verdicts(change, words):
    assert verdict(STANDING | change).startswith(words)
