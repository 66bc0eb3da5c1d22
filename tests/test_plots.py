"""Displays: what is drawn is what was computed, and it can be seen."""

import sys

import matplotlib.colors
import numpy as np
import pytest
from matplotlib import pyplot
from sklearn.exceptions import NotFittedError

from embudo import RBM, History, MissingExtraError, ParameterError
from embudo.plots import (
    FilterDisplay,
    LearningCurveDisplay,
    ReconstructionDisplay,
    SampleDisplay,
)
from embudo.plots.colours import ACCENT, BETWEEN, CLASSES, COUNTER, GREY, shades, signed
from embudo.plots.filters import strongest_filters
from embudo.plots.pictures import fold
from embudo.training.history import Row


@pytest.fixture(scope="module")
def X() -> np.ndarray:
    return np.random.default_rng(0).random((60, 12)).astype(np.float32)


@pytest.fixture(scope="module")
def rbm(X: np.ndarray) -> RBM:
    return RBM(n_components=5, epochs=2, validation_fraction=0.2, random_state=0).fit(X)


@pytest.fixture
def history() -> History:
    values = [
        {"contrast": 3.0, "kl_divergence": 9.0},
        {"contrast": 2.0, "kl_divergence": float("nan")},
        {"contrast": 1.0, "kl_divergence": -7.25},
    ]
    return History([Row(at + 1, 10, 0.1, 0.1, value) for at, value in enumerate(values)])


def contrast(code: str, other: str) -> float:
    """WCAG's ratio of luminances."""
    lights = []
    for channels in (matplotlib.colors.to_rgb(code), matplotlib.colors.to_rgb(other)):
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
        lights.append(np.dot(linear, (0.2126, 0.7152, 0.0722)) + 0.05)
    return max(lights) / min(lights)


@pytest.mark.parametrize("code", [GREY, ACCENT, COUNTER, BETWEEN])
@pytest.mark.parametrize("background", ["white", "black"])
def test_every_colour_reads_on_light_and_on_dark(code: str, background: str) -> None:
    assert contrast(code, background) > 4.5


@pytest.mark.parametrize("code", CLASSES)
@pytest.mark.parametrize("background", ["white", "black"])
def test_points_of_every_class_can_be_seen_on_light_and_on_dark(code: str, background: str) -> None:
    assert contrast(code, background) > 3


def test_signed_colours_fade_with_size_and_turn_with_sign() -> None:
    weights = np.array([[[2.0, -2.0], [1.0, 0.0]]])
    colours = signed(weights)[0]
    assert colours[0, 0, :3] == pytest.approx(matplotlib.colors.to_rgb(ACCENT), abs=1e-9)
    assert colours[0, 1, :3] == pytest.approx(matplotlib.colors.to_rgb(COUNTER), abs=1e-9)
    assert colours[..., 3] == pytest.approx(np.array([[1.0, 1.0], [0.5, 0.0]]))


def test_filters_of_all_zeros_are_transparent() -> None:
    assert not signed(np.zeros((2, 3, 3)))[..., 3].any()


def test_grey_is_drawn_as_ink_and_colour_as_it_is() -> None:
    grey = np.array([[[0.0, 0.25, 2.0]]])
    assert shades(grey)[0, 0] == pytest.approx(
        np.array([[1, 1, 1, 1], [0.75, 0.75, 0.75, 1], [0, 0, 0, 1]])
    )
    red = np.array([[[[1.0, 0.0, 0.0]]]])
    assert shades(red)[0, 0, 0] == pytest.approx(np.array([1, 0, 0, 1]))


def test_a_scale_runs_from_its_low_to_its_high_end() -> None:
    images = np.array([[[-3.0, 0.0, 3.0]]])
    assert shades(images, -3, 3)[0, 0, :, 0] == pytest.approx(np.array([1, 0.5, 0]))


def test_curves_show_every_measure_and_mark_the_last_known_value(history: History) -> None:
    display = LearningCurveDisplay.from_history(history)
    assert [ax.get_title(loc="left") for ax in display.axes_] == ["contrast", "KL divergence"]
    line, end = display.axes_[0].lines
    assert list(line.get_xdata()) == [1, 2, 3]
    assert list(line.get_ydata()) == [3, 2, 1]
    assert list(end.get_xdata()) == [3]
    assert [text.get_text() for text in display.axes_[1].texts] == ["\N{MINUS SIGN}7.25"]
    assert display.figure_.axes[0] is display.ax_


def test_held_out_rows_share_a_panel_with_the_rows_trained_on(rbm: RBM) -> None:
    display = LearningCurveDisplay.from_estimator(
        rbm, ["pseudo_log_likelihood", "validation_pseudo_log_likelihood"]
    )
    (panel,) = display.axes_
    styles = [line.get_linestyle() for line in panel.lines if len(line.get_xdata()) > 1]
    assert styles == ["-", "--"]
    assert "held out" in panel.get_title(loc="left")


