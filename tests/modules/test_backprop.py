"""The gradient of a funnel with all that can stand in its way, against autograd."""

import numpy as np
import pytest
import torch

from embudo.data.batches import Batch
from embudo.kernels.contraction import exact
from embudo.modules.backprop import Backprop, objective
from embudo.modules.damage import DAMAGES
from embudo.modules.funnel import Funnel

COLUMNS = [("bernoulli", 1, 3), ("gaussian", 1, 2)]
BOTTLENECKS = [
    {"name": "plain"},
    {"name": "l1", "weight": 0.7},
    {"name": "kl", "weight": 0.7, "target": 0.1},
    {"name": "topk", "k": 2},
    {"name": "normal", "beta": 0.5},
]


def batch(n=6, holes=True):
    rng = np.random.default_rng(0)
    x = np.concatenate([rng.random((n, 3)), rng.normal(size=(n, 2))], 1)
    seen = (rng.random(x.shape) < 0.7) * 1.0
    share = rng.dirichlet(np.ones(n))
    if not holes:
        return Batch(torch.from_numpy(x), None, torch.from_numpy(share))
    return Batch(*map(torch.from_numpy, (x * seen, seen, share)))


def funnel_of(bottleneck, *, tied=False, hidden=(4,)):
    code = "sigmoid" if bottleneck["name"] == "kl" else "tanh"
    funnel = Funnel(COLUMNS, hidden, 3, "tanh", code, tied, bottleneck).double()
    generator = torch.Generator().manual_seed(0)
    for parameter in funnel.parameters():
        parameter.data.normal_(0, 0.7, generator=generator)
    funnel.layer.log_scale.data.zero_()
    return funnel


def seeded():
    return torch.Generator().manual_seed(5)


def found_by(funnel, rows, **how):
    with torch.no_grad():
        return objective(funnel, Backprop(torch.float64, **how)).gradient(rows, seeded())


def value_by_autograd(funnel, rows, damage=None):
    """The loss with the way there recorded; draws come from an equal generator."""
    generator = seeded()
    v, seen = funnel.layer.encode(rows.x, rows.observed)
    shown = (v, seen) if damage is None else damage(v, seen, generator)
    output = funnel.encoder(funnel.centred(*shown))
    crossing = funnel.bottleneck.cross(output, rows.weight, generator)
    fields = funnel.decoder(crossing.code)
    return rows.weight @ funnel.surprise(v, seen, fields) + crossing.penalty


