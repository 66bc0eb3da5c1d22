"""Layouts: what columns become, frames to codes and back without a loss, faults by name."""

import json
import sys

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal as assert_pandas_equal
from polars.testing import assert_frame_equal as assert_polars_equal

from embudo import DataError
from embudo.data.kinds import layout_of_frame
from embudo.data.layout import Layout

PANDAS = {
    "whole": pd.Series([20, 30, 40, 50], dtype="int64"),
    "tiny": pd.Series([0, 1, 255, 3], dtype="uint8"),
    "holed": pd.Series([1, None, 5, 6], dtype="Int64"),
    "real": [1.5, None, -3.0, 1e300],
    "narrow": pd.Series([1.5, 2.5, 0.1, 7], dtype="float32"),
    "yes": [True, False, True, True],
    "perhaps": pd.Series([True, None, False, None], dtype="boolean"),
    "mixed": pd.Series([True, None, False, None], dtype=object),
    "city": ["Paris", None, "Lima", "Oslo"],
    "object": pd.Series(["b", "a", None, "c"], dtype=object),
    "string": pd.Series(["b", "a", None, "c"], dtype="string"),
    "two": ["n", "y", None, "n"],
    "rank": pd.Categorical(["b", None, "a", "b"], categories=["b", "a", "z"], ordered=True),
    "number": pd.Categorical([3, 1, 3, None], categories=[3, 1, 2]),
    "arrow": pd.Series([1, None, 3, 4], dtype="int64[pyarrow]"),
    "binary": [0, 1, 1, 0],
}
POLARS = {
    "whole": pl.Series([20, 30, 40, None], dtype=pl.Int64),
    "tiny": pl.Series([0, 1, 255, 3], dtype=pl.UInt8),
    "real": pl.Series([1.5, None, -3.0, 1e300]),
    "narrow": pl.Series([1.5, 2.5, None, 7], dtype=pl.Float32),
    "price": pl.Series(["1.25", None, "3.50", "0.75"]).cast(pl.Decimal(10, 2)),
    "yes": pl.Series([True, None, False, True]),
    "city": pl.Series(["Paris", None, "Lima", "Oslo"]),
    "enum": pl.Series(["b", None, "a", "b"], dtype=pl.Enum(["b", "a", "z"])),
    "category": pl.Series(["b", "c", "a", None], dtype=pl.Categorical),
    "two": pl.Series(["n", "y", None, "n"]),
}
KINDS = {
    **dict.fromkeys(["whole", "tiny", "holed", "real", "narrow", "arrow", "price"], "gaussian"),
    **dict.fromkeys(["yes", "perhaps", "mixed", "two", "binary"], "bernoulli"),
    **dict.fromkeys(["city", "object", "string", "rank", "number", "enum", "category"], "softmax"),
}


def frames():
    return pd.DataFrame(PANDAS), pl.DataFrame(POLARS)


@pytest.mark.parametrize("frame", frames(), ids=["pandas", "polars"])
def test_each_column_becomes_what_suits_it(frame):
    layout = layout_of_frame(frame)
    assert {c.name: c.kind for c in layout.columns} == {n: KINDS[n] for n in frame.columns}
    states = {c.name: c.n_states for c in layout.columns if c.kind == "softmax"}
    assert set(states.values()) == {3}


@pytest.mark.parametrize("frame", frames(), ids=["pandas", "polars"])
def test_codes_give_the_same_frame_back(frame):
    layout = layout_of_frame(frame)
    again = Layout.from_json(json.loads(json.dumps(layout.to_json())))
    assert again == layout
    back = again.frame(again.codes(frame))
    if isinstance(frame, pd.DataFrame):
        assert_pandas_equal(back, frame)
    else:
        assert_polars_equal(back, frame)


def test_codes_are_numbers_and_places_of_categories():
    codes = layout_of_frame(frames()[0]).codes(frames()[0])
    at = list(PANDAS).index
    np.testing.assert_array_equal(codes[:, at("rank")], [0, np.nan, 1, 0])
    np.testing.assert_array_equal(codes[:, at("city")], [2, np.nan, 0, 1])
    np.testing.assert_array_equal(codes[:, at("two")], [0, 1, np.nan, 0])
    np.testing.assert_array_equal(codes[:, at("perhaps")], [1, np.nan, 0, np.nan])
    np.testing.assert_array_equal(codes[:, at("whole")], [20, 30, 40, 50])


