"""sample: rows of the model's own, as numbers and as pictures."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from PIL import Image
from small_data import COLUMNS

from embudo import OutputError, ParameterError, load
from embudo.applications.sample import SampleRequest, sample
from embudo.data.images import tile


def test_numbers_are_the_models_states(tmp_path: Path, digits_model: Path) -> None:
    out = tmp_path / "samples.npy"
    result = sample(SampleRequest(model=digits_model, out=out, n_samples=5, steps=10, seed=4))
    expected = load(digits_model).sample(5, steps=10, random_state=4)
    np.testing.assert_array_equal(np.load(out), expected)
    assert set(np.unique(expected)) == {0, 1}
    assert (result.n_rows, result.n_columns, result.means) == (5, 64, False)


def test_means_may_be_asked_for(tmp_path: Path, digits_model: Path) -> None:
    out = tmp_path / "means.npy"
    sample(SampleRequest(model=digits_model, out=out, n_samples=3, steps=10, seed=4, means=True))
    expected = load(digits_model).sample(3, steps=10, random_state=4, means=True)
    np.testing.assert_array_equal(np.load(out), expected)


def test_a_picture_shows_means(tmp_path: Path, digits_model: Path) -> None:
    out = tmp_path / "samples.png"
    result = sample(SampleRequest(model=digits_model, out=out, n_samples=6, steps=10, seed=4))
    assert result.means
    means = load(digits_model).sample(6, steps=10, random_state=4, means=True)
    with Image.open(out) as image:
        np.testing.assert_array_equal(np.asarray(image), np.asarray(tile(means.reshape(6, 8, 8))))


def test_a_table_bears_the_names_of_the_training_data(tmp_path: Path, table_model: Path) -> None:
    out = tmp_path / "samples.csv"
    sample(SampleRequest(model=table_model, out=out, n_samples=4, steps=5))
    frame = pl.read_csv(out)
    assert tuple(frame.columns) == COLUMNS
    expected = load(table_model).sample(4, steps=5)
    np.testing.assert_allclose(frame.to_numpy(), expected, rtol=1e-6)


@pytest.mark.parametrize(
    ("name", "error", "message"),
    [
        ("x.jpg", ParameterError, r"\.npy, \.csv, \.parquet or \.png"),
        ("no/x.npy", OutputError, "does not exist"),
        ("no/x.png", OutputError, "does not exist"),
    ],
)
def test_paths_are_checked_before_the_model_is_read(
    tmp_path: Path, name: str, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        sample(SampleRequest(model=tmp_path / "no.embudo", out=tmp_path / name))


def test_a_table_is_no_picture(tmp_path: Path, table_model: Path) -> None:
    with pytest.raises(ParameterError, match="3 numbers in a row are no square picture"):
        sample(SampleRequest(model=table_model, out=tmp_path / "x.png"))
    sample(
        SampleRequest(
            model=table_model, out=tmp_path / "x.png", n_samples=2, steps=2, image_shape=(1, 3)
        )
    )
    with Image.open(tmp_path / "x.png") as image:
        assert image.width > image.height
