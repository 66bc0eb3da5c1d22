"""Rows reach a model by the names of their columns."""

import importlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from small_data import COLUMNS, Heard, write_csv

from embudo import DataError, load
from embudo.applications import sources
from embudo.applications.sources import (
    DataRequest,
    column_names,
    fitted_to,
    framed,
    listed,
    model_names,
)
from embudo.data.binarize import binarized
from embudo.data.readers import open_source


def test_a_request_binarises_with_its_seed_and_says_so(heard: Heard) -> None:
    source = DataRequest("digits", "sample", seed=5).open(heard)
    expected = binarized(open_source("digits"), "sample", 5).read()
    np.testing.assert_array_equal(source.read(), expected)
    assert heard.notes == [
        "Each number was drawn once as 0 or 1 with its value as the probability."
    ]


def test_pictures_that_cannot_be_read_are_told_of(tmp_path: Path, heard: Heard) -> None:
    Image.new("L", (2, 2), 255).save(tmp_path / "good.png")
    (tmp_path / "bad.png").write_bytes(b"nothing")
    source = DataRequest(str(tmp_path)).open(heard)
    assert source.n_rows == 1
    assert len(heard.notes) == 1
    assert "bad.png" in heard.notes[0]


def test_columns_are_picked_by_name_and_others_left_out(
    tmp_path: Path, table: np.ndarray, table_model: Path, heard: Heard
) -> None:
    mixed = np.column_stack([table[:, 2], table[:, 0] * 0, table[:, 1], table[:, 0]])
    path = write_csv(tmp_path / "mixed.csv", ("size", "shoe", "income", "age"), mixed)
    source = fitted_to(open_source(path), load(table_model), heard)
    assert source.columns == COLUMNS
    assert source.n_features == 3
    np.testing.assert_array_equal(source.read(), table)
    np.testing.assert_array_equal(np.concatenate(list(source.blocks(7))), table)
    assert heard.notes == [f"{path}: columns the model does not know were left out: shoe"]


def test_missing_columns_are_named(tmp_path: Path, table: np.ndarray, table_model: Path) -> None:
    path = write_csv(tmp_path / "few.csv", ("size",), table[:, 2:])
    with pytest.raises(DataError, match=r"few\.csv lacks columns .*: age, income; add them"):
        fitted_to(open_source(path), load(table_model))


def test_data_without_names_take_those_of_the_model(
    tmp_path: Path, table: np.ndarray, table_model: Path
) -> None:
    np.save(tmp_path / "table.npy", table)
    source = fitted_to(open_source(tmp_path / "table.npy"), load(table_model))
    assert source.columns == COLUMNS


def test_another_number_of_columns_is_refused(digits_model: Path, table_csv: Path) -> None:
    with pytest.raises(DataError, match="has 3 columns, but the model was trained on 64"):
        fitted_to(open_source(table_csv), load(digits_model))


def test_names_of_a_model(digits_model: Path, table_model: Path) -> None:
    assert model_names(load(digits_model)) is None
    assert model_names(load(table_model)) == COLUMNS


def test_columns_without_names_are_numbered(table_csv: Path) -> None:
    assert column_names(open_source("digits"))[:2] == ("x0", "x1")
    assert column_names(open_source(table_csv)) == COLUMNS


@pytest.mark.parametrize("absent", [(), ("polars",), ("polars", "pandas")])
def test_frames_come_from_whatever_library_is_there(
    absent: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    def find(name: str) -> Any:
        if name in absent:
            raise ImportError(name)
        return importlib.import_module(name)

    monkeypatch.setattr(sources, "import_module", find)
    square = np.array([[1.0, 2.0], [3.0, 4.0]])  # rows and columns could be mistaken
    frame = framed(square, ("a", "b"))
    np.testing.assert_array_equal(np.asarray(frame), square)
    assert type(frame).__module__.split(".")[0] == ("polars", "pandas", "numpy")[len(absent)]
    assert framed(square, None) is square


def test_a_long_list_is_cut() -> None:
    assert listed(("a", "b")) == "a, b"
    assert listed(tuple("abcdefgh")) == "a, b, c, d, e and 3 more"
