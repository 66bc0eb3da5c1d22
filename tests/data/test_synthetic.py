"""Synthetic data: what is said about their distribution is so."""

import math

import numpy as np
import pytest

from embudo.data.synthetic import (
    bars_and_stripes,
    grid_centres,
    grid_of_gaussians,
    ring_centres,
    ring_of_gaussians,
    sample_bars_and_stripes,
)
from embudo.errors import ParameterError


def test_two_by_two_bars_and_stripes_by_hand():
    expected = {
        (0, 0, 0, 0), (1, 1, 1, 1),  # both
        (1, 0, 1, 0), (0, 1, 0, 1),  # bars
        (1, 1, 0, 0), (0, 0, 1, 1),  # stripes
    }  # fmt: skip
    found = bars_and_stripes(2)
    assert {tuple(row) for row in found.astype(int)} == expected
    assert len(found) == len(expected)


@pytest.mark.parametrize("size", [2, 3, 4, 7])
def test_every_picture_occurs_once_and_is_bars_or_stripes(size):
    found = bars_and_stripes(size)
    assert len(np.unique(found, axis=0)) == len(found) == 2 ** (size + 1) - 2
    for picture in found.reshape(-1, size, size):
        assert (picture == picture[0]).all() or (picture == picture[:, :1]).all()
    assert found.dtype == np.float32
    assert found.mean() == 0.5  # every picture's negative is there too


@pytest.mark.parametrize("size", [-1, 0, 1, 17])
def test_a_size_outside_its_limits_is_named(size):
    with pytest.raises(ParameterError, match=f"size must be from 2 to 16, but is {size}"):
        bars_and_stripes(size)


def test_sampled_pictures_are_equally_probable():
    n = 30_000
    rows = sample_bars_and_stripes(n, 3, np.random.default_rng(0))
    pictures, counts = np.unique(rows, axis=0, return_counts=True)
    assert len(pictures) == 14
    chi_square = ((counts - n / 14) ** 2 / (n / 14)).sum()
    assert chi_square < 34.5  # the 0.999 quantile at 13 degrees of freedom


def test_four_centres_by_hand():
    expected = [[3, 0], [0, 3], [-3, 0], [0, -3]]
    np.testing.assert_allclose(ring_centres(4, 3.0), expected, atol=1e-6)


def test_a_ring_needs_a_mode():
    with pytest.raises(ParameterError, match="modes must be at least 1, but is 0"):
        ring_centres(0)


def test_moments_of_a_ring_are_those_promised():
    n, radius, deviation = 200_000, 2.0, 0.3
    points, labels = ring_of_gaussians(
        n, np.random.default_rng(1), modes=6, radius=radius, deviation=deviation
    )
    variance = radius**2 / 2 + deviation**2
    np.testing.assert_allclose(points.mean(0), 0, atol=4 * math.sqrt(variance / n))
    np.testing.assert_allclose(points.var(0), variance, rtol=0.01)
    residual = points - ring_centres(6, radius)[labels]
    np.testing.assert_allclose(residual.std(0), deviation, rtol=0.01)
    np.testing.assert_allclose(np.bincount(labels) / n, 1 / 6, atol=0.005)


def test_the_generator_alone_decides():
    again = [ring_of_gaussians(50, np.random.default_rng(7))[0] for _ in range(2)]
    np.testing.assert_array_equal(*again)
    rng = np.random.default_rng(7)
    assert not np.array_equal(ring_of_gaussians(50, rng)[0], ring_of_gaussians(50, rng)[0])


def test_nine_centres_by_hand():
    expected = {(x, y) for x in (-3, 0, 3) for y in (-3, 0, 3)}
    assert {tuple(centre) for centre in grid_centres(3, 3.0)} == expected
    with pytest.raises(ParameterError, match="side must be at least 1, but is 0"):
        grid_centres(0)


def test_points_of_a_grid_lie_about_their_own_centre():
    n, deviation = 40_000, 0.1
    points, labels = grid_of_gaussians(n, np.random.default_rng(0), side=3, deviation=deviation)
    assert (points.dtype, points.shape, labels.shape) == (np.float32, (n, 2), (n,))
    apart = points - grid_centres(3)[labels]
    assert apart.std(0) == pytest.approx([deviation, deviation], rel=0.03)
    assert apart.mean(0) == pytest.approx([0, 0], abs=5 * deviation / math.sqrt(n))
    counts = np.bincount(labels, minlength=9)
    assert ((counts - n / 9) ** 2 / (n / 9)).sum() < 26.1  # 0.999 quantile, 8 degrees of freedom
    variance = 2.0**2 * (3**2 - 1) / 12 + deviation**2  # as the docstring has it
    assert points.var(0) == pytest.approx([variance, variance], rel=0.03)
