"""Early stopping by the Fréchet distance: it ends, goes back, and survives an interruption."""

import signal

import numpy as np
import pytest
import torch
from sklearn.exceptions import ConvergenceWarning

from embudo import GAN, RBM, Callback, DataError, ParameterError
from embudo.metrics import FrechetStopping, frechet_distance

X = np.random.default_rng(0).normal(size=(120, 3)).astype(np.float32)
SETTINGS = {"n_components": 2, "width": 8, "depth": 1, "batch_size": 40, "random_state": 0}


class Press(Callback):
    """Presses Ctrl-C at a step."""

    def on_step(self, run):
        if run.step == 8:
            signal.raise_signal(signal.SIGINT)


def trained(*callbacks, **settings):
    return GAN(**{**SETTINGS, "epochs": 6, **settings}, callbacks=callbacks).fit(X)


def test_without_improvement_it_ends_and_goes_back_to_the_best_epoch():
    stopping = FrechetStopping(X, lambda rows: rows[:, :1] * 0, patience=2)
    gan = trained(stopping, epochs=50, learning_rate=0.01)
    assert gan.n_iter_ == 3
    assert list(gan.history_["frechet_score"]) == [0, 0, 0]
    assert int(gan.module_.updates) == 3  # those of the first epoch


def test_what_it_measures_is_the_distance_of_samples():
    gan = trained(FrechetStopping(X, random_state=7))
    best = max(gan.history_["frechet_score"])
    made = gan.sample(len(X), random_state=7)
    assert -best == pytest.approx(frechet_distance(X, made), rel=1e-4)


def test_interrupted_and_resumed_equals_left_alone():
    alone = trained(FrechetStopping(X, patience=3), epochs=9)
    gan = GAN(**SETTINGS, epochs=9, callbacks=[FrechetStopping(X, patience=3), Press()])
    with pytest.warns(ConvergenceWarning, match="interrupted"):
        gan.fit(X)
    gan.callbacks = [FrechetStopping(X, patience=3)]
    gan.fit(X, resume=True)
    assert list(gan.history_["frechet_score"]) == list(alone.history_["frechet_score"])
    for name, tensor in gan.module_.state_dict().items():
        assert torch.equal(tensor, alone.module_.state_dict()[name]), name


def test_classes_are_made_as_often_as_met():
    labels = np.arange(120) % 3
    stopping = FrechetStopping(X, patience=2)
    gan = GAN(**SETTINGS, epochs=2, callbacks=[stopping]).fit(X, labels)
    assert np.isfinite(gan.history_["frechet_score"]).all()


def test_refusals():
    with pytest.raises(ParameterError, match=r"another measure already: set early_stopping=False"):
        trained(FrechetStopping(X), early_stopping=True)
    with pytest.raises(ParameterError, match="makes up while it learns"):
        RBM(epochs=1, callbacks=[FrechetStopping(X)]).fit(abs(X) > 1)
    with pytest.raises(ParameterError, match="patience must be at least 1, but is 0"):
        FrechetStopping(X, patience=0)
    with pytest.raises(DataError, match="real holds 1 rows"):
        FrechetStopping(X[:1])
