"""Rows lie where their codes are, in the colours of what they mean, with pictures apart."""

import matplotlib.colors
import numpy as np
import pytest
from sklearn.decomposition import PCA
from sklearn.preprocessing import FunctionTransformer

from embudo import RBM, DataError, ParameterError
from embudo.plots import LatentMapDisplay
from embudo.plots.colours import ACCENT, BETWEEN, CLASSES, COUNTER, GREY

FIRST_TWO = FunctionTransformer(lambda X: X[:, :2])


@pytest.fixture(scope="module")
def rows() -> np.ndarray:
    return np.random.default_rng(3).random((60, 9))


def drawn(display: LatentMapDisplay) -> tuple[np.ndarray, list[str]]:
    """Return where the points lie and their colours, in the order of the rows."""
    points = display.ax_.collections[0]
    places = np.asarray(points.get_offsets())
    order = [int(np.abs(places - at).sum(1).argmin()) for at in display.positions]
    colours = np.broadcast_to(points.get_facecolors(), (len(places), 4))  # type: ignore[attr-defined]
    return places[order], [matplotlib.colors.to_hex(colours[at]) for at in order]


def test_two_components_are_drawn_as_they_are(rows: np.ndarray) -> None:
    display = LatentMapDisplay.from_estimator(FIRST_TWO, rows)
    places, colours = drawn(display)
    assert places == pytest.approx(rows[:, :2])
    assert set(colours) == {ACCENT}
    assert display.ax_.get_xlabel() == "component 0"
    assert display.ax_.get_ylabel() == "component 1"
    assert display.ax_.get_aspect() == 1


def test_more_components_are_projected(picture_rbm: RBM, pixels: np.ndarray) -> None:
    display = LatentMapDisplay.from_estimator(picture_rbm, pixels)
    codes = picture_rbm.transform(pixels).astype(float)
    pca = PCA(2).fit(codes)
    expected = pca.transform(codes)
    signs = np.sign((expected * display.positions).sum(0))
    assert display.positions == pytest.approx(expected * signs, abs=1e-5)
    share = f"{pca.explained_variance_ratio_[1]:.0%}"
    named = f"principal component 2 ({share} of the variance of 6 components)"
    assert display.ax_.get_ylabel() == named


def test_a_class_has_a_colour_and_a_label_at_its_median(rows: np.ndarray) -> None:
    y = np.where(rows[:, 0] < 0.5, "low", "high")
    display = LatentMapDisplay.from_estimator(FIRST_TWO, rows, y)
    _, colours = drawn(display)
    assert colours == [CLASSES[0] if name == "high" else CLASSES[1] for name in y]
    texts = {text.get_text(): text for text in display.ax_.texts}
    assert set(texts) == {"low", "high"}
    for name, text in texts.items():
        middle = np.median(rows[y == name, :2], axis=0)
        assert text.get_position() == pytest.approx(middle, abs=1e-4)
        fill = text.get_bbox_patch().get_facecolor()  # type: ignore[union-attr]
        assert matplotlib.colors.to_hex(fill) == CLASSES[name == "low"]


def test_labels_of_classes_in_one_place_are_all_readable(rows: np.ndarray) -> None:
    display = LatentMapDisplay.from_estimator(FIRST_TWO, rows, np.arange(60) % 4)
    display.figure_.draw_without_rendering()  # type: ignore[attr-defined]
    boxes = [text.get_window_extent() for text in display.ax_.texts]
    assert [text.get_text() for text in display.ax_.texts] == ["0", "1", "2", "3"]
    assert not any(a.overlaps(b) for a in boxes for b in boxes if a is not b)


def test_whole_numbers_in_floats_are_classes_and_rows_without_one_are_grey(
    rows: np.ndarray,
) -> None:
    y = np.arange(60) % 2 + 0.0
    y[:9] = np.nan
    display = LatentMapDisplay.from_estimator(FIRST_TWO, rows, y)
    assert [text.get_text() for text in display.ax_.texts] == ["0", "1"]
    assert drawn(display)[1][:10] == [GREY] * 9 + [CLASSES[1]]
    names = np.array([None, "a", "b"] * 20, dtype=object)
    display = LatentMapDisplay.from_estimator(FIRST_TWO, rows, names)
    assert drawn(display)[1][:3] == [GREY, CLASSES[0], CLASSES[1]]


