"""Which columns are told to make a row unusual, and which row of all it is."""

import numpy as np
import polars as pl
import pytest
from PIL import Image

from embudo.applications.score import Reasons, ScoreRequest, score
from embudo.applications.sources import DataRequest
from embudo.data.readers import open_source
from embudo.estimators import MODELS, model_class

NARROW = {"n_components": 1, "hidden": (8,), "learning_rate": 0.01}
SIZES = {"dbn": {"hidden": (8, 4)}, "dbm": {"hidden": (8, 4)}, "dbn-classifier": {"hidden": (8, 4)}}

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


@pytest.fixture
def stripes(tmp_path):
    """A folder of pictures with dark and light stripes, one of them with a speck."""
    folder = tmp_path / "stripes"
    folder.mkdir()
    for number in range(60):
        pixels = np.zeros((4, 5), np.uint8)
        pixels[number % 2 :: 2] = 255
        if number == 33:
            pixels[2, 3] = 255 - pixels[2, 3]
        Image.fromarray(pixels).save(folder / f"p{number:02}.png")
    return folder


def judged(stripes, tmp_path, name, **settings):
    """What score says of the folder, and the model that says it."""
    sizes = SIZES.get(name, {"n_hidden": 4} if name == "bm" else {"n_components": 4})
    model = model_class(name)(**{**sizes, "batch_size": 10, "random_state": 0, **settings})
    model.fit(open_source(stripes).read(), np.arange(60) % 2).save(tmp_path / "m.embudo")
    out, data = tmp_path / "odd.csv", DataRequest(str(stripes))
    result = score(ScoreRequest(model=tmp_path / "m.embudo", data=data, out=out))
    return model, result, pl.read_csv(out)


@pytest.mark.parametrize("name", MODELS)
def test_every_model_scores_a_folder_and_names_its_files(name, stripes, tmp_path):
    model, result, odd = judged(stripes, tmp_path, name, epochs=2)
    expected = model.score_samples(open_source(stripes).read())
    assert odd.columns == ["file", "row", "score", "unusual"]
    assert odd["file"].to_list() == [f"p{row:02}.png" for row in odd["row"]]
    np.testing.assert_allclose(odd["score"], np.sort(expected), rtol=1e-5)
    np.testing.assert_allclose(odd["score"], expected[odd["row"]], rtol=1e-5)
    assert [row.file for row in result.oddest] == odd["file"][:5].to_list()


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("rbm", {"epochs": 60}),
        ("autoencoder", {"epochs": 60, **NARROW}),
        ("vae", {"epochs": 60, **NARROW}),
    ],
)
def test_the_odd_picture_and_its_pixel_are_found(name, settings, stripes, tmp_path):
    _, _, odd = judged(stripes, tmp_path, name, **settings)
    assert odd["file"][0] == "p33.png"
    assert odd["unusual"][0].split("; ")[0] == "y2x3"


def test_rows_of_a_table_have_no_file(tmp_path, digits_model):
    data, out = DataRequest("digits"), tmp_path / "odd.csv"
    result = score(ScoreRequest(model=digits_model, data=data, out=out))
    assert pl.read_csv(out).columns == ["row", "score", "unusual"]
    assert result.oddest[0].file is None
    assert result.oddest[0].columns[0].startswith("y")
