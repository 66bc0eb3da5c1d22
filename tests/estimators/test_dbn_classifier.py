"""The classifier on a stack: its gradient, what the stack hands over, and rows without labels."""

import numpy as np
import pytest
import torch
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from embudo import DBN, Callback, DataError, DBNClassifier, ParameterError, load
from embudo.data.batches import Batch
from embudo.kernels.feedforward import dropping
from embudo.modules.stack_classifier import StackClassifierModule
from oracles import funnel as oracle

SMALL = {
    "hidden": (8, 6),
    "epochs": 3,
    "pretrain_epochs": 2,
    "batch_size": 16,
    "random_state": 0,
}


def clusters(n=90, seed=0):
    """Three kinds of rows of zeros and ones, and which kind each is."""
    rng = np.random.default_rng(seed)
    means = np.kron(np.eye(3), np.ones(4)) * 0.8 + 0.1
    y = rng.integers(3, size=n)
    return (rng.random((n, 12)) < means[y]).astype(float), y


def test_the_gradient_is_that_of_the_cross_entropy_by_differences():
    module = StackClassifierModule([("bernoulli", 1, 5)], (4, 3), 3, 1, 1, False)
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for parameter in module.network.parameters():
            parameter.normal_(generator=generator)
        module.centre.uniform_(generator=generator)
    rng = np.random.default_rng(0)
    X = rng.random((6, 5)).astype(np.float32).astype(float)
    X[0, 1] = X[4, 3] = np.nan
    labels, shares = rng.integers(3, size=6), rng.random(6)
    parts = [
        (w.detach().double().numpy(), b.detach().double().numpy(), name)
        for w, b, name in zip(
            module.network.weights, module.network.biases, module.network.activations, strict=True
        )
    ]
    centre = module.centre.double().numpy()

    def loss():
        rows = np.nan_to_num(X - centre)
        fields = [oracle.through(row, parts) for row in rows]
        return sum(
            share * oracle.column_loss("softmax", label, field)
            for share, label, field in zip(shares, labels, fields, strict=True)
        )

    x = torch.from_numpy(X).float()
    batch = Batch(
        x.nan_to_num(0), (~x.isnan()).float(), torch.from_numpy(shares), torch.from_numpy(labels)
    )
    with torch.no_grad():
        value, slopes = module.objective(torch.float64).gradient(batch, generator)
    assert float(value) == pytest.approx(loss(), rel=1e-6)
    truths = oracle.slopes(loss, [part for layer in parts for part in layer[:2]])
    for slope, truth in zip(slopes, truths, strict=True):
        np.testing.assert_allclose(slope.numpy(), truth, rtol=1e-5, atol=1e-7)
    log_p = module.log_posterior(batch.x.double(), batch.observed.double()).detach()
    np.testing.assert_allclose(log_p.exp().sum(1), 1)
    assert float(-(log_p[range(6), labels] * torch.from_numpy(shares)).sum()) == pytest.approx(
        loss(), rel=1e-6
    )


def test_dropout_leaves_the_slope_as_it_is_on_average():
    """With one hidden layer and a linear loss of the fields, exactly so."""
    module = StackClassifierModule([("bernoulli", 1, 4)], (5,), 2, 1, 1, False)
    generator = torch.Generator().manual_seed(0)
    x = torch.rand(40_000, 4, generator=generator)[:1].expand(40_000, 4)
    with torch.no_grad():
        for parameter in module.network.parameters():
            parameter.normal_(generator=generator)

    def loss(field):
        return field[:, 0].mean(), torch.tensor([[1.0, 0.0]]).expand(field.shape) / len(field)

    drop = dropping(0.4, generator)
    with torch.no_grad():
        _, plain = module.network.slopes(x, loss, torch.float32)
        _, dropped = module.network.slopes(x, loss, torch.float32, drop)
        kept = drop(torch.ones(1000, 100))
    assert kept.unique().tolist() == pytest.approx([0, 1 / 0.6])
    assert float(kept.mean()) == pytest.approx(1, abs=0.01)
    for a, b in zip(plain, dropped, strict=True):
        torch.testing.assert_close(a, b, rtol=0.05, atol=2e-3)
    assert not torch.equal(plain[0], dropped[0])


