"""An estimator that was interrupted, or killed, ends with the bits of one that was left alone."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning

from embudo import RBM, Callback, Checkpoint, CheckpointError, DivergenceError, ParameterError

RNG = np.random.default_rng(0)
X = (RNG.random((60, 7)) < 0.3).astype(np.float32)
HOLES = X.copy()
HOLES[::5, 2] = np.nan
SETTINGS = {"n_components": 4, "epochs": 6, "batch_size": 16, "random_state": 0}


class Press(Callback):
    """Presses Ctrl-C at a step."""

    def __init__(self, step, times=1):
        self.step, self.times = step, times

    def on_step(self, run):
        if run.step == self.step:
            for _ in range(self.times):
                signal.raise_signal(signal.SIGINT)


def pressed(step, data=X, *, model=None, **settings):
    """An RBM interrupted at a step; its listener is gone afterwards."""
    rbm = clone(model) if model else RBM(**{**SETTINGS, **settings})
    rbm.callbacks = [Press(step)]
    with pytest.warns(ConvergenceWarning, match=f"interrupted after step {step} of"):
        rbm.fit(data)
    rbm.callbacks = ()
    return rbm


def assert_same(a, b):
    for name, tensor in a._progress.tensors.items():
        assert torch.equal(tensor, b._progress.tensors[name]), name
    rows = [[{**row.flat(), "seconds": 0} for row in rbm.history_] for rbm in (a, b)]
    assert rows[0] == rows[1]


@pytest.mark.parametrize("step", [1, 4, 5, 8, 13, 23])
@pytest.mark.parametrize(
    ("data", "settings"),
    [
        (X, {"momentum": 0.5, "schedule": "linear"}),
        (X, {"algorithm": "cd", "precision": "bfloat16"}),
        (X, {"algorithm": "pt", "n_temperatures": 4, "learning_rate": 0.5}),
        (HOLES, {"early_stopping": True, "patience": 6, "momentum": 0.9, "learning_rate": 0.5}),
        (5 * X - 1, {"schedule": "cosine", "sparsity_weight": 0.1, "weight_decay": 0.01}),
    ],
)
def test_interrupted_and_resumed_equals_left_alone(step, data, settings):
    alone = RBM(**SETTINGS, **settings).fit(data)
    rbm = pressed(step, data, **settings)
    assert len(rbm.history_) == rbm._progress.facts["epoch"] < SETTINGS["epochs"]
    assert np.isfinite(rbm.transform(data)).all()
    assert_same(rbm.fit(data, resume=True), alone)


def test_interrupted_twice():
    alone = RBM(**SETTINGS, momentum=0.5).fit(X)
    rbm = pressed(5, momentum=0.5)
    rbm.callbacks = [Press(14)]
    with pytest.warns(ConvergenceWarning, match="interrupted after step 14 of 24"):
        rbm.fit(X, resume=True)
    rbm.callbacks = ()
    assert_same(rbm.fit(X, resume=True), alone)


def test_the_second_ctrl_c_raises():
    rbm = RBM(**SETTINGS, callbacks=[Press(5, times=2)])
    with pytest.raises(KeyboardInterrupt):
        rbm.fit(X)


@pytest.mark.parametrize("seed", [None, np.random.RandomState(3)])
def test_a_seed_that_is_not_fixed_is_taken_from_where_it_goes_on(seed, tmp_path):
    """One that was drawn anew would belong to another run."""
    path = tmp_path / "c"
    writer = Checkpoint(path)
    rbm = RBM(**{**SETTINGS, "random_state": seed}, callbacks=[writer, Press(10)])
    with pytest.warns(ConvergenceWarning):
        rbm.fit(X)
    rbm.callbacks = ()
    drawn = rbm._progress.identity["seed"]
    alone = RBM(**{**SETTINGS, "random_state": drawn}).fit(X)
    assert_same(rbm.fit(X, resume=True), alone)
    assert_same(RBM(**{**SETTINGS, "random_state": seed}).fit(X, resume=path), alone)


def test_more_epochs_can_be_added_at_a_constant_rate():
    rbm = RBM(**SETTINGS).fit(X)
    rbm.epochs = 9
    assert_same(rbm.fit(X, resume=True), RBM(**{**SETTINGS, "epochs": 9}).fit(X))


@pytest.mark.parametrize(
    ("settings", "data", "words"),
    [
        ({"n_components": 5}, X, "n_components=4, but this run has n_components=5"),
        ({"learning_rate": 0.5}, X, "learning_rate='auto', but this run has learning_rate=0.5"),
        ({"random_state": 1}, X, "seed=0, but this run has seed=1"),
        ({"epochs": 7}, X, "epochs=6, but this run has epochs=7"),
        ({}, X[:-1], "rows=60, but this run has rows=59"),
        ({}, X[:, :-1], "features=7, but this run has features=6"),
        ({}, 1 - X, "data='mean 0"),
    ],
)
def test_a_checkpoint_of_another_run_is_refused_by_name(settings, data, words, tmp_path):
    fixed = {**SETTINGS, "schedule": "linear"}
    path = tmp_path / "c"
    RBM(**fixed, callbacks=[Checkpoint(path)]).fit(X)
    with pytest.raises(CheckpointError, match=words) as caught:
        RBM(**{**fixed, **settings}).fit(data, resume=path)
    assert str(caught.value).startswith(f"{path}: was written with ")


def test_there_must_be_something_to_resume():
    with pytest.raises(ParameterError, match="resume=True needs an earlier fit"):
        RBM(**SETTINGS).fit(X, resume=True)


@pytest.mark.parametrize("momentum", [0.0, 0.9])
def test_a_diverged_estimator_keeps_its_last_good_state_and_can_be_used(momentum):
    data = RNG.normal(size=(400, 5)) * 3
    rbm = RBM(n_components=8, learning_rate=1e9, momentum=momentum, batch_size=10, random_state=0)
    with pytest.raises(DivergenceError, match=r"lower learning_rate \(now 1e\+09\)"):
        rbm.fit(data)
    assert np.isfinite(rbm.transform(data)).all()
    assert np.isfinite(rbm.components_).all()
    rbm.set_params(learning_rate=1e-3)
    before = rbm.components_.copy()
    assert np.isfinite(rbm.partial_fit(data).components_).all()
    assert not np.array_equal(rbm.components_, before)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("model", "kills", "stages"), [("rbm", 20, {0}), ("dbn", 10, {0, 1, 2}), ("gan", 6, {0})]
)
def test_killed_at_many_moments_and_resumed_equals_left_alone(model, kills, stages, tmp_path):
    """Every other kill lands while the checkpoint is being written."""
    script = Path(__file__).with_name("kill_and_resume.py")
    command = [sys.executable, str(script), str(tmp_path), model, str(kills)]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stderr
    found = json.loads(answer.stdout)
    assert found["resumed"] == found["alone"]
    assert len(found["in_write"]) == kills
    assert found["in_write"].count(True) >= kills / 4
    assert found["in_write"].count(False) >= kills / 4
    assert {stage for stage, _ in found["stands"]} == stages  # the kills cut into all of them
    assert 0 < found["stands"][-1][1] < 60
