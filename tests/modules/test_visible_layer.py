"""Columns of a table to units and back, and scales that are learned."""

import numpy as np
import pytest
import torch

from embudo.data.batches import Batch
from embudo.modules.learning import Learning
from embudo.modules.measures import free_energy_of_data
from embudo.modules.rbm import RBMModule
from embudo.modules.visible import ColumnKind, VisibleLayer
from oracles.general import GeneralRBM

KINDS = [
    ColumnKind("softmax", 3),
    ColumnKind("gaussian"),
    ColumnKind("bernoulli"),
    ColumnKind("softmax", 2),
    ColumnKind("gaussian"),
    ColumnKind("softmax", 3),
]
ROWS = torch.tensor([[2.0, 7.0, 1.0, 0.0, -3.0, 0.0], [0.0, 3.0, 0.0, 1.0, 1.0, 2.0]])
MEAN = torch.tensor([0.0, 5.0, 0.0, 0.0, -1.0, 0.0])
SCALE = torch.tensor([1.0, 2.0, 1.0, 1.0, 0.5, 1.0])
UNITS = [  # bernoulli, both gaussian, softmax of two, softmax of three twice
    [1, 1, -4, 1, 0, 0, 0, 1, 1, 0, 0],
    [0, -1, 4, 0, 1, 1, 0, 0, 0, 0, 1],
]


@pytest.fixture
def layer():
    layer = VisibleLayer(KINDS)
    layer.place_on(MEAN, SCALE)
    return layer


def test_columns_of_all_kinds_become_units_kind_by_kind(layer):
    v, seen = layer.encode(ROWS)
    assert seen is None
    np.testing.assert_allclose(v, UNITS, atol=1e-6)
    widths = [width for _, width in layer.unit.parts]
    assert [unit.name for unit, _ in layer.unit.parts] == [
        "bernoulli",
        "gaussian",
        "softmax",
        "softmax",
    ]
    assert widths == [1, 2, 2, 6]
    assert layer.stretch("softmax") == slice(3, 11)


def test_encoding_leaves_the_rows_as_they_were(layer):
    for kinds in (KINDS, [ColumnKind("gaussian")] * 6):
        other = VisibleLayer(kinds)
        other.place_on(MEAN, SCALE)
        rows = ROWS.clone()
        other.encode(rows)
        assert torch.equal(rows, ROWS)


def test_decoding_gives_the_columns_back(layer):
    torch.testing.assert_close(layer.decode(layer.encode(ROWS)[0]), ROWS)


def test_missing_entries_are_missing_in_every_unit_of_their_column(layer):
    observed = torch.tensor([[0.0, 1, 1, 0, 0, 1], [1, 0, 1, 1, 1, 0]])
    v, seen = layer.encode(ROWS * observed, observed)
    columns = [2, 1, 4, 3, 3, 0, 0, 0, 5, 5, 5]
    assert torch.equal(seen, observed[:, columns])
    np.testing.assert_allclose(v, np.array(UNITS) * observed[:, columns].numpy(), atol=1e-6)


def test_orders_of_units_and_columns_undo_each_other(layer):
    columns = torch.arange(6.0)
    assert layer.in_order_of_units(columns).tolist() == [2, 1, 4, 3, 0, 5]
    assert torch.equal(layer.in_order_of_columns(layer.in_order_of_units(columns)), columns)


def test_base_rates_give_every_unit_the_mean_of_the_data(layer):
    rates = torch.tensor([0.3, 9.0, 9.0, 0.2, 0.8, 0.5, 0.1, 0.4, 0.9, 0.1, 0.0])
    given = layer.unit.given(layer.base_rates(rates))
    expected = rates.clone()
    expected[1:3] = 0  # real columns are standardised
    torch.testing.assert_close(given, expected, rtol=0, atol=2e-3)


def learned(module, **changes):
    chosen = {
        "algorithm": "exact",
        "steps": 1,
        "centered": False,
        "sparsity_target": 0.1,
        "sparsity_weight": 0.0,
        "learned_variance": True,
        "resample": False,
        "precision": torch.float64,
    }
    (objective,) = module.objectives(Learning(**{**chosen, **changes}))
    return objective


