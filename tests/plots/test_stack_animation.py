"""A deep model at work: what is shown are states that it goes through, with their distribution."""

from collections.abc import Sequence
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from matplotlib import pyplot
from PIL import Image

from embudo import DBM, DBN
from embudo.plots import StackAnimation
from embudo.plots.colours import ACCENT, GREY
from embudo.plots.trace import Sweeps, Trace, trace

WEIGHTS = torch.tensor([[1.5, -1.0], [0.5, 1.0], [-1.0, 0.5]])
ABOVE = torch.tensor([[1.0, -2.0], [-1.0, 1.5]])


@pytest.fixture(scope="module")
def rows() -> np.ndarray:
    return np.tile([1.0, 0.0, 1.0], (3000, 1))


@pytest.fixture(scope="module")
def tiny_dbn() -> DBN:
    dbn = DBN(hidden=(2, 2), epochs=1, random_state=0).fit(np.eye(3))
    for rbm, weight in zip(dbn.module_.rbms, (WEIGHTS, ABOVE), strict=True):
        rbm.weight.copy_(weight)
        rbm.visible_bias.fill_(0.3)
        rbm.hidden_bias.fill_(-0.2)
    return dbn


@pytest.fixture(scope="module")
def seen_by_dbn(tiny_dbn: DBN, rows: np.ndarray) -> Trace:
    return trace(tiny_dbn, rows, 3000, Sweeps(30, 15), 0)


@pytest.fixture(scope="module")
def small(pixels: np.ndarray) -> DBN:
    return DBN(hidden=(5, 4, 3), epochs=1, random_state=0).fit(pixels)


def binary(n: int) -> np.ndarray:
    return np.array(list(product([0, 1], repeat=n)), float)


def shares(states: np.ndarray) -> np.ndarray:
    """How often each state occurs, in the order of :func:`binary`."""
    n = states.shape[1]
    codes = (states @ (2 ** np.arange(n)[::-1])).astype(int)
    return np.bincount(codes, minlength=2**n) / len(codes)


def test_the_way_up_is_drawn_from_what_the_model_makes_of_the_rows(
    tiny_dbn: DBN, seen_by_dbn: Trace, rows: np.ndarray
) -> None:
    mean = tiny_dbn.transform(rows[:1], layer=0)[0]
    found = seen_by_dbn.layers[1][0]
    assert np.isin(found, (0, 1)).all()
    assert found.mean(0) == pytest.approx(mean, abs=0.03)


def test_the_dream_has_the_topmost_machines_distribution(seen_by_dbn: Trace) -> None:
    """Pairs of states of the two highest layers occur as often as enumeration says."""
    low, high = binary(2), binary(2)
    energy = low @ ABOVE.numpy() @ high.T + (0.3 * low.sum(1))[:, None] - 0.2 * high.sum(1)
    p = np.exp(energy) / np.exp(energy).sum()
    for moment in (-2, -1):
        both = np.concatenate([seen_by_dbn.layers[1][moment], seen_by_dbn.layers[2][moment]], 1)
        assert shares(both) == pytest.approx(p.ravel(), abs=0.03)


def test_the_pass_down_gives_the_means_of_what_was_dreamt(
    tiny_dbn: DBN, seen_by_dbn: Trace, rows: np.ndarray
) -> None:
    assert np.array_equal(seen_by_dbn.rows[0], rows)
    dreamt = tiny_dbn.inverse_transform(seen_by_dbn.layers[1][-1], layer=0)
    assert seen_by_dbn.rows[-1] == pytest.approx(dreamt, abs=1e-6)


def test_scenes_go_up_dream_and_go_down(small: DBN, pixels: np.ndarray) -> None:
    scenes = trace(small, pixels, 2, Sweeps(5, 2), 0).scenes
    assert [(scene.lit, scene.arrow, scene.text) for scene in scenes] == [
        ((0,), "", "rows of data: x"),
        ((1,), "↑", "up: h1 ~ q(h | x)"),
        ((2,), "↑", "up: h2 ~ q(h | h1)"),
        ((3,), "↑", "up: h3 ~ q(h | h2)"),
        ((2, 3), "↕", "the topmost machine dreams: sweep 2 of 5"),
        ((2, 3), "↕", "the topmost machine dreams: sweep 4 of 5"),
        ((2, 3), "↕", "the topmost machine dreams: sweep 5 of 5"),
        ((1,), "↓", "down: h1 ~ p(h | h2)"),
        ((0,), "↓", "down: r = E[v | h1]"),
    ]
    assert scenes[0].states == (0, None, None, None)
    assert scenes[-1].states == (1, 1, 3, 3)


def test_one_layer_is_the_machine_alone(pixels: np.ndarray) -> None:
    dbn = DBN(hidden=(4,), epochs=1, random_state=0).fit(pixels)
    found = trace(dbn, pixels, 3, Sweeps(2, 1), 0)
    assert [scene.lit for scene in found.scenes] == [(0,), (1,), (0, 1), (0, 1)]
    assert ((found.rows[1] > 0) & (found.rows[1] < 1)).all()


