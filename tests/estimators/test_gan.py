"""The GAN where the answer is known: modes, classes, and what both players come to."""

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.datasets import load_digits
from sklearn.neighbors import KNeighborsClassifier

from embudo import GAN, DataError
from embudo.data.synthetic import ring_centres, ring_of_gaussians
from embudo.kernels.modes import class_shares, nearest_modes

DIGITS, LABELS = load_digits(return_X_y=True)
DIGITS = DIGITS / 16


def test_all_modes_of_a_ring_are_found():
    X, _ = ring_of_gaussians(4000, np.random.default_rng(0), deviation=0.1)
    settings = {"n_components": 2, "width": 64, "batch_size": 100, "epochs": 30}
    gan = GAN(**settings, penalty_end=0.01, random_state=0).fit(X)
    made = torch.from_numpy(gan.sample(2000, random_state=0)).float()
    near = nearest_modes(made, torch.from_numpy(ring_centres(8)), 0.3)
    shares = class_shares(near, 8)
    assert float(shares.sum()) > 0.7
    assert float(shares.min()) > 0.04


@pytest.fixture(scope="module")
def told():
    """A generator of two digits that are told apart, and one whose labels were permuted."""
    two = LABELS < 2
    X, y = DIGITS[two], LABELS[two]
    settings = {"n_components": 8, "width": 48, "epochs": 30, "batch_size": 60, "random_state": 0}
    return X, y, GAN(**settings).fit(X, y), GAN(**settings).fit(X, 1 - y)


def agreement(X, y, gan):
    judge = KNeighborsClassifier(3).fit(X, y)
    asked = np.repeat([0, 1], 100)
    return (judge.predict(gan.sample(200, y=asked, random_state=0)) == asked).mean()


def test_the_class_that_is_asked_for_is_made(told):
    X, y, gan, permuted = told
    assert agreement(X, y, gan) > 0.9
    assert agreement(X, y, permuted) < 0.1  # labels are what tells classes, and nothing else


def test_a_row_passes_for_its_own_class(told):
    X, y, gan, _ = told
    own, other = gan.discriminate(X, y), gan.discriminate(X, 1 - y)
    assert (own > other).mean() > 0.9


def test_classes_neither_come_nor_go():
    gan = GAN(n_components=2, width=4, depth=1, epochs=1, random_state=0)
    with pytest.raises(DataError, match="was fitted with y: go on likewise"):
        gan.fit(DIGITS, LABELS).partial_fit(DIGITS)
    with pytest.raises(DataError, match="was fitted without y: go on likewise"):
        gan.fit(DIGITS).partial_fit(DIGITS, LABELS)


def test_the_history_tells_of_both_players():
    gan = GAN(n_components=2, width=8, depth=1, epochs=2, random_state=0).fit(DIGITS)
    assert {
        "discriminator_loss",
        "generator_loss",
        "d_real",
        "d_fake",
        "penalty",
        "discriminator_slope",
        "generator_slope",
    } <= set(gan.history_.columns)
    assert gan.verdict_ == gan.history_[-1].remark != ""


def test_blocks_are_the_rows_of_one_draw(monkeypatch):
    monkeypatch.setattr("embudo.estimators.generating._BLOCK_ROWS", 50)
    monkeypatch.setattr("embudo.estimators.generating._UNITS_AT_ONCE", 64 * 20)
    gan = GAN(n_components=2, width=8, depth=1, epochs=1, random_state=0).fit(DIGITS, LABELS)
    blocks = list(gan.sample_blocks(130, random_state=3))
    assert [len(block) for block in blocks] == [60, 60, 10]
    np.testing.assert_array_equal(np.concatenate(blocks), gan.sample(130, random_state=3))


def test_spikes_and_limits_of_a_frames_numbers_are_kept():
    draws = np.random.default_rng(0)
    gains = np.where(draws.random(2000) < 0.9, 0.0, draws.lognormal(8, 1, 2000))
    hours = np.where(draws.random(2000) < 0.5, 40, draws.integers(1, 99, 2000))
    people = pd.DataFrame({"gain": gains, "hours": hours})
    settings = {"n_components": 4, "width": 32, "epochs": 25, "batch_size": 100}
    made = GAN(**settings, random_state=0).fit(people).sample(2000, random_state=0)
    assert 0.8 < (made.gain == 0).mean() < 0.97
    assert 0.35 < (made.hours == 40).mean() < 0.65
    assert made.hours.dtype == people.hours.dtype
    for name in people:
        assert people[name].min() <= made[name].min() <= made[name].max() <= people[name].max()
    settings["epochs"] = 5  # a spike takes no time to be met, or is not met at all
    scaled = GAN(**settings, numbers="scaled", random_state=0).fit(people)
    assert (scaled.sample(2000, random_state=0).gain == 0).mean() < 0.1
