"""Gradients of all three objectives, and samples of a class, against tables of all states."""

import numpy as np
import pytest
import torch

from embudo.data.batches import Batch
from embudo.modules.label_measures import label_measures
from embudo.modules.label_rbm import LabelRBMModule
from embudo.modules.labelled_layer import LabelledLayer
from embudo.modules.learning import Learning
from embudo.modules.visible import ColumnKind
from oracles import labels as oracle_of

CHAINS = 40_000
BOUND = 4.5 * 0.5 / CHAINS**0.5
EXACT = 2e-6  # parameters and gradients are in single precision
COLUMNS = {
    "bernoulli": [("bernoulli", 1, 2)],
    "softmax": [("softmax", 3, 2)],
    "gaussian": [("gaussian", 1, 2)],
    "mixed": [("bernoulli", 1, 1), ("softmax", 2, 1)],
}
HIDDEN = ["bernoulli", "relu", "gaussian"]


def settings(**changes):
    chosen = {
        "algorithm": "exact",
        "steps": 1,
        "centered": False,
        "sparsity_target": 0.1,
        "sparsity_weight": 0.0,
        "learned_variance": False,
        "resample": False,
        "precision": torch.float64,
    }
    return Learning(**{**chosen, **changes})


def oracle_and_module(kind, hidden, rounded, scale=0.5):
    oracle = rounded(oracle_of.labelled(kind, hidden, scale=scale))
    module = LabelRBMModule(COLUMNS[kind], oracle_of.N_CLASSES, len(oracle.b), hidden, 1)
    for parameter, name in ((module.weight, "W"), (module.visible_bias, "a")):
        parameter.copy_(torch.from_numpy(getattr(oracle, name)))
    module.hidden_bias.copy_(torch.from_numpy(oracle.b))
    return oracle, module


def rows(oracle, module, n=6):
    """Rows drawn from the machine, as units, as columns, and their labels."""
    V = oracle.rows(n).astype(np.float32).astype(np.float64)
    X, y = V[:, : -oracle_of.N_CLASSES], V[:, -oracle_of.N_CLASSES :].argmax(1)
    return X, module.layer.decode(torch.from_numpy(V)).float(), torch.from_numpy(y)


def dense(parts):
    found = [part if isinstance(part, torch.Tensor) else part.dense() for part in parts]
    return [part.double().numpy().copy() for part in found]


def slopes(oracle, loss):
    return [oracle.slopes(loss, name) for name in ("W", "a", "b")]


def assert_close(found, expected, atol):
    for name, one, other in zip(("W", "a", "b"), found, expected, strict=True):
        np.testing.assert_allclose(one, other, rtol=0, atol=atol, err_msg=name)


@pytest.mark.parametrize("hidden", HIDDEN)
@pytest.mark.parametrize("kind", COLUMNS)
def test_discriminative(kind, hidden, rounded, generator):
    oracle, module = oracle_and_module(kind, hidden, rounded)
    X, x, y = rows(oracle, module, 3)
    (objective,) = module.discriminative(settings(algorithm="pcd"))
    value, found = objective.gradient(Batch(x, labels=y), generator)

    def loss(machine):
        return oracle_of.cross_entropy(machine, X, y.numpy(), np.full(3, 1 / 3))

    assert float(value) == pytest.approx(loss(oracle), rel=1e-6)
    assert_close(dense(found), slopes(oracle, loss), EXACT)


@pytest.mark.parametrize("weighted", [False, True], ids=["plain", "weighted"])
def test_rows_with_a_label_share_what_the_batch_counts(rounded, generator, weighted):
    oracle, module = oracle_and_module("mixed", "bernoulli", rounded)
    X, x, y = rows(oracle, module)
    y[[0, 3]] = -1
    share = np.random.default_rng(0).uniform(0.5, 2, len(X)) / 6 if weighted else np.full(6, 1 / 6)
    weight = torch.from_numpy(share) if weighted else None
    (objective,) = module.discriminative(settings(algorithm="pcd"))
    value, found = objective.gradient(Batch(x, None, weight, y), generator)
    of_labelled = share * share.sum() / share[y.numpy() >= 0].sum()

    def loss(machine):
        return oracle_of.cross_entropy(machine, X, y.numpy(), of_labelled)

    assert float(value) == pytest.approx(loss(oracle), rel=1e-6)
    assert_close(dense(found), slopes(oracle, loss), EXACT)


