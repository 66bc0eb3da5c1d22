"""Tiles cover a picture, and blended make it again."""

import numpy as np
import pytest

from embudo.data.tiles import Tiling

rng = np.random.default_rng(0)


@pytest.mark.parametrize("size", [(8, 8), (20, 13), (9, 40), (5, 3), (8, 31)])
@pytest.mark.parametrize("further", [(), (3,)])
def test_tiles_as_they_are_make_the_picture_again(size, further):
    picture = rng.random((*size, *further))
    tiling = Tiling(size, (8, 8))
    tiles = tiling.cut(picture)
    assert tiles.shape == (len(tiling.corners), 8, 8, *further)
    np.testing.assert_allclose(tiling.blend(tiles), picture, atol=1e-12)


def test_every_point_lies_in_a_tile_and_inner_ones_in_four():
    tiling, count = Tiling((30, 22), (8, 8)), np.zeros((30, 22), int)
    for y, x in tiling.corners:
        assert 0 <= y <= 22
        assert 0 <= x <= 14
        count[y : y + 8, x : x + 8] += 1
    assert count.min() >= 1
    assert count[4:-4, 4:-4].min() >= 4


def test_a_step_between_neighbours_leaves_no_seam():
    """Every tile is of another brightness; from point to point it changes but little."""
    tiling = Tiling((8, 80), (8, 8))
    tiles = (
        np.zeros((len(tiling.corners), 8, 8)) + (np.arange(len(tiling.corners)) % 2)[:, None, None]
    )
    assert np.abs(np.diff(tiling.blend(tiles), axis=1)).max() < 0.45


def test_a_small_picture_is_mirrored():
    (tile,) = Tiling((3, 8), (8, 8)).cut(np.arange(24.0).reshape(3, 8))
    np.testing.assert_array_equal(tile[3], tile[2])
    np.testing.assert_array_equal(tile[5], tile[0])