def test_visible_units_left_out_teach_their_weights_nothing():
    """Of one row: half of the units, and the others count twice, as their mean is to stay."""
    module = StackClassifierModule([("bernoulli", 1, 400)], (3,), 2, 1, 1, False)
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for parameter in module.network.parameters():
            parameter.normal_(0, 0.1, generator=generator)
    rows = Batch(torch.ones(1, 400), labels=torch.tensor([1]))
    objective = module.objective(torch.float32, visible_dropout=0.5)
    with torch.no_grad():
        by_weight, by_bias = objective.gradient(rows, generator)[1][:2]
    assert by_bias.all()
    taught = by_weight / by_bias
    left_out = taught[:, 0] == 0
    assert 0.4 < float(left_out.float().mean()) < 0.6
    assert not taught[left_out].any()
    torch.testing.assert_close(taught[~left_out], torch.full_like(taught[~left_out], 2))


def test_before_backprop_it_encodes_as_the_stack_does():
    """And every class is as likely as any other."""
    X, y = clusters()
    X[::7, 3] = np.nan
    model = DBNClassifier(**{**SMALL, "epochs": 1, "learning_rate": 1e-30}).fit(X, y)
    stack = model.module_.stack
    x, seen = torch.from_numpy(np.nan_to_num(X)), torch.from_numpy(~np.isnan(X)).double()
    for layer in (0, 1):
        codes = stack.encode(x, seen, layer + 1)
        np.testing.assert_allclose(model.transform(X, layer=layer), codes, atol=1e-12)
    np.testing.assert_allclose(model.reconstruct(X), stack.decode(codes, 2), atol=1e-12)
    assert stack.rbms[0].weight.std() > 0.1
    np.testing.assert_allclose(model.predict_proba(X), 1 / 3)


@pytest.mark.parametrize("pretrain", [True, False])
def test_it_learns_the_bayes_rule_of_clusters(pretrain):
    X, y = clusters(450)
    settings = {"epochs": 30, "pretrain_epochs": 30, "pretrain_rate": 0.5}
    model = DBNClassifier(**{**SMALL, **settings, "learning_rate": 0.03, "pretrain": pretrain}).fit(
        X[:250], y[:250]
    )
    means = np.kron(np.eye(3), np.ones(4)) * 0.8 + 0.1
    log_p = X[250:] @ np.log(means).T + (1 - X[250:]) @ np.log1p(-means).T
    best = (log_p.argmax(1) == y[250:]).mean()
    assert model.score(X[250:], y[250:]) >= best - 0.03
    stages = ["layer 1", "layer 2", "backprop"] if pretrain else [""]
    assert list(model.history_.stages) == stages
    assert model.history_["accuracy"][-1] == pytest.approx(model.score(X[:250], y[:250]))


def test_a_stack_can_be_handed_on_to_any_labels(tmp_path):
    X, y = clusters()
    X[::7, 3] = np.nan
    dbn = DBN(hidden=(8, 6), epochs=5, n_chains=5, fine_tune="up_down", random_state=0).fit(X)
    model = dbn.to_classifier()
    with pytest.raises(NotFittedError):
        model.predict(X)
    still = model.set_params(epochs=1, learning_rate=1e-30).fit(X, y)
    for layer in (0, 1):
        codes = dbn.transform(X, layer=layer)
        np.testing.assert_allclose(still.transform(X, layer=layer), codes, atol=1e-6)
    np.testing.assert_allclose(still.inverse_transform(codes), dbn.inverse_transform(codes))
    assert list(still.history_.stages) == ["backprop"]
    letters = np.array(list("abc"))[y]
    few = dbn.to_classifier().set_params(epochs=60, learning_rate=0.03).fit(X[:30], letters[:30])
    assert few.score(X, letters) > 0.65
    few.save(tmp_path / "m.embudo")
    np.testing.assert_array_equal(load(tmp_path / "m.embudo").predict(X), few.predict(X))
    assert list(clone(few).fit(X, y).history_.stages) == ["layer 1", "layer 2", "backprop"]