def test_numbers_have_a_scale(rows: np.ndarray) -> None:
    y = np.linspace(0, 1, 60)
    y[7] = np.nan
    display = LatentMapDisplay.from_estimator(FIRST_TWO, rows, y)
    _, colours = drawn(display)
    assert (colours[0], colours[-1], colours[7]) == (COUNTER, ACCENT, GREY)
    half = matplotlib.colors.to_rgb(colours[30])
    assert half == pytest.approx(matplotlib.colors.to_rgb(BETWEEN), abs=0.05)
    assert not display.ax_.texts
    assert len(display.ax_.child_axes) == 1


def test_whole_numbers_of_many_values_are_numbers(rows: np.ndarray) -> None:
    assert LatentMapDisplay.from_estimator(FIRST_TWO, rows, np.arange(60)).ax_.child_axes
    assert not LatentMapDisplay.from_estimator(FIRST_TWO, rows, np.arange(60) % 20).ax_.child_axes


def test_thumbnails_are_the_rows_where_they_lie_and_apart(rows: np.ndarray) -> None:
    display = LatentMapDisplay.from_estimator(FIRST_TWO, rows, thumbnails=7)
    assert len(display.thumbnails_) == len(display.ax_.images) == 7
    extents = np.array([image.get_extent() for image in display.ax_.images])
    middles = np.stack([extents[:, :2].mean(1), extents[:, 2:].mean(1)], 1)
    assert middles == pytest.approx(rows[display.thumbnails_, :2])
    side = extents[0, 1] - extents[0, 0]
    apart = np.abs(middles[:, None] - middles).max(-1) + side * np.eye(7)
    assert (apart >= side).all()
    for at, image in zip(display.thumbnails_, display.ax_.images, strict=True):
        ink = 1 - np.asarray(image.get_array())[..., 0]
        assert ink == pytest.approx(rows[at].reshape(3, 3))
    low, high = display.ax_.get_xlim()
    assert low < extents.min()
    assert high > extents[:, :2].max()


def test_thumbnails_leave_the_labels_free(rows: np.ndarray) -> None:
    display = LatentMapDisplay.from_estimator(FIRST_TWO, rows, ["a", "b"] * 30, thumbnails=60)
    display.figure_.draw_without_rendering()  # type: ignore[attr-defined]
    labels = [text.get_window_extent() for text in display.ax_.texts]
    pictures = [image.get_window_extent() for image in display.ax_.images]
    assert 20 < len(pictures) < 60
    assert not any(label.overlaps(picture) for label in labels for picture in pictures)


def test_pictures_may_be_oblong_and_have_holes(rows: np.ndarray) -> None:
    holed = rows[:, :8].copy()
    holed[:, 5] = np.nan
    display = LatentMapDisplay.from_estimator(FIRST_TWO, holed, thumbnails=2, image_shape=(2, 4))
    left, right, bottom, top = display.ax_.images[0].get_extent()
    assert right - left == pytest.approx(2 * (top - bottom))
    display.figure_.canvas.draw()


def test_codes_that_are_all_alike_can_be_drawn() -> None:
    model = FunctionTransformer(lambda X: np.zeros((len(X), 3)))
    display = LatentMapDisplay.from_estimator(model, np.ones((5, 4)), thumbnails=3)
    assert len(display.thumbnails_) == 1


def test_where_a_label_covers_all_there_is_no_thumbnail() -> None:
    display = LatentMapDisplay.from_estimator(FIRST_TWO, np.ones((5, 4)), ["a"] * 5, thumbnails=3)
    assert len(display.thumbnails_) == len(display.ax_.images) == 0


def test_what_cannot_be_drawn_is_told(rows: np.ndarray) -> None:
    with pytest.raises(DataError, match=r"y has the shape \(3,\) for 60 rows"):
        LatentMapDisplay.from_estimator(FIRST_TWO, rows, [1, 2, 3])
    with pytest.raises(ParameterError, match="two components or more"):
        LatentMapDisplay.from_estimator(FunctionTransformer(lambda X: X[:, :1]), rows)
    with pytest.raises(ParameterError, match="thumbnails"):
        LatentMapDisplay.from_estimator(FIRST_TWO, rows, thumbnails=-1)
    with pytest.raises(ParameterError, match="image_shape"):
        LatentMapDisplay.from_estimator(FIRST_TWO, rows, thumbnails=1, image_shape=(2, 2))
