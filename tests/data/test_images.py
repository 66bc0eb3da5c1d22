"""Contact sheets, pixel by pixel."""

import base64
import io

import numpy as np
import pytest
from PIL import Image

from embudo.data.images import data_uri, guess_image_shape, png_bytes, strip, tile
from embudo.errors import DataError

GAP, BLACK, WHITE = (209, 209, 209), (0, 0, 0), (255, 255, 255)


@pytest.mark.parametrize(
    ("n_features", "shape"),
    [(784, (28, 28)), (64, (8, 8)), (4, (2, 2)), (1, None), (0, None), (180, None), (-4, None)],
)
def test_squares_are_guessed(n_features, shape):
    assert guess_image_shape(n_features) == shape


def test_every_image_has_its_place():
    images = np.stack([np.full((2, 3), value) for value in (0.0, 1.0, 0.2)])
    sheet = np.asarray(tile(images, columns=2, gap=1, scale=1))
    assert sheet.shape == (7, 9, 3)
    for (top, left), value in {(1, 1): 0, (1, 5): 255, (4, 1): 51}.items():
        assert (sheet[top : top + 2, left : left + 3] == value).all()
    assert (sheet[4:6, 5:8] == GAP).all()  # the empty place
    assert (sheet[0] == GAP).all()
    assert (sheet[:, 4] == GAP).all()


def test_enlargement_repeats_pixels():
    images = np.array([[[0.0, 1.0]]])
    small = np.asarray(tile(images, gap=0, scale=1))
    large = np.asarray(tile(images, gap=0, scale=3))
    np.testing.assert_array_equal(large, small.repeat(3, 0).repeat(3, 1))


@pytest.mark.parametrize(("side", "scale"), [(8, 7), (28, 2), (100, 1)])
def test_small_images_are_made_visible(side, scale):
    assert tile(np.zeros((1, side, side)), gap=0).size == (side * scale, side * scale)


def test_the_sheet_is_about_square():
    assert tile(np.zeros((64, 8, 8)), gap=0, scale=1).size == (64, 64)


def test_colours_clipping_and_missing():
    images = np.zeros((1, 1, 3, 3))
    images[0, 0] = [[1, 0, 0], [-5, 9, 0], [np.nan] * 3]
    sheet = np.asarray(tile(images, gap=0, scale=1))
    assert tuple(sheet[0, 0]) == (255, 0, 0)
    assert tuple(sheet[0, 1]) == (0, 255, 0)
    tint = sheet[0, 2].astype(int)
    assert tint.max() - tint.min() > 50  # no grey
    grey = np.asarray(tile(np.array([[[np.nan, np.inf]]]), gap=0, scale=1))
    np.testing.assert_array_equal(grey[0], [tint, WHITE])


@pytest.mark.parametrize("shape", [(3, 3), (2, 3, 3, 2), (2, 3, 3, 4), (0, 3, 3), (1, 0, 3)])
def test_what_is_no_batch_of_images_is_refused(shape):
    with pytest.raises(DataError, match="no batch of images"):
        tile(np.zeros(shape))


def test_a_strip_has_titles_left_of_its_rows():
    before, after = np.zeros((5, 8, 8)), np.ones((5, 8, 8))
    picture = strip([before, after], ["original", "reconstructed"], scale=3)
    sheet = np.asarray(picture)
    bare = np.asarray(tile(np.concatenate([before, after]), 5, scale=3))
    margin = sheet.shape[1] - bare.shape[1]
    np.testing.assert_array_equal(sheet[:, margin:], bare)
    top, bottom = np.array_split(sheet[:, :margin], 2)
    assert (top < 128).sum() > 50
    assert (bottom < 128).sum() > (top < 128).sum()  # the longer word
    assert (sheet[:, :8] == 255).all()


@pytest.mark.parametrize(
    ("rows", "titles"),
    [
        ([np.zeros((2, 3, 3))], []),
        ([np.zeros((2, 3, 3)), np.zeros((1, 3, 3))], ["a", "b"]),
        ([], []),
    ],
)
def test_a_strip_needs_rows_of_one_shape_and_their_titles(rows, titles):
    with pytest.raises(DataError, match="a title for each"):
        strip(rows, titles)


def test_png_and_uri_hold_the_picture():
    picture = tile(np.random.default_rng(0).random((4, 5, 6)))
    content = png_bytes(picture)
    read = Image.open(io.BytesIO(content))
    assert read.format == "PNG"
    np.testing.assert_array_equal(np.asarray(read), np.asarray(picture))
    head, _, body = data_uri(picture).partition(",")
    assert head == "data:image/png;base64"
    assert base64.b64decode(body) == content
