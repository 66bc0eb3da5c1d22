"""A small model of digits, and a table with holes and a model of it."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from small_data import COLUMNS, Heard, write_csv

from embudo import RBM
from embudo.data.readers import open_source


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture(scope="session")
def digits() -> np.ndarray:
    return np.asarray(open_source("digits").read())


@pytest.fixture(scope="session")
def digits_model(tmp_path_factory: pytest.TempPathFactory, digits: np.ndarray) -> Path:
    path = tmp_path_factory.mktemp("model") / "digits.embudo"
    RBM(n_components=8, epochs=2, random_state=0).fit(digits).save(path)
    return path


@pytest.fixture(scope="session")
def table() -> np.ndarray:
    generator = np.random.default_rng(0)
    rows = generator.normal(size=(200, 3)) * [1, 100, 0.01] + [0, 50, 3]
    rows[generator.random(rows.shape) < 0.1] = np.nan
    return rows


@pytest.fixture(scope="session")
def table_model(tmp_path_factory: pytest.TempPathFactory, table: np.ndarray) -> Path:
    path = tmp_path_factory.mktemp("model") / "table.embudo"
    frame = pl.DataFrame(table, schema=list(COLUMNS), orient="row")
    RBM(n_components=4, epochs=2, random_state=0).fit(frame).save(path)
    return path


@pytest.fixture
def table_csv(tmp_path: Path, table: np.ndarray) -> Path:
    return write_csv(tmp_path / "table.csv", COLUMNS, table)
