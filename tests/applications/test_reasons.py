"""Which columns are told to make a row unusual."""

import numpy as np

from embudo.applications.score import Reasons

USUAL = np.full((94, 3), -1.0)


def reasons(*odd):
    found = Reasons(("a", "b", "c"))
    found.add(np.vstack((USUAL, np.array(odd, ndmin=2))))
    return [found.of(94 + i) for i in range(len(odd))]


def test_columns_that_lack_a_nat_are_named_worst_first():
    assert reasons([-3.0, -1.0, -6.0], [-1.0, -1.0, -1.0]) == [("c", "a"), ()]


def test_of_many_small_reasons_the_strongest_is_named():
    assert reasons([-1.7, -1.8, -1.6]) == [("b",)]


def test_a_row_that_is_usual_as_a_whole_needs_no_reason():
    assert reasons([-1.7, -0.4, -1.0]) == [()]
