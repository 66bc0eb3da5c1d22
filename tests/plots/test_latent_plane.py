"""On the plane stands what is decoded from the codes of its places."""

import numpy as np
import pandas as pd
import pytest

from embudo import RBM, ParameterError
from embudo.plots import LatentPlaneDisplay


def test_two_components_vary_and_the_others_are_at_their_mean(
    picture_rbm: RBM, pixels: np.ndarray
) -> None:
    display = LatentPlaneDisplay.from_estimator(picture_rbm, pixels, components=(4, 1), n=3)
    codes = picture_rbm.transform(pixels)
    low, high = np.quantile(codes, [0.05, 0.95], axis=0)
    assert display.across == pytest.approx(np.linspace(low[4], high[4], 3), abs=1e-6)
    assert display.up == pytest.approx(np.linspace(low[1], high[1], 3), abs=1e-6)
    code = codes.mean(0)
    code[4], code[1] = low[4], high[1]
    expected = picture_rbm.inverse_transform(code[None]).reshape(3, 3)
    assert display.pictures[2, 0] == pytest.approx(expected, abs=1e-6)


def test_the_second_component_grows_upwards(picture_rbm: RBM, pixels: np.ndarray) -> None:
    display = LatentPlaneDisplay.from_estimator(picture_rbm, pixels, n=3)
    sheet = np.asarray(display.ax_.images[0].get_array())
    assert sheet.shape == (11, 11, 4)
    for row in range(3):
        for column in range(3):
            top, left = 4 * (2 - row), 4 * column
            ink = 1 - sheet[top : top + 3, left : left + 3, 0]
            assert ink == pytest.approx(display.pictures[row, column], abs=1e-6)
    assert list(display.ax_.get_xticks()) == [1, 5, 9]
    assert list(display.ax_.get_yticks()) == [9, 5, 1]
    assert display.ax_.get_xlabel() == "component 0"
    assert display.ax_.get_ylabel() == "component 1"


def test_places_are_labelled_by_their_codes() -> None:
    pictures = np.zeros((12, 12, 2, 4))
    display = LatentPlaneDisplay(
        pictures, np.linspace(-11, 11, 12), np.linspace(0, 0.11, 12)
    ).plot()
    across = [label.get_text() for label in display.ax_.get_xticklabels()]
    assert across == [f"{value}.0".replace("-", "\N{MINUS SIGN}") for value in range(-11, 11, 4)]
    up = [label.get_text() for label in display.ax_.get_yticklabels()]
    assert up == ["0.000", "0.020", "0.040", "0.060", "0.080", "0.100"]


def test_a_single_picture_is_at_the_low_end(picture_rbm: RBM, pixels: np.ndarray) -> None:
    assert LatentPlaneDisplay.from_estimator(picture_rbm, pixels, n=1).pictures.shape[:2] == (1, 1)


@pytest.mark.parametrize("components", [(0, 0), (0, 6), (-1, 2), (0, 1, 2)])
def test_components_that_are_none_are_refused(
    picture_rbm: RBM, pixels: np.ndarray, components: tuple[int, int]
) -> None:
    with pytest.raises(ParameterError, match="two different ones of the model's 6"):
        LatentPlaneDisplay.from_estimator(picture_rbm, pixels, components=components)


def test_a_table_is_no_plane_of_pictures(people_rbm: RBM, people: pd.DataFrame) -> None:
    with pytest.raises(ParameterError, match="take InterpolationDisplay"):
        LatentPlaneDisplay.from_estimator(people_rbm, people)
