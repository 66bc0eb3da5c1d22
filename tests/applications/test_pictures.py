"""Rows become pictures of the right shape and brightness."""

import numpy as np
import pytest

from embudo import ParameterError
from embudo.applications.pictures import as_pictures, picture_shape


def test_what_is_asked_for_goes_before_what_is_known_and_that_before_a_guess() -> None:
    assert picture_shape(64, (4, 16), (8, 8)) == (4, 16)
    assert picture_shape(64, None, (2, 32)) == (2, 32)
    assert picture_shape(64, None) == (8, 8)
    assert picture_shape(48, (4, 4, 3)) == (4, 4, 3)


@pytest.mark.parametrize("asked", [(5, 5), (4, 4, 4), (8, 8, 3)])
def test_a_shape_that_does_not_fit(asked: tuple[int, ...]) -> None:
    with pytest.raises(ParameterError, match="but a row has 64"):
        picture_shape(64, asked)  # type: ignore[arg-type]


def test_no_shape_at_all() -> None:
    with pytest.raises(ParameterError, match="10 numbers in a row are no square picture"):
        picture_shape(10, None)


def test_brightness_in_the_unit_interval_stays() -> None:
    rows = np.array([[0.2, 0.4, 0.6, 0.5]])
    np.testing.assert_array_equal(as_pictures(rows, (2, 2)), [[[0.2, 0.4], [0.6, 0.5]]])


def test_other_brightness_is_stretched_by_the_range_of_the_reference() -> None:
    rows = np.array([[-1.0, 0.0, 1.0, 3.0]])
    np.testing.assert_allclose(as_pictures(rows, (2, 2)), [[[0, 0.25], [0.5, 1]]])
    like = np.array([[-1.0, np.nan, 7.0, 0.0]])
    np.testing.assert_allclose(as_pictures(rows, (4, 1), like), [[[0], [0.125], [0.25], [0.5]]])


def test_constant_rows_do_not_divide_by_zero() -> None:
    np.testing.assert_array_equal(as_pictures(np.full((1, 4), 7.0), (2, 2)), np.zeros((1, 2, 2)))