def test_means_become_the_nearest_cell():
    frame = pd.DataFrame({"n": [1, 2, 9], "b": [True, False, True], "t": ["x", "y", "x"]})
    back = layout_of_frame(frame).frame(np.array([[1.6, 0.4, 0.6], [-3.2, 0.9, 0.1]]))
    expected = pd.DataFrame({"n": [2, -3], "b": [False, True], "t": ["y", "x"]})
    assert_pandas_equal(back, expected)


def test_integers_stay_within_their_type():
    frame = pl.DataFrame({"n": pl.Series([0, 200], dtype=pl.UInt8), "m": [-5, 2**62]})
    back = layout_of_frame(frame).frame(np.array([[-7.0, 1e30], [300.0, -1e30]]))
    assert back["n"].to_list() == [0, 255]
    assert 2**62 < back["m"][0] < 2**63
    assert back["m"][1] == -(2**63)


@pytest.mark.parametrize("dtype", ["int64", "uint8", "bool"])
def test_where_holes_are_left_pandas_types_give_way(dtype):
    frame = pd.DataFrame({"x": np.array([1, 0], dtype), "t": ["a", "b"]})
    back = layout_of_frame(frame).frame(np.array([[np.nan, 0.0], [1.0, np.nan]]))
    wider = {"int64": "Int64", "uint8": "UInt8", "bool": "boolean"}[dtype]
    assert back["x"].dtype == wider
    assert back["x"].isna().tolist() == [True, False]
    assert back["t"].isna().tolist() == [False, True]


@settings(max_examples=60)
@given(st.data())
def test_any_table_survives_the_round_trip(data):
    n = data.draw(st.integers(1, 12))

    def column(cells):
        return data.draw(st.lists(st.none() | cells, min_size=n, max_size=n))

    frame = pl.DataFrame(
        {
            "i": pl.Series(column(st.integers(-(2**53), 2**53)), dtype=pl.Int64),
            "f": pl.Series(column(st.floats(allow_nan=False)), dtype=pl.Float64),
            "b": pl.Series(column(st.booleans()), dtype=pl.Boolean),
            "t": pl.Series(column(st.sampled_from(["a", "é;,", '"', ""])), dtype=pl.String),
        }
    ).with_columns(pl.lit("k").alias("a constant").cast(pl.Enum(["k", "l"])))
    if frame["t"].is_null().all():
        frame = frame.drop("t")
    with pytest.warns(UserWarning, match="nothing but"):
        layout = layout_of_frame(frame)
    assert_polars_equal(layout.frame(layout.codes(frame)), frame)


@pytest.mark.parametrize("library", [pd, pl], ids=["pandas", "polars"])
def test_frames_of_numbers(library):
    def summary(**columns):
        return layout_of_frame(library.DataFrame(columns)).summary

    assert summary(a=[0.2, None, 1.0], b=[0, 1, 0]) == {"bernoulli": 2}
    assert summary(a=[0.2, None, 3.0], b=[0, 1, 0]) == {"bernoulli": 1, "gaussian": 1}
    assert summary(a=[0.2, 0.3, 0.4], t=["x", "y", "x"]) == {"bernoulli": 1, "gaussian": 1}


@pytest.mark.parametrize(
    ("visible", "kinds"),
    [
        ("bernoulli", ["bernoulli"] * 3),
        ("softmax", ["softmax"] * 3),
    ],
)
def test_one_kind_may_be_asked_for(visible, kinds):
    frame = pd.DataFrame({"n": [0, 1, 0], "b": [True, False, True], "t": ["x", "y", "x"]})
    layout = layout_of_frame(frame, visible)
    assert [column.kind for column in layout.columns] == kinds
    assert_pandas_equal(layout.frame(layout.codes(frame)), frame)