def test_one_epoch_is_enough_for_curves(history: History) -> None:
    (panel,) = LearningCurveDisplay.from_history(history[:1], ["contrast"]).axes_
    assert [label.get_text() for label in panel.get_xticklabels()] == ["epoch 1"]


def test_a_column_that_is_not_there_is_named_with_those_that_are(history: History) -> None:
    with pytest.raises(ParameterError, match=r"\['loss'\].*kl_divergence"):
        LearningCurveDisplay.from_history(history, ["loss"])


def test_an_empty_history_has_nothing_to_draw() -> None:
    with pytest.raises(ParameterError, match="empty"):
        LearningCurveDisplay.from_history(History())


def test_curves_need_a_place_that_can_be_divided(history: History) -> None:
    ax = pyplot.figure().add_axes((0, 0, 1, 1))
    with pytest.raises(ParameterError, match="subplots"):
        LearningCurveDisplay.from_history(history, ax=ax)


def test_curves_divide_the_place_they_are_given(history: History) -> None:
    figure, (left, right) = pyplot.subplots(1, 2)
    display = LearningCurveDisplay.from_history(history, ax=right)
    figure.canvas.draw()
    assert display.figure_ is figure
    assert all(ax.get_position().x0 > left.get_position().x1 for ax in display.axes_)


def test_the_strongest_filters_come_first(rbm: RBM) -> None:
    norms = np.linalg.norm(strongest_filters(rbm.components_, (3, 4), 5), axis=(1, 2))
    assert list(norms) == sorted(norms, reverse=True)
    assert sorted(norms) == pytest.approx(sorted(np.linalg.norm(rbm.components_, axis=1)))


def test_filters_are_drawn_pixel_by_pixel(rbm: RBM) -> None:
    display = FilterDisplay.from_estimator(rbm, (3, 4), n=4)
    sheet = np.asarray(display.ax_.images[0].get_array())
    assert sheet.shape == (3 + 1 + 3, 4 + 1 + 4, 4)
    colours = signed(display.filters)
    assert sheet[:3, :4] == pytest.approx(colours[0])
    assert sheet[4:, 5:] == pytest.approx(colours[3])
    assert not sheet[3].any()


def test_reconstructions_stand_below_their_originals(rbm: RBM, X: np.ndarray) -> None:
    display = ReconstructionDisplay.from_estimator(rbm, X, (3, 4), n=2)
    assert np.array_equal(display.originals.reshape(2, 12), X[:2])
    assert np.array_equal(display.reconstructions.reshape(2, 12), rbm.reconstruct(X[:2]))
    sheet = np.asarray(display.ax_.images[0].get_array())
    assert sheet[:3, 5:, 0] == pytest.approx(1 - display.originals[1])
    assert sheet[4:, :4, 0] == pytest.approx(1 - display.reconstructions[0])
    labels = [label.get_text() for label in display.ax_.get_yticklabels()]
    assert labels == ["original", "reconstructed"]


def test_samples_are_the_means_of_the_models_own_chains(rbm: RBM) -> None:
    display = SampleDisplay.from_estimator(rbm, (3, 4), n=3, steps=5, random_state=1)
    expected = rbm.sample(3, steps=5, means=True, random_state=1)
    assert np.array_equal(display.samples.reshape(3, 12), expected)
    assert len(display.ax_.images) == 1


def test_plot_draws_again_where_it_is_told(rbm: RBM) -> None:
    display = FilterDisplay.from_estimator(rbm, (3, 4))
    figure, ax = pyplot.subplots()
    assert display.plot(ax) is display
    assert display.ax_ is ax
    assert display.figure_ is figure


def test_new_figures_are_transparent(rbm: RBM) -> None:
    assert FilterDisplay.from_estimator(rbm, (3, 4)).figure_.get_facecolor()[3] == 0


def test_rows_fold_into_squares_rectangles_and_colours() -> None:
    rows = np.arange(24.0).reshape(2, 12)
    assert np.array_equal(fold(rows, (3, 4))[1], rows[1].reshape(3, 4))
    assert fold(rows, (2, 2, 3)).shape == (2, 2, 2, 3)
    assert fold(rows[:, :9], None).shape == (2, 3, 3)


@pytest.mark.parametrize("shape", [None, (3, 5), (12,), (3, 2, 2)])
def test_a_shape_that_does_not_fit_is_refused(shape: tuple[int, ...] | None) -> None:
    with pytest.raises(ParameterError, match=r"12 numbers.*give"):
        fold(np.zeros((2, 12)), shape)  # type: ignore[arg-type]


def test_a_model_without_training_has_nothing_to_show() -> None:
    with pytest.raises(NotFittedError):
        FilterDisplay.from_estimator(RBM())
    with pytest.raises(NotFittedError):
        LearningCurveDisplay.from_estimator(RBM())


def test_without_matplotlib_the_way_to_install_it_is_told(
    rbm: RBM, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    monkeypatch.delitem(sys.modules, "matplotlib.pyplot")
    with pytest.raises(MissingExtraError, match=r"embudo\[plots\]"):
        FilterDisplay.from_estimator(rbm, (3, 4))
