"""The chain player: its states are a chain of the model, and every one of them is shown."""

import io
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from matplotlib import pyplot
from PIL import Image

from embudo import RBM, ParameterError
from embudo.plots import ChainAnimation
from embudo.plots.gif import gif_bytes
from embudo.plots.walk import walk


def test_visible_states_are_the_means_given_the_hidden_ones(
    picture_rbm: RBM, pixels: np.ndarray
) -> None:
    found = walk(picture_rbm, pixels, steps=6, every=1, random_state=0)
    assert np.array_equal(found.visible[0], pixels[0])
    assert np.isin(found.hidden, (0, 1)).all()
    assert found.visible[1:] == pytest.approx(picture_rbm.inverse_transform(found.hidden), abs=1e-6)


def test_the_walk_has_the_models_distribution() -> None:
    """Frequencies of hidden states in one long walk equal p(h), by enumeration."""
    rbm = RBM(n_components=2, epochs=1, random_state=0).fit(np.eye(3))
    rbm.module_.weight.copy_(torch.tensor([[1.0, -1.0], [0.5, 1.0], [-1.0, 0.3]]))
    found = walk(rbm, None, steps=2500, every=1, random_state=0)
    hidden = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], float)
    fields = rbm.intercept_visible_ + hidden @ rbm.components_
    p = np.exp(hidden @ rbm.intercept_hidden_ + np.log1p(np.exp(fields)).sum(1))
    p /= p.sum()
    codes = (found.hidden @ [2, 1]).astype(int)
    shares = np.bincount(codes, minlength=4) / len(codes)
    assert shares == pytest.approx(p, abs=0.04)


def test_it_starts_at_the_row_and_at_base_rates_where_that_has_holes(
    people_rbm: RBM, people: pd.DataFrame
) -> None:
    holed = people.copy()
    holed.loc[0, "drink"] = None
    start = walk(people_rbm, holed, steps=1, every=1, random_state=0).rows[0]
    layout = people_rbm.layout_
    row = layout.frame(start[None])
    assert row["height"][0] == pytest.approx(people["height"][0], rel=1e-5)
    assert row["sex"][0] == people["sex"][0]
    states = walk(people_rbm, holed, steps=1, every=1, random_state=0).visible[0]
    blocks = people_rbm.module_.layer.stretch("softmax")
    bias = people_rbm.intercept_visible_[blocks]
    assert states[blocks] == pytest.approx(np.exp(bias) / np.exp(bias).sum(), rel=1e-5)


def test_frames_go_up_and_down_in_turn(picture_rbm: RBM, pixels: np.ndarray) -> None:
    chain = ChainAnimation.from_estimator(picture_rbm, pixels, steps=3)
    assert chain.n_frames_ == 7
    told = []
    for frame in range(7):
        chain.draw(frame)
        texts = [text.get_text() for text in chain.axes_[1].texts if text.get_text()]
        told.append((chain.axes_[0].get_title(loc="left")[-1], *texts))
    assert told[0] == ("x", "step 0\nof 3")
    assert told[1] == ("x", "y ~ p(h | x)", "step 1\nof 3")
    assert told[2] == ("r", "r = E[v | y]", "step 1\nof 3")
    assert told[3] == ("r", "y ~ p(h | r)", "step 2\nof 3")
    assert told[6] == ("r", "r = E[v | y]", "step 3\nof 3")


def test_each_frame_shows_its_states(picture_rbm: RBM, pixels: np.ndarray) -> None:
    chain = ChainAnimation.from_estimator(picture_rbm, pixels, steps=2)
    chain.draw(4)
    left, _, right = chain.axes_
    picture = np.asarray(left.images[0].get_array())[..., 0]
    assert picture == pytest.approx(1 - chain.walk.rows[2].reshape(3, 3))
    cells = np.asarray(right.images[0].get_array())
    lit = cells[::7, ::7][:, :3, 3].ravel()[:6] > 0.5  # a cell is 6 pixels and a gap
    assert np.array_equal(lit, chain.walk.hidden[1] == 1)
    chain.draw(0)
    assert np.asarray(right.images[0].get_array())[..., 3].max() < 0.5


