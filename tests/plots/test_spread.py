"""What is laid on a map does not overlap, and covers what there is."""

import numpy as np
import pytest

from embudo.plots.spread import pushed_apart, spread_out

NOWHERE = np.empty((0, 4))


@pytest.fixture(scope="module")
def points() -> np.ndarray:
    return np.random.default_rng(0).normal(size=(500, 2)) * [3, 1]


def overlap(centres: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    reach = (sizes[:, None] + sizes) / 2
    hit = (np.abs(centres[:, None] - centres) < reach).all(-1)
    np.fill_diagonal(hit, False)
    return hit


def test_no_box_overlaps_another_and_none_more_would_fit(points: np.ndarray) -> None:
    size = np.array([0.6, 0.3])
    chosen = spread_out(points, size, 500, NOWHERE)
    assert 20 < len(chosen) < 500
    assert not overlap(points[chosen], np.tile(size, (len(chosen), 1))).any()
    rest = np.delete(points, chosen, 0)
    near = (np.abs(rest[:, None] - points[chosen]) < 1.05 * size).all(-1)
    assert near.any(1).all()


def test_boxes_reach_the_outermost_points(points: np.ndarray) -> None:
    chosen = spread_out(points, np.array([0.1, 0.1]), 8, NOWHERE)
    assert len(set(chosen.tolist())) == 8
    assert {points[:, 0].argmin(), points[:, 0].argmax()} <= set(chosen.tolist())


def test_boxes_stay_off_what_is_taken(points: np.ndarray) -> None:
    taken = np.array([[-1.0, -1.0, 1.0, 1.0]])
    size = np.array([0.4, 0.4])
    chosen = points[spread_out(points, size, 100, taken)]
    assert len(chosen) > 10
    assert (np.abs(chosen) >= 1.2).any(1).all()
    everywhere = np.array([[-99.0, -99.0, 99.0, 99.0]])
    assert len(spread_out(points, size, 100, everywhere)) == 0


def test_boxes_are_pushed_apart_and_others_stay() -> None:
    centres = np.array([[0.0, 0.0], [0.1, 0.0], [0.0, 0.0], [9.0, 9.0]])
    sizes = np.array([[1.0, 0.5], [2.0, 0.5], [1.0, 0.5], [1.0, 1.0]])
    moved = pushed_apart(centres, sizes)
    assert not overlap(moved, sizes).any()
    assert moved[3] == pytest.approx([9, 9], abs=1e-4)
    assert np.abs(moved[:3]).max() < 2