def test_a_batch_without_labels_has_nothing_to_tell_apart(rounded, generator):
    _, module = oracle_and_module("mixed", "bernoulli", rounded)
    (objective,) = module.discriminative(settings(algorithm="pcd"))
    value, found = objective.gradient(
        Batch(torch.zeros(4, 2), labels=torch.full((4,), -1)), generator
    )
    assert float(value) == 0
    assert all(not part.any() for part in dense(found))


@pytest.mark.parametrize("kind", ["bernoulli", "softmax", "mixed"])
def test_generative(kind, rounded, generator):
    oracle, module = oracle_and_module(kind, "bernoulli", rounded)
    X, x, y = rows(oracle, module)
    (objective,) = module.objectives(settings())
    _, found = objective.gradient(Batch(x, labels=y), generator)
    share = np.full(len(X), 1 / len(X))
    expected = slopes(oracle, lambda o: oracle_of.joint_loss(o, X, y.numpy(), share))
    assert_close(dense(found), expected, EXACT)


@pytest.mark.parametrize("precision", [torch.float64, torch.float32, torch.bfloat16], ids=str)
@pytest.mark.parametrize("algorithm", ["exact", "cd", "pcd"])
def test_hybrid_is_the_sum(rounded, algorithm, precision):
    oracle, module = oracle_and_module("mixed", "bernoulli", rounded)
    _, x, y = rows(oracle, module)
    y[2] = -1
    learning = settings(algorithm=algorithm, centered=True, precision=precision)
    module.visible_offset.uniform_(generator=torch.Generator().manual_seed(1))

    def gradient(objectives):
        module.hidden_offset.fill_(0.4)
        module.chains.zero_()
        drawn = torch.Generator().manual_seed(0)
        value, parts = objectives[0].gradient(Batch(x, labels=y), drawn)
        offset = module.hidden_offset.clone()
        return value, dense(parts), offset

    _, generative, offset = gradient(module.objectives(learning))
    value, both, _ = gradient(module.discriminative(learning, 3.0))
    (alone,) = module.discriminative(learning)
    module.hidden_offset.copy_(offset)  # the contrast comes first, and moves it
    expected, discriminative = alone.gradient(Batch(x, labels=y), torch.Generator())
    assert value == expected
    total = [d + 3 * g for d, g in zip(dense(discriminative), generative, strict=True)]
    assert_close(both, total, 0.02 if precision is torch.bfloat16 else EXACT)
    assert np.abs(both[0] - dense(discriminative)[0]).max() > 0.1


def test_hybrid_by_finite_differences(rounded, generator):
    oracle, module = oracle_and_module("mixed", "bernoulli", rounded)
    X, x, y = rows(oracle, module)
    (objective,) = module.discriminative(settings(), 0.25)
    _, found = objective.gradient(Batch(x, labels=y), generator)
    share, y = np.full(len(X), 1 / len(X)), y.numpy()

    def loss(machine):
        parts = (f(machine, X, y, share) for f in (oracle_of.cross_entropy, oracle_of.joint_loss))
        return sum(w * part for w, part in zip((1, 0.25), parts, strict=True))

    assert_close(dense(found), slopes(oracle, loss), EXACT)


