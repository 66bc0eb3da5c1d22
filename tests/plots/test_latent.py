"""Maps of codes, ways between them and planes: what is drawn is what the model says."""

import numpy as np
import pytest
from sklearn.datasets import load_digits

from embudo import Autoencoder, ParameterError
from embudo.plots import InterpolationDisplay, LatentMapDisplay, LatentPlaneDisplay

X, Y = load_digits(return_X_y=True)
X = X / 16


@pytest.fixture(scope="module")
def flat():
    return Autoencoder(n_components=2, hidden=(16,), epochs=3, random_state=0).fit(X)


@pytest.fixture(scope="module")
def wide():
    return Autoencoder(n_components=5, hidden=(16,), epochs=3, random_state=0).fit(X)


def test_points_are_the_codes_in_the_colours_of_their_classes(flat):
    shown = LatentMapDisplay.from_estimator(flat, X, Y)
    np.testing.assert_allclose(shown.points, flat.transform(X))
    drawn = [group.get_offsets() for group in shown.ax_.collections]
    assert [len(points) for points in drawn] == np.bincount(Y).tolist()
    np.testing.assert_allclose(drawn[3], flat.transform(X[Y == 3]))
    assert sorted(text.get_text() for text in shown.ax_.texts) == [str(n) for n in range(10)]
    assert len({tuple(g.get_facecolor()[0]) for g in shown.ax_.collections}) == 10


def test_numbers_make_a_scale_and_nothing_makes_one_colour(flat):
    scale = LatentMapDisplay.from_estimator(flat, X, X.mean(1)).ax_.collections[0]
    np.testing.assert_allclose(scale.get_array(), X.mean(1))
    (plain,) = LatentMapDisplay.from_estimator(flat, X).ax_.collections
    assert len(plain.get_facecolor()) == 1


def test_of_wide_codes_the_principal_components_are_shown(wide):
    shown = LatentMapDisplay.from_estimator(wide, X)
    codes = wide.transform(X).astype(float)
    spread = np.linalg.eigvalsh(np.cov(codes, rowvar=False))[::-1]
    np.testing.assert_allclose(shown.points.var(0, ddof=1), spread[:2], rtol=1e-6)
    assert "principal component 1" in shown.ax_.get_xlabel()


def test_thumbnails_hide_none_of_each_other(flat):
    shown = LatentMapDisplay.from_estimator(flat, X, Y, thumbnails=40)
    boxes = np.array([image.get_extent() for image in shown.ax_.images])
    assert 10 < len(boxes) <= 40
    for at, (left, right, low, high) in enumerate(boxes):
        others = np.delete(boxes, at, 0)
        beside = (others[:, 0] >= right - 1e-9) | (others[:, 1] <= left + 1e-9)
        over = (others[:, 2] >= high - 1e-9) | (others[:, 3] <= low + 1e-9)
        assert (beside | over).all()


def test_the_way_begins_and_ends_with_the_rows(wide):
    shown = InterpolationDisplay.from_estimator(wide, X[0], X[1], steps=5)
    assert shown.pictures.shape == (7, 8, 8)
    np.testing.assert_array_equal(shown.pictures[0].ravel(), X[0])
    np.testing.assert_array_equal(shown.pictures[-1].ravel(), X[1])
    middle = wide.inverse_transform(wide.transform(X[:2]).mean(0, keepdims=True))
    np.testing.assert_allclose(shown.pictures[3].ravel(), middle[0], atol=1e-5)
    with pytest.raises(ParameterError, match="steps must be at least 2"):
        InterpolationDisplay.from_estimator(wide, X[0], X[1], steps=1)


def test_a_plane_decodes_the_range_of_two_components(wide):
    shown = LatentPlaneDisplay.from_estimator(wide, X, components=(3, 1), n=4)
    codes = wide.transform(X).astype(float)
    corner = codes.mean(0)
    corner[3], corner[1] = np.percentile(codes[:, 3], 5), np.percentile(codes[:, 1], 95)
    np.testing.assert_allclose(
        shown.pictures[0].ravel(), wide.inverse_transform(corner[None])[0], atol=1e-5
    )
    assert shown.pictures.shape == (16, 8, 8)
    assert shown.ax_.get_xlabel() == "component 4 →"
    with pytest.raises(ParameterError, match="not two different ones from 0 to 4"):
        LatentPlaneDisplay.from_estimator(wide, X, components=(0, 5))