def test_a_table_is_bars_of_probabilities_and_deviations(
    people_rbm: RBM, people: pd.DataFrame
) -> None:
    chain = ChainAnimation.from_estimator(people_rbm, people, steps=2)
    left = chain.axes_[0]
    names = [label.get_text() for label in left.get_yticklabels()]
    widths = dict(zip(names, (bar.get_width() for bar in left.patches), strict=True))
    height = people["height"]
    z = (height[0] - height.mean()) / height.std(ddof=0)
    assert widths["height"] == pytest.approx(z / 3, abs=1e-4)
    assert widths["sex = m"] == float(people["sex"][0] == "m")
    assert widths[f"drink = {people['drink'][0]}"] == 1
    assert left.get_xlim() == (-1, 1)


def test_with_every_a_frame_shows_the_hidden_states_that_made_it(
    picture_rbm: RBM, pixels: np.ndarray
) -> None:
    chain = ChainAnimation.from_estimator(picture_rbm, pixels, steps=10, every=4)
    assert chain.walk.sweeps == [4, 8, 10]
    assert chain.n_frames_ == 4
    close = walk(picture_rbm, pixels, steps=10, every=1, random_state=0)
    assert np.array_equal(chain.walk.hidden, close.hidden[[3, 7, 9]])


def test_the_gif_has_all_frames_and_plays_for_ever(
    picture_rbm: RBM, pixels: np.ndarray, tmp_path: Path
) -> None:
    chain = ChainAnimation.from_estimator(picture_rbm, pixels, steps=2)
    chain.save(tmp_path / "chain.gif", seconds=0.2, dpi=40)
    with Image.open(tmp_path / "chain.gif") as picture:
        assert picture.format == "GIF"
        assert picture.n_frames == 5
        assert picture.info["loop"] == 0
        times = []
        for frame in range(5):
            picture.seek(frame)
            times.append(picture.info["duration"])
            assert picture.convert("RGB").getpixel((0, 0)) == (255, 255, 255)
    assert times == [600, 200, 200, 200, 600]
    html = chain._repr_html_()
    assert html.startswith('<img src="data:image/gif;base64,R0lGOD')


def test_colours_of_the_gif_are_those_that_were_drawn() -> None:
    figure, ax = pyplot.subplots(figsize=(1, 1), layout="constrained")
    colours = ["#3273d8", "#c2541b", "#757575"]
    ax.set_position((0, 0, 1, 1))
    ax.set_axis_off()

    def draw(frame: int) -> None:
        figure.patch.set_facecolor("white")
        for patch in list(ax.patches):
            patch.remove()
        ax.add_patch(pyplot.Rectangle((0, 0), 1, 1, color=colours[frame]))

    content = gif_bytes(figure, draw, [0.1] * 3, dpi=40)
    with Image.open(io.BytesIO(content)) as picture:
        for frame, code in enumerate(colours):
            picture.seek(frame)
            found = picture.convert("RGB").getpixel((20, 20))
            expected = tuple(int(code[at : at + 2], 16) for at in (1, 3, 5))
            assert np.abs(np.subtract(found, expected)).max() <= 6


def test_only_a_gif_can_be_saved(picture_rbm: RBM, pixels: np.ndarray, tmp_path: Path) -> None:
    chain = ChainAnimation.from_estimator(picture_rbm, pixels, steps=1)
    with pytest.raises(ParameterError, match=r"\.gif"):
        chain.save(tmp_path / "chain.mp4")
    assert not list(tmp_path.iterdir())


def test_it_takes_the_place_it_is_given(picture_rbm: RBM, pixels: np.ndarray) -> None:
    figure, (left, right) = pyplot.subplots(1, 2)
    chain = ChainAnimation.from_estimator(picture_rbm, pixels, steps=1, ax=right)
    figure.canvas.draw()
    assert chain.figure_ is figure
    assert all(ax.get_position().x0 > left.get_position().x1 for ax in chain.axes_)
    with pytest.raises(ParameterError, match="subplots"):
        chain.plot(pyplot.figure().add_axes((0, 0, 1, 1)))