def test_rows_without_a_label_follow_the_likelihood_of_the_row(rounded, generator):
    oracle, module = oracle_and_module("mixed", "bernoulli", rounded, scale=1.5)
    X, x, y = rows(oracle, module)
    y[[0, 1, 4]] = -1
    copies = CHAINS // len(X)
    batch = Batch(x.repeat(copies, 1), labels=y.repeat(copies))
    (objective,) = module.objectives(settings())
    _, found = objective.gradient(batch, generator)
    share = np.full(len(X), 1 / len(X))
    expected = slopes(oracle, lambda o: oracle_of.joint_loss(o, X, y.numpy(), share))
    assert_close(dense(found), expected, BOUND)
    as_known = slopes(oracle, lambda o: oracle_of.joint_loss(o, X, y.clamp(min=0).numpy(), share))
    assert max(np.abs(a - b).max() for a, b in zip(as_known, expected, strict=True)) > 2 * BOUND


def test_rows_with_holes_follow_the_likelihood_of_what_is_observed(rounded, generator):
    """The label is drawn along with what else is missing of a row."""
    oracle, module = oracle_and_module("bernoulli", "bernoulli", rounded)
    X = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])
    seen = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])
    y = torch.tensor([-1, 2, -1])
    copies = CHAINS // 3
    x, observed = (torch.from_numpy(a).float().repeat(copies, 1) for a in (X * seen, seen))
    (objective,) = module.objectives(settings())
    _, found = objective.gradient(Batch(x, observed, None, y.repeat(copies)), generator)
    tables = oracle_of.data_table(oracle)[0]

    def loss(machine):
        terms = oracle_of.class_masses(machine, tables) - oracle_of.log_partition(machine)
        total = 0.0
        for row, there, label in zip(X, seen, y.numpy(), strict=True):
            fits = ((tables == row) | (there == 0)).all(1)
            total -= np.logaddexp.reduce((terms if label < 0 else terms[:, [label]])[fits].ravel())
        return total / 3

    assert_close(dense(found), slopes(oracle, loss), BOUND)


def test_contrastive_divergence_draws_labels_of_rows_whose_missing_units_are_absent(rounded):
    oracle, module = oracle_and_module("bernoulli", "bernoulli", rounded)
    observed = torch.tensor([[0.0, 1.0]]).repeat(CHAINS, 1)
    batch = Batch(observed.clone(), observed, None, torch.full((CHAINS,), -1))
    drawn = torch.Generator().manual_seed(0)
    v, _, seen = module._inputs(batch, settings(algorithm="cd"), drawn)
    rest = oracle.without([True, False, False])
    p = np.exp(oracle_of.log_posterior(rest, np.ones((1, 1)))[0])
    found = v[:, module.layer.label].mean(0).numpy()
    assert (np.abs(found - p) < 4.5 * np.sqrt(p * (1 - p) / CHAINS)).all()
    assert (seen[:, 0] == 0).all()
    assert (seen[:, 1:] == 1).all()


def test_learned_scales(rounded, generator):
    oracle, module = oracle_and_module("gaussian", "bernoulli", rounded, scale=1.5)
    X, y = np.array([[1.5, -1], [0.2, 0.7], [-1, 0.5], [0.4, 1]]), torch.tensor([0, 1, 2, 2])
    log_scale = np.array([0.2, -0.3], np.float32).astype(np.float64)
    module.layer.log_scale[:2] = torch.from_numpy(log_scale)
    x = torch.from_numpy(X * np.exp(log_scale)).float()
    (objective,) = module.discriminative(settings(algorithm="pcd", learned_variance=True))
    _, found = objective.gradient(Batch(x, labels=y), generator)
    assert objective.parameters[3] is module.layer.log_scale

    def loss(scale):
        z = x.double().numpy() / np.exp(scale)
        return oracle_of.cross_entropy(oracle, z, y.numpy(), np.full(4, 0.25))

    steps = 1e-5 * np.eye(2)
    expected = [(loss(log_scale + s) - loss(log_scale - s)) / 2e-5 for s in steps]
    np.testing.assert_allclose(found[3][:2], expected, atol=EXACT)
    assert np.abs(expected).max() > 0.01
    assert not found[3][2:].any()


