"""The deep belief network: greedy layers, their bound, up-down, and training in stages."""

import json

import numpy as np
import pytest
import torch

from embudo import DBN, RBM, Callback, Checkpoint, DataError, ParameterError, load
from embudo.data.batches import Batch
from embudo.modules.dbn import DBNModule
from embudo.modules.learning import Learning
from embudo.training.optimizers import dense
from oracles.binary import BinaryRBM, states
from oracles.stack import Stack

SMALL = {"hidden": (3, 4), "epochs": 4, "batch_size": 16, "random_state": 0}


def rows(n=64, seed=0):
    rng = np.random.default_rng(seed)
    kind = rng.integers(2, size=(n, 1))
    return (rng.random((n, 4)) < np.where(kind, [0.9, 0.8, 0.7, 0.2], 0.3)).astype(np.float32)


X = rows()


def oracle(module):
    """The same stack, for the list of its states."""
    layers = [
        BinaryRBM(*(t.double().numpy() for t in (m.weight.data, m.visible_bias, m.hidden_bias)))
        for m in module.rbms
    ]
    own = module.recognition or module.rbms[:-1]
    up = [
        (
            r.weight.data.double().numpy(),
            (r.bias if hasattr(r, "bias") else r.hidden_bias).data.double().numpy(),
        )
        for r in own
    ]
    return Stack(tuple(layers), tuple(up))


def test_one_layer_is_the_rbm():
    settings = {"epochs": 3, "batch_size": 16, "random_state": 0}
    rbm, dbn = RBM(n_components=5, **settings).fit(X), DBN(hidden=(5,), **settings).fit(X)
    np.testing.assert_array_equal(dbn.transform(X), rbm.transform(X))
    np.testing.assert_array_equal(dbn.sample(7, steps=20), rbm.sample(7, steps=20))
    np.testing.assert_allclose(dbn.lower_bound(X), rbm.log_likelihood(X), atol=1e-5)


def test_the_lowest_layer_does_not_know_of_those_above():
    alone, stacked = DBN(**{**SMALL, "hidden": (3,)}).fit(X), DBN(**SMALL).fit(X)
    np.testing.assert_array_equal(stacked.transform(X, layer=0), alone.transform(X))


@pytest.mark.parametrize("fine_tune", [None, "up_down"])
def test_the_bound_is_that_of_all_states_and_below_the_likelihood(fine_tune):
    settings = {**SMALL, "fine_tune": fine_tune, "learning_rate": 0.5, "epochs": 30}
    dbn = DBN(**settings, fine_tune_rate=0.1).fit(X)
    V, exact = states(4), oracle(dbn.module_)
    draws = dbn.lower_bound(V, n_draws=500)
    np.testing.assert_allclose(draws, exact.bound(), atol=0.1)
    assert (exact.bound() < exact.log_likelihood()).all()


def test_training_a_mirrored_layer_raises_the_bound():
    """It starts where one layer had it; following the exact gradient goes up from there."""
    lower = DBN(**{**SMALL, "hidden": (3,)}).fit(X)
    module = DBN(**SMALL, initial="transposed", callbacks=[StopAt("layer 1", 1)])
    with pytest.warns(UserWarning, match="interrupted"):
        module = module.fit(X).module_
    rng = torch.Generator().manual_seed(1)
    module.rbms[0].weight.normal_(0, 2, generator=rng)
    module.mirror(1, rng)
    lower.module_.rbms[0].load_state_dict(module.rbms[0].state_dict())
    bounds = [mean_bound(module)]
    assert bounds[0] == pytest.approx(mean_bound(lower.module_), abs=1e-6)
    V, H = torch.from_numpy(X), torch.from_numpy(states(3)).float()
    p = module.encode(V, None, 1)[:, None]
    posterior = torch.where(H == 1, p, 1 - p).prod(2).mean(0)
    (objective,) = module.top.objectives(EXACT)
    for _ in range(100):
        _, gradients = objective.gradient(Batch(H, None, posterior.double()), rng)
        for parameter, gradient in zip(objective.parameters, gradients, strict=True):
            parameter.data.sub_(dense(gradient), alpha=0.1)
        bounds.append(mean_bound(module))
    assert (np.diff(bounds) > 0).all()
    assert bounds[-1] > bounds[0] + 0.1


EXACT = Learning("exact", 1, False, 0.1, 0.0, False, False, torch.float64)


def mean_bound(module):
    places = (X @ [8, 4, 2, 1]).astype(int)
    return oracle(module).bound()[places].mean()


def test_what_cannot_be_mirrored_is_refused():
    with pytest.raises(ParameterError, match=r"hidden\[1\] to be at least 4, .* is 3"):
        DBN(hidden=(3, 3), initial="transposed").fit(X)
    with pytest.raises(ParameterError, match="they are gaussian"):
        DBN(hidden=(3, 4), initial="transposed").fit(X * 3)


