"""Autoencoders whose lowest layers are convolutions."""

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_digits

from embudo import (
    Autoencoder,
    ContractiveAutoencoder,
    DenoisingAutoencoder,
    ParameterError,
    SparseAutoencoder,
    VariationalAutoencoder,
    load,
)

DIGITS = load_digits().data / 16
CONV = {
    "architecture": "conv",
    "channels": (8, 16),
    "hidden": (32,),
    "n_components": 10,
    "epochs": 4,
    "random_state": 0,
}
PICTURED = {**CONV, "architecture": "fully_conv", "hidden": None, "n_components": 12}


@pytest.mark.parametrize(
    "model",
    [
        Autoencoder(**CONV),
        DenoisingAutoencoder(**PICTURED),
        ContractiveAutoencoder(**PICTURED),
        Autoencoder(tied=True, pretrain="denoising", **CONV),
        DenoisingAutoencoder(dropout=0.1, **CONV),
        SparseAutoencoder(k=5, **CONV),
        ContractiveAutoencoder(**CONV),
        VariationalAutoencoder(**CONV),
    ],
    ids=lambda model: f"{type(model).__name__}-{model.architecture}",
)
def test_every_autoencoder_learns_with_convolutions(model, tmp_path):
    holes = DIGITS.copy()
    holes[::7, 10:20] = np.nan
    model.fit(holes)
    lost = model.history_["kl_divergence"]
    assert lost[-1] < lost[0]
    assert model.transform(DIGITS, layer=0).shape == (1797, 4 * 4 * 8)
    assert model.transform(DIGITS).shape == (1797, model.n_components)
    filled = model.impute(holes)
    assert not np.isnan(filled).any()
    np.testing.assert_array_equal(filled[1], DIGITS[1])
    model.save(tmp_path / "conv.embudo")
    np.testing.assert_array_equal(
        load(tmp_path / "conv.embudo").reconstruct(DIGITS), model.reconstruct(DIGITS)
    )


def test_a_convolution_sees_no_more_than_its_patch():
    model = Autoencoder(**CONV).fit(DIGITS)
    changed = DIGITS[:1].copy()
    changed[0, 0] += 0.5  # the corner above on the left
    moved = np.abs(model.transform(changed, layer=0) - model.transform(DIGITS[:1], layer=0))
    points = moved.reshape(4, 4, 8).max(2)
    assert points[0, 0] > 0
    assert points[1:].max() == points[:, 1:].max() == 0


def test_real_numbers_and_odd_sizes_make_pictures_too():
    rows = np.random.default_rng(0).normal(5, 3, (60, 9 * 7 * 3))
    model = Autoencoder(image_shape=(9, 7, 3), **CONV).fit(rows)
    assert model.transform(rows, layer=0).shape == (60, 4 * 3 * 8)
    assert model.reconstruct(rows).shape == rows.shape


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"image_shape": (5, 5)}, r"image_shape=\(5, 5\) does not say how 64 columns"),
        ({"image_shape": (64,)}, r"does not say how 64 columns"),
        ({"channels": (8, 8, 8, 8)}, "4 times, for which both sides need at least 16 pixels"),
    ],
)
def test_what_is_no_such_picture_is_refused(settings, message):
    with pytest.raises(ParameterError, match=message):
        Autoencoder(**{**CONV, **settings}).fit(DIGITS)


def test_a_code_that_is_a_picture_keeps_what_is_where():
    model = DenoisingAutoencoder(**PICTURED).fit(DIGITS)
    changed = DIGITS[:1].copy()
    changed[0, 0] += 0.5
    moved = np.abs(model.transform(changed) - model.transform(DIGITS[:1])).reshape(2, 2, 3)
    assert moved[0, 0].max() > 0
    far = Autoencoder(**{**PICTURED, "channels": (8,), "n_components": 48}).fit(DIGITS)
    moved = np.abs(far.transform(changed) - far.transform(DIGITS[:1])).reshape(4, 4, 3).max(2)
    assert moved[:2, :2].max() > 0
    assert moved[2:].max() == moved[:, 2:].max() == 0


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (Autoencoder(**{**PICTURED, "hidden": (8,)}), "has convolutions only"),
        (Autoencoder(**{**PICTURED, "n_components": 10}), "leaves 2 x 2 points.* such as 8"),
        (VariationalAutoencoder(**PICTURED), "cannot draw or revive"),
        (SparseAutoencoder(**PICTURED), "cannot draw or revive"),
    ],
)
def test_codes_that_are_no_pictures_are_refused(model, message):
    with pytest.raises(ParameterError, match=message):
        model.fit(DIGITS)


def test_tables_are_no_pictures():
    mixed = pd.DataFrame({"a": [0.1, 5.0, 2.0], "b": ["x", "y", "z"]})
    with pytest.raises(ParameterError, match="take architecture='dense'"):
        Autoencoder(**CONV).fit(mixed)
    with pytest.raises(ParameterError, match="image_shape=None does not say how 63 columns"):
        Autoencoder(**CONV).fit(DIGITS[:, 1:])