@pytest.mark.parametrize("means", [False, True], ids=["states", "means"])
def test_samples_of_a_class_have_its_distribution(rounded, generator, means):
    oracle, module = oracle_and_module("mixed", "bernoulli", rounded, scale=1.5)
    X, _ = oracle_of.data_table(oracle)
    for y in range(oracle_of.N_CLASSES):
        labels = torch.full((CHAINS,), y)
        v = module.sample_given(labels, 30, generator, means=means)
        p = oracle_of.given_class(oracle, y)
        found = v[:, : X.shape[1]].mean(0).numpy()
        np.testing.assert_allclose(found, p @ X, rtol=0, atol=BOUND)
        if not means:
            same = (v[:, None, : X.shape[1]].numpy() == X).all(2).mean(0)
            assert (np.abs(same - p) < 4.5 * np.sqrt(p * (1 - p) / CHAINS)).all()
            assert (v[:, module.layer.label].argmax(1) == y).all()


def test_measures(rounded):
    oracle, module = oracle_and_module("mixed", "bernoulli", rounded, scale=1.5)
    X, x, y = rows(oracle, module)
    y[1] = -1
    found = label_measures(module, Batch(x, labels=y), Batch(x[2:], labels=y[2:]), density=True)
    log_p = oracle_of.log_posterior(oracle, X)
    known = np.flatnonzero(y >= 0)
    of_labels = log_p[known, y.numpy()[known]]
    assert found["log_posterior"] == pytest.approx(of_labels.mean(), rel=1e-5)
    assert found["accuracy"] == pytest.approx((log_p.argmax(1) == y.numpy())[known].mean())
    assert found["validation_log_posterior"] == pytest.approx(of_labels[1:].mean(), rel=1e-5)
    pseudo = np.mean([oracle_of.pseudo_log_likelihoods(oracle, row).sum() for row in X])
    assert found["pseudo_log_likelihood"] == pytest.approx(pseudo, rel=1e-5)
    masses = np.logaddexp.reduce(oracle_of.class_masses(oracle, X), axis=1)
    gap = masses.mean() - masses[2:].mean()
    assert found["free_energy_gap"] == pytest.approx(gap, abs=1e-5)


def test_the_label_stands_behind_every_column():
    kinds = [ColumnKind("softmax", 5), ColumnKind("gaussian"), ColumnKind("softmax", 2)]
    layer = LabelledLayer([*kinds, ColumnKind("softmax", 3)])
    x = torch.tensor([[4.0, -0.5, 1.0], [0.0, 2.0, 0.0]])
    v, seen = layer.encode(x, None, torch.tensor([2, 0]))
    assert seen is None
    assert v[:, layer.label].tolist() == [[0, 0, 1], [1, 0, 0]]
    assert v[:, :3].tolist() == [[-0.5, 0, 1], [2, 1, 0]]
    torch.testing.assert_close(layer.decode(v), x)
    v, seen = layer.encode(x, None, torch.tensor([-1, 1]))
    assert v[:, layer.label].tolist() == [[0, 0, 0], [0, 1, 0]]
    assert seen[:, layer.label].tolist() == [[0, 0, 0], [1, 1, 1]]
    assert (seen[:, : layer.label.start] == 1).all()
    columns = torch.arange(3)
    torch.testing.assert_close(layer.in_order_of_columns(layer.in_order_of_units(columns)), columns)


def test_it_starts_with_classes_that_are_all_as_probable(generator):
    module = LabelRBMModule([("bernoulli", 1, 4)], 5, 3, "bernoulli", 2)
    rates = torch.tensor([0.2, 0.5, 0.9, 0.4, 0, 0, 0, 0, 0])
    module.initialise(rates[:4], torch.ones(4), rates, generator)
    bias = module.visible_bias[module.layer.label]
    torch.testing.assert_close(bias, torch.full((5,), np.log(0.2), dtype=torch.float32))
    assert module.n_columns == 4