def module_of(oracle, mean, scale):
    """A module with the oracle's parameters, behind columns of another scale."""
    names = [(kind, k, 1) for kind, k in oracle.variables]
    module = RBMModule(names, len(oracle.b), oracle.hidden, 4)
    for name, values in (
        ("weight", oracle.W),
        ("visible_bias", oracle.a),
        ("hidden_bias", oracle.b),
    ):
        getattr(module, name).copy_(torch.from_numpy(values))
    module.layer.place_on(torch.from_numpy(mean), torch.from_numpy(scale))
    return module


def single(oracle):
    """The oracle, rounded to what a module can hold."""
    parts = [x.astype(np.float32).astype(np.float64) for x in (oracle.W, oracle.a, oracle.b)]
    return GeneralRBM(oracle.variables, oracle.hidden, *parts)


VARIABLES = (("bernoulli", 1), ("gaussian", 1), ("gaussian", 1), ("softmax", 3))
DATA_MEAN = np.array([0.0, 3.0, -1.0, 0.0])
DATA_SCALE = np.array([1.0, 2.0, 0.5, 1.0])


def rows_on_the_data_scale(n=12):
    rng = np.random.default_rng(0)
    columns = [rng.integers(0, 2, n), rng.normal(3, 2, n), rng.normal(-1, 0.5, n)]
    return np.column_stack([*columns, rng.integers(0, 3, n)]).astype(np.float64)


def log_density(oracle, X, log_scale, weight, observed):
    """Of the weighted rows on the data's scale, up to log Z, in which no scale takes part."""
    scale = np.exp(log_scale)
    Z = np.column_stack(
        [
            X[:, 0],
            (X[:, 1] - DATA_MEAN[1]) / scale[0],
            (X[:, 2] - DATA_MEAN[2]) / scale[1],
            np.eye(3)[X[:, 3].astype(int)],
        ]
    )
    total = 0.0
    for z, share, seen in zip(Z, weight, observed, strict=True):
        units = np.repeat(seen, [1, 1, 1, 3])
        lost = log_scale @ seen[1:3]
        if seen.all():
            total += share * (-oracle.free_energy(z[None])[0] - lost)
            continue
        # the whole model's density of what is observed: the missing states summed out
        states, p = oracle.given(z, units)
        best = p.argmax()
        count = np.log(0.25) * (~seen[1:3]).sum()
        marginal = -oracle.free_energy(states[best : best + 1])[0] - (np.log(p[best]) - count)
        total += share * (marginal - lost)
    return total


@pytest.mark.parametrize("weighted", [False, True], ids=["equal rows", "weighted rows"])
@pytest.mark.parametrize("hidden", ["bernoulli", "relu", "gaussian"])
def test_slope_of_the_scales_is_that_of_the_log_likelihood(hidden, weighted):
    oracle = single(GeneralRBM.random(VARIABLES, hidden))
    X = rows_on_the_data_scale()
    weight = np.full(len(X), 1 / len(X))
    if weighted:
        weight *= np.random.default_rng(1).uniform(0.5, 1.5, len(X))
    module = module_of(oracle, DATA_MEAN, DATA_SCALE)
    batch = Batch(
        torch.from_numpy(X).float(),
        None,
        torch.from_numpy(weight).float() if weighted else None,
    )
    found = learned(module, algorithm="pcd").gradient(batch, torch.Generator())[1][-1]
    start, step, seen = np.log(DATA_SCALE[1:3]), 1e-4, np.ones(X.shape, bool)
    for i, unit in enumerate((1, 2)):
        ends = [
            log_density(oracle, X, start + sign * step * np.eye(2)[i], weight, seen)
            for sign in (1, -1)
        ]
        assert float(found[unit]) == pytest.approx(-(ends[0] - ends[1]) / (2 * step), abs=2e-6)
    assert not found[[0, 3, 4, 5]].any()


