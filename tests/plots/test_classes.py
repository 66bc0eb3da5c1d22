"""Samples of each class stand in a row of their own."""

import numpy as np
import pytest
import torch

from embudo import RBM, ParameterError, RBMClassifier
from embudo.plots import ClassSampleDisplay, FreeEnergyDisplay
from embudo.plots.units import names_of_units


@pytest.fixture(scope="module")
def classifier(pixels: np.ndarray) -> RBMClassifier:
    """One hidden unit, which the class "up" holds on, and which lights the uppermost pixels.

    Otherwise it is off, and the lowest ones are lit.
    """
    y = np.array(["up", "down"] * 40)
    model = RBMClassifier(n_components=1, epochs=1, random_state=0).fit(pixels, y)
    module = model.module_
    weights = torch.tensor([6.0] * 3 + [0.0] * 3 + [-6.0] * 3)
    biases = torch.tensor([-3.0] * 3 + [0.0] * 3 + [3.0] * 3)
    module.weight[:9, 0], module.visible_bias[:9] = weights, biases
    module.weight[module.layer.label, 0] = torch.tensor([-30.0, 30.0])
    module.visible_bias[module.layer.label] = 0
    module.hidden_bias.zero_()
    return model


def test_a_row_holds_samples_of_its_class(classifier: RBMClassifier) -> None:
    display = ClassSampleDisplay.from_estimator(classifier, n=40, steps=20, random_state=1)
    assert display.samples.shape == (2, 40, 3, 3)
    assert display.classes == ["down", "up"]
    often = 1 / (1 + np.exp(-3))
    expected = np.array([[1 - often, 0.5, often], [often, 0.5, 1 - often]])  # by rows of pixels
    assert display.samples == pytest.approx(
        np.broadcast_to(expected[:, None, :, None], (2, 40, 3, 3)), abs=1e-4
    )
    labels = [label.get_text() for label in display.ax_.get_yticklabels()]
    assert labels == ["down", "up"]
    sheet = np.asarray(display.ax_.images[0].get_array())
    assert sheet[4:7, 4:7, 0] == pytest.approx(1 - display.samples[1, 1])


def test_samples_are_the_models_own(classifier: RBMClassifier) -> None:
    display = ClassSampleDisplay.from_estimator(classifier, n=2, steps=5, random_state=3)
    y = ["down", "down", "up", "up"]
    expected = classifier.sample(4, y=y, steps=5, means=True, random_state=3)
    assert np.array_equal(display.samples.reshape(4, 9), expected)


def test_a_model_without_classes_is_told_so(picture_rbm: RBM) -> None:
    with pytest.raises(ParameterError, match="RBM does not draw from a class"):
        ClassSampleDisplay.from_estimator(picture_rbm)  # type: ignore[arg-type]


def test_free_energies_are_those_of_rows_without_their_label(
    classifier: RBMClassifier, pixels: np.ndarray
) -> None:
    display = FreeEnergyDisplay.from_estimator(classifier, pixels, steps=20)  # type: ignore[arg-type]
    assert display.train == pytest.approx(classifier.free_energy(pixels), abs=1e-4)
    corners = np.array([[(i >> bit) & 1 for bit in range(9)] for i in range(512)], float)
    allowed = classifier.free_energy(corners)
    assert np.abs(display.fantasies[:, None] - allowed).min(1).max() < 1e-4


def test_the_label_is_no_column(classifier: RBMClassifier) -> None:
    units, names = names_of_units(classifier)
    assert names == [f"x{i}" for i in range(9)]
    assert list(units) == list(range(9))