def test_a_stack_of_another_shape_or_kind_is_not_handed_on():
    X, y = clusters()
    model = DBN(hidden=(8, 6), epochs=1).fit(X).to_classifier()
    with pytest.raises(ParameterError, match=r"hidden=\[8, 6\], but was asked for hidden=\[8, 5\]"):
        model.set_params(hidden=(8, 5)).fit(X, y)
    with pytest.raises(ParameterError, match="top is 'gaussian'"):
        DBN(hidden=(8, 6), top="gaussian", epochs=1).fit(X).to_classifier()


@pytest.mark.parametrize("pretrain", [True, False])
def test_the_softmax_learns_alone_first(pretrain):
    X, y = clusters()
    settings = {**SMALL, "pretrain": pretrain, "learning_rate": 0.03}
    layers = ["layer 1", "layer 2"] if pretrain else []
    model = DBNClassifier(**settings, top_epochs=4, callbacks=[Watch()]).fit(X, y)
    assert list(model.history_.stages) == [*layers, "classes", "backprop"]
    assert model.n_iter_ == 2 * len(layers) + 4 + 3
    (watch,) = model.callbacks
    for before, after in zip(watch.weights[0], watch.weights[1], strict=True):
        same = torch.equal(before, after)
        assert same == (before.shape != (6, 3))
    accuracy = model.history_.stages["classes"]["accuracy"]
    assert accuracy[-1] > 0.5


class Watch(Callback):
    """Keeps the network's weights before and after the softmax learned alone."""

    def on_start(self, run):
        if run.stage_name == "classes":
            self.weights = [[w.clone() for w in run.module.network.weights]]

    def on_end(self, run):
        if run.stage_name == "classes":
            self.weights.append([w.clone() for w in run.module.network.weights])


def test_rows_without_a_label_teach_the_stack_alone():
    X, y = clusters(120)
    y[60:] = -1
    half = DBNClassifier(**{**SMALL, "pretrain_epochs": 10}, unlabelled=-1, pretrain_rate=0.5)
    assert list(half.fit(X, y).classes_) == [0, 1, 2]
    steps = {name: stage["steps"][0] for name, stage in half.history_.stages.items()}
    assert steps == {"layer 1": 8, "layer 2": 8, "backprop": 4}
    anew = DBNClassifier(**SMALL, unlabelled=-1, pretrain=False)
    other = X.copy()
    other[60:] = 1 - other[60:]
    codes = half.transform(X, layer=0)
    assert np.abs(half.fit(other, y).transform(X, layer=0) - codes).max() > 0.01
    # Without a stack their values reach nothing but the origin of the scale.
    module = anew.fit(other, y).module_
    np.testing.assert_allclose(module.centre, other.mean(0), rtol=1e-6)


def test_what_has_no_stack_has_no_way_back():
    X, y = clusters()
    model = DBNClassifier(**SMALL, pretrain=False).fit(X, y)
    for verb in ("inverse_transform", "reconstruct", "score_samples"):
        assert not hasattr(model, verb)
        assert hasattr(DBNClassifier(), verb)
    assert model.transform(X).shape == (90, 6)


def test_labels_of_text_survive_a_file_and_training_goes_on(tmp_path):
    X, y = clusters()
    names = np.array(["owl", "cat", "dog"])[y]
    model = DBNClassifier(**SMALL, dropout=0.2).fit(X, names)
    model.save(tmp_path / "m.embudo")
    twin = load(tmp_path / "m.embudo")
    assert twin.classes_.tolist() == ["cat", "dog", "owl"]
    np.testing.assert_array_equal(twin.predict_proba(X), model.predict_proba(X))
    again = twin.partial_fit(X, names).predict_proba(X)
    np.testing.assert_array_equal(again, model.partial_fit(X, names).predict_proba(X))
    assert [len(stage) for stage in model.history_.stages.values()] == [2, 2, 4]


def test_early_stopping_watches_the_labels():
    X, y = clusters()
    model = DBNClassifier(**SMALL, pretrain=False, early_stopping=True).fit(X, y)
    assert {"validation_log_posterior", "validation_accuracy"} < set(model.history_.columns)
    y[:] = -1
    y[:3] = [0, 1, 2]
    with pytest.raises(DataError, match="no row .* has a label"):
        DBNClassifier(**SMALL, unlabelled=-1, validation_fraction=0.9).fit(X, y)
