"""embudo denoise and inpaint, on pictures of any size and on tables."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from embudo import DenoisingAutoencoder
from embudo.data.readers import open_source

DIGITS = open_source("digits").read()


@pytest.fixture(scope="session")
def cleaner(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("model") / "cleaner.embudo"
    settings = {"hidden": (64,), "n_components": 48, "epochs": 30, "random_state": 0}
    DenoisingAutoencoder(**settings).fit(DIGITS).save(path)
    return path


def page(rows: int = 2, columns: int = 3) -> np.ndarray:
    """A sheet of digits, 8 x 8 each."""
    tiles = DIGITS[: rows * columns].reshape(rows, columns, 8, 8)
    sheet = tiles.transpose(0, 2, 1, 3).reshape(8 * rows, 8 * columns)
    return np.rint(sheet * 255).astype(np.uint8)


@pytest.fixture
def scans() -> Path:
    folder = Path("scans")
    (folder / "old").mkdir(parents=True)
    Image.fromarray(page()).save(folder / "page.png")
    Image.fromarray(page(1, 1)).convert("RGB").save(folder / "old" / "one.png")
    (folder / "broken.png").write_bytes(b"no picture")
    return folder


def test_a_folder_comes_back_clean(embudo, cleaner, scans) -> None:
    words = ("-o", "clean", "--noise", "gaussian:0.3", "--picture", "sheet.png", "--json")
    answer = embudo("denoise", cleaner, scans, *words)
    assert answer.code == 0
    told = json.loads(answer.out)
    assert (told["n_done"], told["kind"]) == (2, "pictures")
    assert told["decibels"] > told["noisy_decibels"] + 1
    assert "broken.png is no picture" in " ".join(told["notes"])
    for name, mode, size in (("page.png", "L", (24, 16)), ("old/one.png", "RGB", (8, 8))):
        with Image.open(Path("clean", name)) as image:
            assert (image.mode, image.size) == (mode, size)
    with Image.open("sheet.png") as sheet:
        assert sheet.height > 3 * 160


def test_one_picture_and_a_table(embudo, cleaner, scans) -> None:
    assert embudo("denoise", cleaner, scans / "page.png", "-o", "a.png") == (0, "", "")
    assert np.asarray(Image.open("a.png")).shape == (16, 24)
    told = json.loads(
        embudo("denoise", cleaner, "digits", "-o", "c.npy", "--noise", "gaussian:0.3", "--json").out
    )
    assert (told["n_done"], told["kind"]) == (1797, "rows")
    assert told["decibels"] > told["noisy_decibels"]


def test_only_the_holes_are_filled(embudo, cleaner, scans) -> None:
    masks = Path("masks")
    masks.mkdir()
    mask = np.zeros((16, 24), np.uint8)
    mask[2:5, 10:14] = 255
    Image.fromarray(mask).save(masks / "page.png")
    words = (scans / "page.png", "-o", "filled.png", "--mask", masks, "--json")
    told = json.loads(embudo("inpaint", cleaner, *words).out)
    assert told["n_filled"] == 12
    filled, truth = np.asarray(Image.open("filled.png")), page()
    np.testing.assert_array_equal(filled[mask == 0], truth[mask == 0])
    hole = np.abs(filled.astype(float) - truth)[mask > 0].mean()
    assert hole < truth[mask > 0].mean()  # better than black


def test_holes_at_random_and_transparent_parts(embudo, cleaner, scans) -> None:
    told = json.loads(
        embudo(
            "inpaint", cleaner, scans, "-o", "f", "--holes", 0.2, "--picture", "s.png", "--json"
        ).out
    )
    assert told["n_filled"] >= 0.2 * (16 * 24 + 64)
    clear = Image.fromarray(page())
    alpha = np.full((16, 24), 255, np.uint8)
    alpha[:4, :4] = 0
    clear.putalpha(Image.fromarray(alpha))
    clear.save("clear.png")
    told = json.loads(embudo("inpaint", cleaner, "clear.png", "-o", "opaque.png", "--json").out)
    assert told["n_filled"] == 16
    assert np.asarray(Image.open("opaque.png"))[:, :, 1].min() == 255


def test_entries_of_a_table_are_filled(embudo, cleaner) -> None:
    marks = np.zeros(DIGITS.shape)
    marks[5, 20:30] = 1
    np.save("marks.npy", marks)
    told = json.loads(
        embudo("inpaint", cleaner, "digits", "-o", "f.npy", "--mask", "marks.npy", "--json").out
    )
    assert (told["n_filled"], told["kind"]) == (10, "rows")
    different = np.argwhere(np.load("f.npy") != DIGITS)
    assert set(different[:, 0]) == {5}
    assert set(different[:, 1]) <= set(range(20, 30))


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (("denoise", "scans", "-o", "scans"), "would replace the pictures"),
        (("denoise", "scans", "-o", "one.png"), "name a folder"),
        (("denoise", "scans/page.png", "-o", "x.csv"), "the ending of one"),
        (("denoise", "scans/page.png", "-o", "scans/page.png"), "would replace the picture"),
        (("denoise", "empty", "-o", "x"), "holds no picture"),
        (("inpaint", "scans/page.png", "-o", "x.png"), "has no transparent part"),
        (("inpaint", "scans", "-o", "x", "--mask", "no"), "there is no mask"),
        (("inpaint", "scans", "-o", "x", "--holes", 1.5), "holes must be a share"),
        (("inpaint", "scans", "-o", "x", "--holes", 0.1, "--mask", "no"), "give one of them"),
        (("inpaint", "digits", "-o", "x.npy"), "say what to fill"),
        (("inpaint", "digits", "-o", "x.npy", "--mask", "scans"), "is to be a .npy file"),
    ],
)
def test_what_cannot_be_is_said(embudo, cleaner, scans, words, reason) -> None:
    Path("empty").mkdir()
    before = sorted(Path("scans").rglob("*"))
    verb, *rest = words
    answer = embudo(verb, cleaner, *rest)
    assert answer.code == 2
    assert reason in answer.err
    assert "Traceback" not in answer.err
    assert sorted(Path("scans").rglob("*")) == before
