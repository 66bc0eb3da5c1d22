"""Between two rows stands what is decoded from the line between their codes."""

import numpy as np
import pandas as pd
import pytest
from sklearn.cluster import DBSCAN
from sklearn.decomposition import PCA

from embudo import RBM, DataError, ParameterError
from embudo.plots import InterpolationDisplay
from embudo.plots.colours import ACCENT, COUNTER, rgb


def test_the_line_between_two_codes_is_decoded(picture_rbm: RBM, pixels: np.ndarray) -> None:
    display = InterpolationDisplay.from_estimator(picture_rbm, pixels[0], pixels[1:2], steps=3)
    start, end = picture_rbm.transform(pixels[:2])
    codes = np.stack([start, (start + end) / 2, end])
    assert display.ends.reshape(2, 9) == pytest.approx(pixels[:2])
    expected = picture_rbm.inverse_transform(codes)
    assert display.decoded.reshape(3, 9) == pytest.approx(expected, abs=1e-6)


def test_the_strip_has_the_rows_at_its_ends(picture_rbm: RBM, pixels: np.ndarray) -> None:
    display = InterpolationDisplay.from_estimator(picture_rbm, pixels[0], pixels[1], steps=3)
    strip = np.asarray(display.ax_.images[0].get_array())
    assert strip.shape == (3, 3 + 2 + 11 + 2 + 3, 4)
    assert 1 - strip[:, :3, 0] == pytest.approx(pixels[0].reshape(3, 3))
    assert 1 - strip[:, -3:, 0] == pytest.approx(pixels[1].reshape(3, 3))
    for step in range(3):
        left = 5 + 4 * step
        assert 1 - strip[:, left : left + 3, 0] == pytest.approx(display.decoded[step], abs=1e-6)
    assert not strip[:, 3:5, 3].any()
    labels = [label.get_text() for label in display.ax_.get_xticklabels()]
    assert labels == ["first row", "0%", "50%", "100%", "second row"]
    assert list(display.ax_.get_xticks()) == [1, 6, 10, 14, 19]


def test_other_models_do_where_the_shape_is_given(pixels: np.ndarray) -> None:
    pca = PCA(9).fit(pixels)
    first, second = pixels[:2].astype(float)
    display = InterpolationDisplay.from_estimator(
        pca,
        first,
        second,
        steps=5,
        image_shape=(3, 3),
    )
    line = np.linspace(first, second, 5).reshape(5, 3, 3)
    assert display.decoded == pytest.approx(line, abs=1e-6)


def test_a_table_is_a_heat_map_of_its_columns(people_rbm: RBM, people: pd.DataFrame) -> None:
    short, tall = people.sort_values("height").iloc[[0, -1]].index
    first, second = people.loc[[short]], people.loc[[tall]]
    display = InterpolationDisplay.from_estimator(people_rbm, first, second, steps=4)
    names = [f"drink = {drink}" for drink in ("milk", "tea", "water")]
    assert display.names == ["height", "sex = m", "mass", *names]
    deviation = people["height"].std(ddof=0)
    heights = (np.array([first, second])[:, 0, 0] - people["height"].mean()) / deviation
    assert display.ends[:, 0] == pytest.approx(heights.astype(float), abs=0.05)
    drinks = [
        [name == f"drink = {row['drink'].iloc[0]}" for name in names] for row in (first, second)
    ]
    assert np.array_equal(display.ends[:, 3:], drinks)
    assert display.decoded.shape == (4, 6)
    sheet = np.asarray(display.ax_.images[0].get_array())
    assert sheet.shape == (6, 1 + 1 + 4 + 1 + 1, 4)
    assert sheet[0, 0, :3] == pytest.approx(rgb(COUNTER))
    assert sheet[0, -1, :3] == pytest.approx(rgb(ACCENT))
    assert not sheet[:, [1, -2], 3].any()
    assert [label.get_text() for label in display.ax_.get_yticklabels()] == list(display.names)


def test_what_is_missing_is_left_blank(people_rbm: RBM, people: pd.DataFrame) -> None:
    first = people[:1].copy()
    first["mass"] = np.nan
    display = InterpolationDisplay.from_estimator(people_rbm, first, people[1:2])
    assert np.isnan(display.ends[0, 2])
    assert np.asarray(display.ax_.images[0].get_array())[2, 0, 3] == 0


def test_of_many_columns_those_that_change_most_are_shown() -> None:
    X = (np.random.default_rng(0).random((40, 50)) < 0.5).astype(np.float32)
    rbm = RBM(n_components=3, epochs=1, random_state=0).fit(X)
    display = InterpolationDisplay.from_estimator(rbm, X[0], X[1])
    moves = np.abs(np.subtract(*rbm.inverse_transform(rbm.transform(X[:2]))))
    shown = sorted(np.argsort(-moves)[:40].tolist())
    assert display.names == [f"x{at}" for at in shown]


def test_what_cannot_be_drawn_is_told(picture_rbm: RBM, pixels: np.ndarray) -> None:
    with pytest.raises(DataError, match="second has 2 rows"):
        InterpolationDisplay.from_estimator(picture_rbm, pixels[0], pixels[:2])
    with pytest.raises(ParameterError, match="at least 2"):
        InterpolationDisplay.from_estimator(picture_rbm, pixels[0], pixels[1], steps=1)
    with pytest.raises(ParameterError, match="DBSCAN makes no rows of codes"):
        InterpolationDisplay.from_estimator(DBSCAN(), pixels[0], pixels[1])
    with pytest.raises(ParameterError, match="PCA does not know its columns: give image_shape"):
        InterpolationDisplay.from_estimator(PCA(3).fit(pixels), pixels[0], pixels[1])