@pytest.mark.parametrize("hidden", ["bernoulli", "relu", "gaussian"])
def test_slope_of_the_scales_of_rows_with_holes(hidden):
    """Missing entries are drawn given the others: the slope holds on average."""
    oracle = single(GeneralRBM.random(VARIABLES, hidden))
    X, copies = rows_on_the_data_scale(4), 10_000
    seen = np.array([[1, 1, 0, 1], [0, 1, 1, 1], [1, 0, 1, 0], [1, 1, 1, 1]], bool)
    weight = np.full(4, 0.25)
    module = module_of(oracle, DATA_MEAN, DATA_SCALE)
    rows = torch.from_numpy(X * seen).float().repeat(copies, 1)
    batch = Batch(rows, torch.from_numpy(seen * 1.0).float().repeat(copies, 1))
    generator = torch.Generator().manual_seed(0)
    found = learned(module, algorithm="pcd").gradient(batch, generator)[1][-1]
    start, step = np.log(DATA_SCALE[1:3]), 1e-4
    for i, unit in enumerate((1, 2)):
        ends = [
            log_density(oracle, X, start + sign * step * np.eye(2)[i], weight, seen)
            for sign in (1, -1)
        ]
        assert float(found[unit]) == pytest.approx(-(ends[0] - ends[1]) / (2 * step), abs=0.01)


@pytest.mark.parametrize("steps", [1, 3])
def test_slope_of_the_scales_from_drawn_hidden_states_is_the_same_on_average(steps):
    """Contrastive divergence draws them anyway, which saves a product."""
    module = module_of(single(GeneralRBM.random(VARIABLES, "bernoulli")), DATA_MEAN, DATA_SCALE)
    batch = Batch(torch.from_numpy(rows_on_the_data_scale(4)).float().repeat(20_000, 1))
    exact, drawn = (
        learned(module, algorithm=name, steps=steps).gradient(batch, torch.Generator())[1][-1]
        for name in ("pcd", "cd")
    )
    torch.testing.assert_close(drawn, exact, rtol=0, atol=0.02)
    assert (drawn != exact).any()


def test_free_energy_is_of_a_density_on_the_scale_of_the_data():
    oracle = single(GeneralRBM.random(VARIABLES, "bernoulli"))
    X = rows_on_the_data_scale()
    module = module_of(oracle, DATA_MEAN, DATA_SCALE)
    found = free_energy_of_data(module, module.machine(torch.float64), torch.from_numpy(X), None)
    seen, start = np.ones(X.shape, bool), np.log(DATA_SCALE[1:3])
    alone = [log_density(oracle, x[None], start, [1.0], seen[:1]) for x in X]
    np.testing.assert_allclose(-found, alone, atol=2e-6)


def test_a_scale_stays_near_that_of_its_column(layer):
    layer.log_scale.add_(torch.linspace(-5, 5, layer.n_units))
    layer.bound_scales()
    real = layer.stretch("gaussian")
    apart = layer.log_scale[real] - torch.tensor([2.0, 0.5]).log()
    torch.testing.assert_close(apart, torch.tensor([-2.0, -2.0]))
    layer.log_scale.add_(100)
    layer.bound_scales()
    apart = layer.log_scale[real] - torch.tensor([2.0, 0.5]).log()
    torch.testing.assert_close(apart, torch.tensor([1.0, 1.0]))


@pytest.mark.parametrize("hidden", ["relu", "gaussian"])
@pytest.mark.parametrize("rate", [0.01, 0.02])
def test_the_gain_between_real_layers_stays_below_one(hidden, rate):
    """Beyond 1 the energy has no minimum; strongly correlated columns pull towards it."""
    generator = torch.Generator().manual_seed(0)
    common = torch.randn(200, 1, generator=generator)
    X = common + 0.1 * torch.randn(200, 8, generator=generator)
    module = RBMModule([("gaussian", 1, 8), ("bernoulli", 1, 1)], 6, hidden, 20)
    rates = torch.zeros(9)
    rates[0] = 0.5  # of the binary unit, which comes first
    X = torch.cat((X, (common > 0).float()), 1)
    module.initialise(X.mean(0), X.std(0), rates, generator)
    objective = learned(
        module, algorithm="pcd", learned_variance=False, centered=True, precision=torch.float32
    )
    gains = []
    for _ in range(200):
        rows = X[torch.randint(200, (20,), generator=generator)]
        _, slopes = objective.gradient(Batch(rows), generator)
        for parameter, slope in zip(objective.parameters, slopes, strict=True):
            dense = slope if isinstance(slope, torch.Tensor) else slope.dense()
            parameter.sub_(dense, alpha=rate)
        objective.after_step()
        real = module.weight[module.layer.stretch("gaussian")]
        gains.append(float(torch.linalg.svdvals(real)[0]))
    assert max(gains) < 0.95, max(gains)
    assert max(gains) > 0.5
    assert all(torch.isfinite(p).all() for p in module.parameters())