def joint(weights: Sequence[np.ndarray], bias: float, sizes: Sequence[int]) -> np.ndarray:
    """Probabilities of all states of a deep Boltzmann machine, its biases being all the same."""
    states = binary(sum(sizes))
    layers = np.split(states, np.cumsum(sizes)[:-1], axis=1)
    energy = bias * states.sum(1)
    for below, weight, above in zip(layers[:-1], weights, layers[1:], strict=True):
        energy = energy + ((below @ weight) * above).sum(1)
    return np.exp(energy) / np.exp(energy).sum()


def test_all_layers_of_a_deep_machine_dream_with_its_distribution(rows: np.ndarray) -> None:
    dbm = DBM(hidden=(2, 2), epochs=1, pretrain_epochs=0, random_state=0).fit(np.eye(3))
    parts = dbm.module_.deep()
    for part, weight in zip(parts.weights, (WEIGHTS, ABOVE), strict=True):
        part.copy_(weight)
    for bias in parts.biases:
        bias.fill_(-0.2)
    found = trace(dbm, rows, 3000, Sweeps(60, 60), 0)
    assert [scene.lit for scene in found.scenes] == [(0,), (1, 2), (0, 1, 2)]
    for layer in (0, 1):
        settled = found.layers[layer + 1][0]
        assert settled == pytest.approx(dbm.transform(rows, layer=layer), abs=1e-3)
    p = joint([WEIGHTS.numpy(), ABOVE.numpy()], -0.2, [3, 2, 2])
    hidden = np.concatenate([found.layers[1][-1], found.layers[2][-1]], 1)
    assert shares(hidden) == pytest.approx(p.reshape(8, 16).sum(0), abs=0.03)
    visible = (p[:, None] * binary(7)).sum(0)[:3]
    assert found.layers[0][-1].mean(0) == pytest.approx(visible, abs=0.03)


def test_frames_show_their_states_and_what_is_at_work(small: DBN, pixels: np.ndarray) -> None:
    film = StackAnimation.from_estimator(small, pixels, n=2, steps=4, every=2)
    assert film.n_frames_ == 8
    assert len(film.axes_) == 4 * 2
    film.draw(1)
    labels = [film.axes_[row].yaxis.label for row in (0, 2, 4, 6)]
    assert [label.get_text() for label in labels] == ["layer 3", "layer 2", "layer 1", "visible"]
    assert [label.get_color() for label in labels] == [GREY, GREY, ACCENT, GREY]
    assert film.axes_[0].texts[0].get_text() == "↑  up: h1 ~ q(h | x)"
    opacities = [film.axes_[row].images[0].get_alpha() for row in (0, 2, 4, 6)]
    assert opacities[2] == 1
    assert max(opacities[:2] + opacities[3:]) < 0.5
    picture = np.asarray(film.axes_[7].images[0].get_array())[..., 0]
    assert picture == pytest.approx(1 - pixels[1].reshape(3, 3))
    cells = np.asarray(film.axes_[5].images[0].get_array())
    lit = cells[::7, ::7][..., 3].ravel()[:5] > 0.5  # a cell is 6 pixels and a gap
    assert np.array_equal(lit, film.trace.layers[1][0, 1] == 1)
    film.draw(7)
    picture = np.asarray(film.axes_[7].images[0].get_array())[..., 0]
    assert picture == pytest.approx(1 - film.trace.rows[-1, 1].reshape(3, 3))


def test_the_caption_is_on_the_page_and_moves_nothing(small: DBN, pixels: np.ndarray) -> None:
    film = StackAnimation.from_estimator(small, pixels, n=1, steps=2)
    for _ in range(4):  # the layout of pictures settles by and by
        film.figure_.canvas.draw()  # type: ignore[attr-defined]
    before = film.axes_[0].get_position().bounds
    film.draw(4)
    film.figure_.canvas.draw()  # type: ignore[attr-defined]
    assert film.axes_[0].get_position().bounds == pytest.approx(before, abs=1e-3)
    (caption,) = film.axes_[0].texts
    box = caption.get_window_extent()
    assert box.y1 <= film.figure_.bbox.height
    assert box.y0 >= film.axes_[0].get_window_extent().y1


def test_a_table_is_bars_with_names_at_the_left(people: pd.DataFrame) -> None:
    dbn = DBN(hidden=(3, 2), epochs=1, random_state=0).fit(people)
    film = StackAnimation.from_estimator(dbn, people, n=2, steps=2)
    first, second = film.axes_[-2:]
    names = [label.get_text() for label in first.get_yticklabels()]
    widths = dict(zip(names, (bar.get_width() for bar in second.patches), strict=True))
    assert widths[f"drink = {people['drink'][1]}"] == 1
    assert second.get_yticklabels() == []


def test_the_gif_has_all_frames(small: DBN, tmp_path: Path) -> None:
    film = StackAnimation.from_estimator(small, n=1, steps=2, every=2)
    film.save(tmp_path / "film.gif", dpi=40)
    with Image.open(tmp_path / "film.gif") as picture:
        assert picture.n_frames == film.n_frames_ == 7


def test_it_takes_the_place_it_is_given(small: DBN) -> None:
    figure, (left, right) = pyplot.subplots(1, 2)
    film = StackAnimation.from_estimator(small, n=1, steps=1, ax=right)
    figure.canvas.draw()
    assert film.figure_ is figure
    assert all(ax.get_position().x0 > left.get_position().x1 for ax in film.axes_)