def assert_agrees(funnel, found, value):
    parameters = (*funnel.encoder.in_order, *funnel.decoder.in_order)
    torch.testing.assert_close(found[0], value.detach())
    for slope, truth in zip(found[1], torch.autograd.grad(value, parameters), strict=True):
        torch.testing.assert_close(slope, truth.float(), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("tied", [False, True])
@pytest.mark.parametrize("bottleneck", BOTTLENECKS, ids=lambda b: b["name"])
@pytest.mark.parametrize("holes", [False, True])
def test_the_gradient_is_autograds(bottleneck, tied, holes):
    funnel, rows = funnel_of(bottleneck, tied=tied), batch(holes=holes)
    assert_agrees(funnel, found_by(funnel, rows), value_by_autograd(funnel, rows))


@pytest.mark.parametrize("name", DAMAGES)
def test_damaged_rows_are_to_give_the_whole_ones_back(name):
    funnel, rows = funnel_of({"name": "plain"}), batch()
    damage = DAMAGES[name](funnel.layer, 0.4)
    value = value_by_autograd(funnel, rows, damage)
    assert_agrees(funnel, found_by(funnel, rows, damage=damage), value)
    assert abs(value - value_by_autograd(funnel, rows)).detach() > 1e-4


@pytest.mark.parametrize("tied", [False, True])
def test_the_contraction_counts_by_rows_and_weight(tied):
    funnel, rows = funnel_of({"name": "plain"}, tied=tied), batch()
    plain, found = (found_by(funnel, rows, contraction=c, weight=0.3) for c in (None, exact))

    def code(x):
        return funnel.encoder(x[None])[0]

    v, seen = funnel.layer.encode(rows.x, rows.observed)
    entered = funnel.centred(v, seen).detach()
    norms = [
        torch.autograd.functional.jacobian(code, x, create_graph=True).square().sum()
        for x in entered
    ]
    value = value_by_autograd(funnel, rows) + 0.3 * rows.weight @ torch.stack(norms)
    assert_agrees(funnel, found, value)
    assert float(found[0]) > float(plain[0])


@pytest.mark.parametrize("tied", [False, True])
@pytest.mark.parametrize("bottleneck", BOTTLENECKS, ids=lambda b: b["name"])
def test_convolutions_have_autograds_gradient(bottleneck, tied):
    funnel, rows = funnel_of_pictures(bottleneck, tied=tied), pictures()
    assert_agrees(funnel, found_by(funnel, rows), value_by_autograd(funnel, rows))


def test_convolutions_can_be_contracted():
    funnel, rows = funnel_of_pictures({"name": "plain"}), pictures()
    found = found_by(funnel, rows, contraction=exact, weight=0.3)
    jacobian = torch.autograd.functional.jacobian
    norms = [
        jacobian(lambda row: funnel.encoder(row[None])[0], x, create_graph=True).square().sum()
        for x in funnel.centred(rows.x, None).detach()
    ]
    value = value_by_autograd(funnel, rows) + 0.3 * rows.weight @ torch.stack(norms)
    assert_agrees(funnel, found, value)


def pictures(n=3):
    rng = np.random.default_rng(0)
    share = torch.from_numpy(rng.dirichlet(np.ones(n)))
    return Batch(torch.from_numpy(rng.random((n, 7 * 6 * 2))), None, share)


def funnel_of_pictures(bottleneck, *, tied=False):
    """Two halvings, 7 x 6 to 3 x 3 to 1 x 1, then a layer of all units with all."""
    code = "sigmoid" if bottleneck["name"] == "kl" else "tanh"
    columns, shape = [("bernoulli", 1, 84)], (7, 6, 2)
    funnel = Funnel(columns, (4,), 3, "tanh", code, tied, bottleneck, shape, (3, 5)).double()
    generator = torch.Generator().manual_seed(0)
    for parameter in funnel.parameters():
        parameter.data.normal_(0, 0.3, generator=generator)
    assert funnel.hidden_sizes == (27, 5, 4, 3)
    return funnel


def test_a_drawn_code_s_gradient_is_that_of_differences():
    """Reparameterised: with the draws held fast, the loss is a function of the weights."""
    funnel, rows = funnel_of({"name": "normal", "beta": 1.0}), batch()
    _, slopes = found_by(funnel, rows)
    weight, step = funnel.encoder.weights[0].data, 1e-5
    for place in ((0, 1), (4, 3)):
        sides = []
        for sign in (1, -1):
            weight[place] += sign * step
            sides.append(float(found_by(funnel, rows)[0]))
            weight[place] -= sign * step
        difference = (sides[0] - sides[1]) / (2 * step)
        assert float(slopes[0][place]) == pytest.approx(difference, rel=1e-4, abs=1e-7)


def test_tied_weights_are_one():
    funnel = funnel_of({"name": "normal"}, tied=True)
    names = {name for name, _ in funnel.decoder.named_parameters()}
    assert names == {"biases.0", "biases.1"}
    upper = funnel.encoder.weights[1]
    upper.data[0, 0] = 9.0
    assert float(funnel.decoder.matrices[0][0, 0].detach()) == 9.0
    assert funnel.decoder.matrices[0].shape == (3, 4)


@pytest.mark.parametrize("bottleneck", BOTTLENECKS, ids=lambda b: b["name"])
def test_merged_rows_that_are_alike_are_drawn_for_once(bottleneck):
    funnel, rows = funnel_of(bottleneck), batch()
    twice = [0, 1, 1, 1, 2, 3, 3, 4, 5]
    count = torch.tensor([1.0, 3, 1, 2, 1, 1], dtype=torch.float64)
    repeated = Batch(rows.x[twice], rows.observed[twice], torch.full((9,), 1 / 9).double())
    weighted = Batch(rows.x, rows.observed, count / 9)
    (value, slopes), (other, others) = (
        found_by(funnel, b, merge=True) for b in (repeated, weighted)
    )
    torch.testing.assert_close(value, other, atol=1e-7, rtol=1e-7)
    for slope, truth in zip(slopes, others, strict=True):
        torch.testing.assert_close(slope, truth, atol=1e-6, rtol=1e-5)


@pytest.mark.parametrize("bottleneck", BOTTLENECKS[:-1], ids=lambda b: b["name"])
def test_merging_changes_nothing_where_all_rows_differ(bottleneck):
    funnel, rows = funnel_of(bottleneck), batch()
    (value, slopes), (other, others) = (found_by(funnel, rows, merge=m) for m in (True, False))
    torch.testing.assert_close(value, other)
    for slope, truth in zip(slopes, others, strict=True):
        torch.testing.assert_close(slope, truth)


def test_the_masked_loss_is_that_of_the_columns_that_are_there():
    """Of rows that all lack the same columns: those columns might as well not exist."""
    funnel, rows = funnel_of({"name": "plain"}), batch(holes=False)
    seen = torch.tensor([1.0, 0, 1, 1, 0], dtype=torch.float64).expand(6, 5)
    value, slopes = found_by(funnel, Batch(rows.x * seen, seen, rows.weight))
    small = Funnel([("bernoulli", 1, 2), ("gaussian", 1, 1)], (4,), 3, "tanh", "tanh").double()
    kept = [0, 2, 3]
    small.centre.copy_(funnel.centre[kept])
    lower, upper = funnel.encoder, funnel.decoder
    small.encoder.place(0, lower.weights[0][kept], lower.biases[0])
    small.encoder.place(1, lower.weights[1], lower.biases[1])
    small.decoder.place(0, upper.weights[0], upper.biases[0])
    small.decoder.place(1, upper.weights[1][:, kept], upper.biases[1][kept])
    other, others = found_by(small, Batch(rows.x[:, kept], None, rows.weight))
    torch.testing.assert_close(value, other)
    torch.testing.assert_close(slopes[0][kept], others[0])
    torch.testing.assert_close(slopes[2], others[2])
    torch.testing.assert_close(slopes[6][:, kept], others[6])