def test_units_beyond_a_mirrored_layer_hardly_move_the_bound():
    stop = {"initial": "transposed", "callbacks": [StopAt("layer 2", 1)], "learning_rate": 1e-9}
    with pytest.warns(UserWarning, match="interrupted"):
        wide = DBN(**{**SMALL, **stop, "hidden": (3, 6)}).fit(X)
    alone = DBN(**{**SMALL, "hidden": (3,), "learning_rate": 1e-9}).fit(X)
    assert mean_bound(wide.module_) == pytest.approx(mean_bound(alone.module_), abs=1e-3)


class StopAt(Callback):
    """Interrupts training after so many steps of a stage."""

    def __init__(self, stage, step):
        self.stage, self.step = stage, step

    def on_step(self, run):
        if run.stage_name == self.stage and run.step == self.step:
            run.stop("interrupted")


def test_interrupted_in_fine_tuning_and_resumed_equals_left_alone(tmp_path):
    settings = {**SMALL, "fine_tune": "up_down", "fine_tune_epochs": 2, "resample": True}
    alone = DBN(**settings).fit(X)
    keeper = Checkpoint(tmp_path / "c")
    stopped = DBN(**settings, callbacks=[StopAt("up-down", 6), keeper])
    with pytest.warns(UserWarning, match="interrupted after step 6 of .* of up-down"):
        stopped.fit(X)
    elsewhere = DBN(**settings).fit(X, resume=tmp_path / "c")
    stopped.set_params(callbacks=())
    stopped.fit(X, resume=True)
    for model in (stopped, elsewhere):
        assert same_bits(model, alone)
        assert [r.stage for r in model.history_] == [r.stage for r in alone.history_]


@pytest.mark.parametrize("resample", [False, True])
def test_a_layer_learns_from_other_draws_of_the_rows_in_each_epoch(monkeypatch, resample):
    encode, seen = DBNModule.encode, []

    def watched(module, x, *arguments):
        found = encode(module, x, *arguments)
        if len(x) == 40:
            seen.append(found)
        return found

    monkeypatch.setattr(DBNModule, "encode", watched)
    grey = np.full((40, 4), 0.5)
    DBN(**{**SMALL, "epochs": 3}, resample=resample).fit(grey)
    assert len(seen) == (1 + 3 if resample else 1)
    first, *further = seen
    assert [torch.equal(first, other) for other in further] == [True, False, False][: len(further)]


def same_bits(a, b):
    second = b.module_.state_dict()
    return all(torch.equal(t, second[name]) for name, t in a.module_.state_dict().items())


def test_a_checkpoint_of_another_shape_is_refused(tmp_path):
    DBN(**SMALL, callbacks=[Checkpoint(tmp_path / "c")]).fit(X)
    with pytest.raises(ValueError, match=r"hidden=\[3, 4\], but this run has hidden=\[3, 5\]"):
        DBN(**{**SMALL, "hidden": (3, 5)}).fit(X, resume=tmp_path / "c")


def test_layers_have_codes_of_their_own():
    dbn = DBN(**{**SMALL, "hidden": (5, 3, 2)}).fit(X)
    for layer, width in [(0, 5), (1, 3), (2, 2), (-1, 2), (-3, 5)]:
        codes = dbn.transform(X, layer=layer)
        assert codes.shape == (64, width)
        assert dbn.inverse_transform(codes, layer=layer).shape == X.shape
    with pytest.raises(ParameterError, match="layer must be from 0 to 2, or from -1 down to -3"):
        dbn.transform(X, layer=3)


def test_each_stage_has_a_history_and_a_name():
    dbn = DBN(**SMALL, fine_tune="up_down", fine_tune_epochs=2).fit(X)
    assert {name: len(part) for name, part in dbn.history_.stages.items()} == {
        "layer 1": 4,
        "layer 2": 4,
        "up-down": 2,
    }
    assert dbn.n_iter_ == 10


def test_the_bound_of_a_row_with_holes_is_refused_before_any_annealing(monkeypatch):
    dbn = DBN(**SMALL).fit(X)
    monkeypatch.setattr(DBN, "log_partition", None)
    holes = X.copy()
    holes[3, 1] = np.nan
    with pytest.raises(DataError, match="missing"):
        dbn.lower_bound(holes)


@pytest.mark.parametrize("hidden", [(), (0,), 5, ("a",), (2.5,)])
def test_sizes_that_are_none_are_refused(hidden):
    with pytest.raises(ParameterError, match="hidden must be a tuple, each of it a whole number"):
        DBN(hidden=hidden).fit(X)


def test_a_list_of_sizes_does_as_well(tmp_path):
    a, b = DBN(**SMALL).fit(X), DBN(**{**SMALL, "hidden": [3, 4]}).fit(X)
    assert same_bits(a, b)
    a.save(tmp_path / "m.embudo")
    assert load(tmp_path / "m.embudo").hidden == (3, 4)
    assert json.dumps(b.get_params()["hidden"]) == "[3, 4]"
