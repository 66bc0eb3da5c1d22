"""embudo interpolate: a film, a sheet or a table of what lies between codes."""

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from PIL import Image

from embudo import GAN, VariationalAutoencoder, load
from embudo.data.readers import open_source


@pytest.fixture
def generators(embudo) -> None:
    source = open_source("digits")
    X, y = source.read()[:300], np.asarray(source.labels)[:300]
    GAN(n_components=4, width=8, epochs=1, random_state=0).fit(X, y).save("g.embudo")
    VariationalAutoencoder(n_components=3, hidden=(8,), epochs=1, random_state=0).fit(X).save(
        "v.embudo"
    )


@pytest.mark.usefixtures("generators")
def test_a_film_goes_around_and_a_sheet_along(embudo) -> None:
    answer = embudo("interpolate", "g.embudo", "-o", "w.gif", "--stops", 3, "--steps", 4, "--json")
    assert answer.code == 0, answer.err
    told = json.loads(answer.out)
    usual = np.bincount(open_source("digits").labels[:300]).argmax()
    assert (told["n_rows"], told["n_stops"], told["label"]) == (12, 3, str(usual))
    with Image.open("w.gif") as film:
        assert film.n_frames == 12
    answer = embudo("interpolate", "v.embudo", "-o", "w.png", "--stops", 3, "--steps", 4, "--json")
    assert json.loads(answer.out)["n_rows"] == 10
    with Image.open("w.png") as sheet:
        assert sheet.width > 2 * sheet.height


@pytest.mark.usefixtures("generators")
def test_rows_lie_on_the_way_of_the_model(embudo) -> None:
    """Arcs between drawn codes of a GAN, straight lines between those of rows for others."""
    words = ("--stops", 3, "--steps", 2, "--seed", 5)
    assert embudo("interpolate", "g.embudo", "-o", "g.npy", "--label", "7", *words).code == 0
    gan = load(Path("g.embudo"))
    a, b, c = gan.sample_codes(3, random_state=5)
    expected = [*gan.interpolate(a, b, 3, y=7)[:-1], *gan.interpolate(b, c, 3, y=7)]
    assert np.load("g.npy") == pytest.approx(np.stack(expected), abs=1e-6)
    words = ("--data", "digits", "--stops", 2, "--steps", 2, "-o", "v.npy")
    assert embudo("interpolate", "v.embudo", *words).code == 0
    vae = load(Path("v.embudo"))
    a, b = vae.transform(open_source("digits").read()[:2])
    expected = vae.inverse_transform(np.stack([a, (a + b) / 2, b]))
    assert np.load("v.npy") == pytest.approx(expected, abs=1e-5)


def test_a_table_gives_a_table(embudo) -> None:
    rng = np.random.default_rng(0)
    table = {"colour": rng.choice(["red", "green"], 60), "size": rng.normal(20, 5, 60)}
    pl.DataFrame(table).write_csv("t.csv")
    settings = ("--n-components", 2, "--epochs", 2, "--random-state", 0)
    for name, more in (("gan", ("--width", 8)), ("rbm", ())):
        assert embudo("train", name, "t.csv", "-o", "m.embudo", *settings, *more).code == 0
        words = ("-o", "w.csv", "--stops", 2, "--steps", 3, "--chain-steps", 3)
        answer = embudo("interpolate", "m.embudo", *words)
        assert answer.code == 0, answer.err
        found = pl.read_csv("w.csv")
        assert (found.columns, found.height) == (["colour", "size"], 4)
        assert set(found["colour"]) <= {"red", "green"}


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (("-o", "w.txt"), "no ending that a walk is written to"),
        (("-o", "no/w.gif"), "make it first"),
        (("-o", "w.gif", "--stops", 1), "stops must be at least 2, but is 1"),
        (("-o", "w.gif", "--steps", 0), "steps must be a whole number >= 1, but is 0"),
        (("-o", "w.gif", "--label", "3"), "draws from no class: leave --label out"),
        (("-o", "w.png", "--image-shape", "5x5"), "image_shape=5x5 has 25 numbers"),
        (("-o", "w.gif", "--image-shape", "5x5"), "does not fit rows of 64"),
        (("-o", "w.gif", "--data", "one.npy"), "2 stops at least, but 1 is given"),
        (("-o", "w.gif", "--data", "digit"), "did you mean digits?"),
    ],
    ids=lambda value: " ".join(map(str, value)) if isinstance(value, tuple) else "",
)
def test_mistakes_are_two_lines_and_leave_nothing(embudo, trained: Path, words, error) -> None:
    np.save("one.npy", np.zeros((1, 64)))
    answer = embudo("interpolate", trained, "--chain-steps", 2, *words)
    assert (answer.code, answer.out) == (2, "")
    first, second = answer.err.splitlines()
    assert error in first
    assert second.startswith("hint: ")
    assert {path.name for path in Path.cwd().iterdir()} <= {"one.npy"}


@pytest.mark.usefixtures("generators")
def test_a_class_that_is_unknown_is_refused(embudo) -> None:
    answer = embudo("interpolate", "g.embudo", "-o", "w.gif", "--label", "11")
    assert answer.code == 2
    assert "knows no class '11': choose from 0, 1" in answer.err
