"""Noise on purpose: of the right kind, of the right amount, and no other."""

import numpy as np
import pytest

from embudo.data.images import Corruption, corrupt
from embudo.errors import ParameterError


@pytest.fixture
def X():
    X = np.full((400, 50), 0.5, np.float32)
    X[0, 0] = np.nan
    return X


def rng():
    return np.random.default_rng(0)


def test_gaussian_noise_has_the_deviation_asked_for(X):
    damaged, missing = Corruption.parse("gaussian:0.1").apply(X, rng())
    noise = damaged[1:] - 0.5
    assert abs(noise.std() - 0.1) < 0.002
    assert abs(noise.mean()) < 0.003
    assert damaged.dtype == np.float32
    assert missing.sum() == 1


def test_noise_is_clipped(X):
    damaged = corrupt(X, "gaussian:3", rng())
    assert np.nanmin(damaged) == 0
    assert np.nanmax(damaged) == 1


def test_a_mask_hides_a_share_and_says_which(X):
    damaged, missing = Corruption("mask", 0.3).apply(X, rng())
    assert abs(missing.mean() - 0.3) < 0.015
    assert missing[0, 0]
    np.testing.assert_array_equal(damaged[~missing], 0.5)
    observed = missing & ~np.isnan(X)
    np.testing.assert_array_equal(damaged[observed], 0)


def test_salt_is_black_or_white(X):
    damaged, missing = Corruption("salt", 0.2).apply(X, rng())
    share = {v: (damaged == v).mean() for v in (0.0, 0.5, 1.0)}
    assert abs(share[0.0] - 0.1) < 0.01
    assert abs(share[1.0] - 0.1) < 0.01
    assert abs(share[0.5] - 0.8) < 0.015
    assert missing.sum() == 1


@pytest.mark.parametrize("spec", ["gaussian:0.3", "mask:1", "salt:1"])
def test_missing_stays_missing_and_the_data_stay_as_they_were(X, spec):
    before = X.copy()
    damaged = corrupt(X, spec, rng())
    assert np.isnan(damaged[0, 0])
    np.testing.assert_array_equal(X, before)
    np.testing.assert_array_equal(damaged, corrupt(X, spec, rng()))


@pytest.mark.parametrize(
    "spec",
    ["", "gaussian", "gaussian:", "gaussian:x", "gaussian:0", "gaussian:-1", "gaussian:inf"]
    + ["gaussian:nan", "mask:1.1", "mask:0", "salt:-0.1", "snow:0.3", "mask:0.1:0.2"],
)
def test_other_specs_are_refused(spec):
    with pytest.raises(ParameterError, match="such as mask:0.3"):
        Corruption.parse(spec)