@pytest.mark.parametrize(
    ("columns", "visible", "words"),
    [
        ({"t": ["x", "y"]}, "gaussian", "needs numbers, but column 't' holds 2 .* such as 'x'"),
        ({"t": ["x", "y", "z"]}, "bernoulli", "needs two values.* column 't' holds 3"),
        ({"f": [0.5, 1.0]}, "softmax", "needs few whole numbers.*column 'f' holds 2"),
        ({"d": pd.to_datetime(["2020-01-01", None])}, "auto", "column 'd' holds dates.*days since"),
        ({"name": [f"n{i}" for i in range(30)]}, "auto", "'name' holds 30 different.*'n0'.*drop"),
        ({"x": [None, None]}, "auto", "column 'x' holds nothing at all: drop it"),
        ({"x": [1, "a"]}, "auto", "'x' holds neither numbers nor texts alone .row 1 is 'a'."),
        ({"x": [["a"], ["b"]]}, "auto", r"'x' holds neither numbers .*row 0 is \['a'\]"),
        ({"age": ["30"] * 30 + ["3O"]}, "auto", "'age' holds numbers but for 1 .*row 30 is '3O'"),
        ({}, "auto", "0 rows and 0 columns"),
    ],
)
def test_what_cannot_be_is_refused_by_name(columns, visible, words):
    with pytest.raises(DataError, match=words):
        layout_of_frame(pd.DataFrame(columns), visible)


def test_it_shows_its_kinds_in_a_line():
    assert repr(Layout.of_array("bernoulli", 784)) == "Layout(784 bernoulli)"
    frame = pd.DataFrame({"age": [31.5, 8.25], "plan": ["gold", "basic"], "member": ["no", "yes"]})
    assert repr(layout_of_frame(frame)) == "Layout(1 gaussian, 2 bernoulli; pandas)"


def test_two_columns_of_one_name_are_refused():
    with pytest.raises(DataError, match="two columns named 'a'"):
        layout_of_frame(pd.DataFrame([[1, 2]], columns=["a", "a"]))


@pytest.mark.parametrize("library", [pd, pl], ids=["pandas", "polars"])
@pytest.mark.parametrize(
    ("column", "cells", "words"),
    [
        ("city", ["Lima", None, "Rome"], "column 'city' holds 'Rome' in row 12, but held 'Bonn'"),
        ("age", ["1", None, "x"], "column 'age' holds 'x' in row 12, but held numbers"),
        ("flag", [0, 1, 3], "column 'flag' holds 3 in row 12, but lay between 0 and 1"),
    ],
)
def test_what_was_never_seen_is_refused_by_row(library, column, cells, words):
    seen = {"city": ["Lima", "Oslo", "Bonn"], "age": [30.0, 40.0, 50.0], "flag": [0, 1, 1]}
    layout = layout_of_frame(library.DataFrame(seen))
    with pytest.raises(DataError, match=words):
        layout.codes(library.DataFrame({**seen, column: cells}), first_row=10)


def test_a_column_of_categories_may_come_empty():
    layout = layout_of_frame(pl.DataFrame({"t": ["a", "b", "c"], "x": [1.0, 2.0, 5.0]}))
    codes = layout.codes(pl.DataFrame({"t": [None, None], "x": [1.0, None]}))
    np.testing.assert_array_equal(codes, [[np.nan, 1], [np.nan, np.nan]])
    codes = layout.codes(pl.DataFrame({"t": [np.nan, np.nan], "x": [1.0, None]}))
    assert np.isnan(codes[:, 0]).all()


@pytest.mark.parametrize("frame", frames(), ids=["pandas", "polars"])
def test_another_library_stands_in_with_a_warning(frame, monkeypatch):
    layout = layout_of_frame(frame)
    codes = layout.codes(frame)
    monkeypatch.setitem(sys.modules, layout.library, None)
    with pytest.warns(UserWarning, match=f"{layout.library}, which is not installed here"):
        back = layout.frame(codes)
    other = {"pandas": pl.DataFrame, "polars": pd.DataFrame}[layout.library]
    assert isinstance(back, other)
    for name in ("whole", "city", "yes", "real"):
        cells = pd.Series(list(back[name])).astype(object)
        expected = pd.Series(list(frame[name])).astype(object)
        assert [c if pd.notna(c) else None for c in cells] == [
            c if pd.notna(c) else None for c in expected
        ]
    monkeypatch.setitem(sys.modules, "pandas", None)
    monkeypatch.setitem(sys.modules, "polars", None)
    with pytest.warns(UserWarning, match="an array without names"):
        assert isinstance(layout.frame(codes), np.ndarray)
