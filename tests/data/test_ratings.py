"""Ratings: ids of every kind come back as they were, and what is wrong is named."""

import json
from uuid import UUID

import numpy as np
import pandas as pd
import polars as pl
import pytest
import scipy.sparse

from embudo.data.ids import UNKNOWN, Ids
from embudo.data.ratings import Ratings
from embudo.errors import DataError

KINDS = {
    "ints": [30, 4, 196],
    "strings": ["zoe", "Åsa", "196"],
    "uuids": [UUID(int=2**90), UUID(int=5), UUID(int=7)],
}


@pytest.fixture
def frame():
    return pd.DataFrame(
        {"user": [7, 3, 7, 5], "item": ["b", "a", "a", "b"], "rating": [4.5, 1, 2, 5]}
    )


@pytest.mark.parametrize("kind", KINDS)
def test_ids_come_back_as_they_went_in(kind):
    ids = Ids.found_in(KINDS[kind] * 2, "user")
    assert list(ids) == sorted(KINDS[kind])
    assert [ids[code] for code in ids.codes(KINDS[kind])] == KINDS[kind]
    again = Ids.from_json(json.loads(json.dumps(ids.to_json())))
    assert list(again) == list(ids)
    assert [type(one) for one in again] == [type(one) for one in ids]


def test_a_number_and_its_text_are_one_id():
    assert Ids([196, 7], "user").known("196") == 0
    assert Ids(["196", "7"], "user").known(196) == 0
    assert Ids(["0196"], "user").code(196) == UNKNOWN
    assert Ids([UUID(int=5)], "user").known(str(UUID(int=5))) == 0
    assert Ids([196], "user").known(np.float64(196)) == 0


def test_an_unknown_id_is_told_what_looks_like_it():
    with pytest.raises(DataError, match="no item 'Fargoo': did you mean Fargo"):
        Ids(["Fargo", "Heat"], "item").known("Fargoo")
    with pytest.raises(DataError, match="ids look like 'Fargo'"):
        Ids(["Fargo"], "item").known(3.0)


@pytest.mark.parametrize("ids", [[1, "1"], [None], [1.5], [True], [float("nan")]])
def test_what_cannot_be_ids_is_refused(ids):
    with pytest.raises(DataError):
        Ids.found_in(ids, "user")


@pytest.mark.parametrize("library", [pd.DataFrame, pl.DataFrame])
def test_a_frame_becomes_ordered_ratings(frame, library):
    ratings = Ratings.from_frame(library(frame.to_dict("list")))
    assert list(ratings.users) == [3, 5, 7]
    assert list(ratings.items) == ["a", "b"]
    assert ratings.matrix.toarray().tolist() == [[1, 0], [0, 5], [2, 4.5]]
    assert ratings.scale == (1, 2, 4.5, 5)
    assert not ratings.is_implicit


def test_plays_have_no_scale(frame):
    ratings = Ratings.from_frame(frame, rating=None)
    assert ratings.is_implicit
    assert ratings.value.tolist() == [1] * 4


def test_positives_are_those_from_a_threshold_on(frame):
    liked = Ratings.from_frame(frame).positives(4.5)
    assert liked.matrix.toarray().tolist() == [[0, 0], [0, 1], [0, 1]]
    assert liked.is_implicit


def test_times_stay_with_their_ratings(frame):
    ratings = Ratings.from_frame(frame.assign(at=[10, 20, 30, 40]), time="at")
    assert ratings.time.tolist() == [20, 40, 30, 10]
    assert ratings.select(np.array([1, 3])).time.tolist() == [40, 10]


def test_a_matrix_keeps_empty_rows_and_columns():
    ratings = Ratings.from_matrix(scipy.sparse.csr_array([[0, 3, 0], [0, 0, 0], [1, 5, 0]]))
    assert (len(ratings.users), len(ratings.items), len(ratings)) == (3, 3, 3)
    assert ratings.scale == (1, 3, 5)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"rating": [4, np.nan, 2, 5]}, "no number in row 1"),
        ({"rating": [4, np.inf, 2, np.nan]}, "no number in rows 1, 3"),
        ({"rating": ["4", "x", "2", "5"]}, "something else than numbers"),
        ({"user": [7, 3, None, 5]}, "lacks an id in row 2"),
        ({"user": [7, 3, 7, 7]}, "user 7 rated item 'b' twice \\(rows 0, 3; 1 such pairs"),
        ({"item": ["b", 3, "a", "b"]}, "different types"),
    ],
)
def test_what_is_wrong_is_named(frame, change, message):
    with pytest.raises(DataError, match=message):
        Ratings.from_frame(frame.assign(**change))


def test_a_rating_off_the_scale_is_named(frame):
    with pytest.raises(DataError, match=r"has 4.5 in row 0, which is not on the scale 1, 2, 3"):
        Ratings.from_frame(frame, scale=(1, 2, 3, 4, 5))


def test_a_column_that_is_not_there_is_named(frame):
    with pytest.raises(DataError, match="no column 'stars': choose from user, item, rating"):
        Ratings.from_frame(frame, rating="stars")
