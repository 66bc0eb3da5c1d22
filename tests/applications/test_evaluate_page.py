"""The page of an evaluation: what it shows of which model, and that it stands alone."""

import base64
import io
import re
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from PIL import Image

from embudo import GAN, RBM, ParameterError, RBMClassifier
from embudo.applications.evaluate import evaluate
from embudo.applications.evaluation import EvaluateRequest
from embudo.applications.report.histogram import Group, histogram
from embudo.applications.sources import DataRequest
from embudo.data.readers import open_source

GIF = re.compile(r'src="data:image/gif;base64,([^"]+)"')


def headings(page: str) -> list[str]:
    return re.findall(r"<h2>(.*?)</h2>", page)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A GAN of three classes, and one that tells them."""
    there = tmp_path_factory.mktemp("models")
    source = open_source("digits")
    y = np.asarray(source.labels)
    X, y = source.read()[y < 3], y[y < 3]
    np.save(there / "few.npy", X)
    GAN(n_components=4, width=8, epochs=2, random_state=0).fit(X, y).save(there / "g.embudo")
    RBMClassifier(n_components=8, epochs=2, random_state=0).fit(X, y).save(there / "c.embudo")
    RBM(n_components=8, epochs=1, random_state=0).fit(X).save(there / "r.embudo")
    return there


def written(folder: Path, model: str, **more: object) -> str:
    request = EvaluateRequest(
        model=folder / model,
        data=DataRequest(str(folder / "few.npy")),
        steps=5,
        out=folder / "page.html",
        **more,  # type: ignore[arg-type]
    )
    evaluate(request)
    return (folder / "page.html").read_text()


def test_a_gan_is_shown_with_all_that_it_has(folder: Path) -> None:
    page = written(folder, "g.embudo", classifier=folder / "c.embudo")
    assert headings(page) == [
        "Side by side",
        "What it makes up",
        "Class by class",
        "Is every class there?",
        "A walk from code to code",
        "Can the discriminator tell?",
        "How it learned",
        "How it was measured",
    ]
    (film,) = GIF.findall(page)
    with Image.open(io.BytesIO(base64.b64decode(film))) as frames:
        assert frames.n_frames > 1
    assert "http" not in page.replace("http-equiv", "").replace("http://www.w3.org/2000/svg", "")


def test_samples_stand_above_the_nearest_row_that_was_learned_from(folder: Path) -> None:
    """A real row, asked for, would stand above itself: here the pictures are those of the data."""
    page = written(folder, "g.embudo")
    beside = page.partition("the nearest row that it learned from")[2].partition("</figure>")[0]
    rows = np.load(folder / "few.npy")
    known = {np.rint(255 * (1 - row)).astype(np.uint8).tobytes() for row in rows}
    found = re.findall(r"data:image/png;base64,([^\"]+)", beside)
    assert len(found) == 10
    for picture in found:
        with Image.open(io.BytesIO(base64.b64decode(picture))) as image:
            assert np.asarray(image.convert("L")).tobytes() in known


def test_a_model_of_chains_is_shown_without_what_it_lacks(folder: Path) -> None:
    page = written(folder, "r.embudo")
    assert headings(page) == [
        "Side by side",
        "What it makes up",
        "How it learned",
        "How it was measured",
    ]
    assert "after 5 steps each" in page


def test_a_table_shows_rows_that_nobody_wrote(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    frame = pl.DataFrame(
        {"co<b>lour": rng.choice(["red", "green"], 60), "size": rng.normal(20, 5, 60)}
    )
    frame.write_csv(tmp_path / "t.csv")
    GAN(n_components=2, width=8, epochs=1, random_state=0).fit(frame).save(tmp_path / "g.embudo")
    request = EvaluateRequest(
        model=tmp_path / "g.embudo",
        data=DataRequest(str(tmp_path / "t.csv")),
        out=tmp_path / "page.html",
    )
    evaluate(request)
    page = (tmp_path / "page.html").read_text()
    assert "Nobody wrote these rows." in page
    assert "co&lt;b&gt;lour" in page
    assert page.count("<td>red</td>") + page.count("<td>green</td>") == 10


@pytest.mark.parametrize(
    ("more", "match"),
    [
        ({"out": Path("page.pdf")}, "is to be a report"),
        ({"image_shape": (5, 5)}, "image_shape=5x5 has 25 numbers"),
    ],
)
def test_what_cannot_be_written_is_refused_before_any_work(
    folder: Path, tmp_path: Path, more: dict[str, object], match: str
) -> None:
    settings = {"out": tmp_path / "page.html", **more}
    request = EvaluateRequest(
        model=folder / "g.embudo",
        data=DataRequest("nothing.csv"),
        **settings,  # type: ignore[arg-type]
    )
    with pytest.raises(ParameterError, match=match):
        evaluate(request)
    assert not list(tmp_path.iterdir())


def test_a_histogram_has_all_groups_at_one_scale() -> None:
    drawing = histogram(
        "Chances", [Group("a", np.array([0.0, 1.0]), "line"), Group("b", np.full(8, 0.5), "held")]
    )
    paths = re.findall(r'<path d="([^"]+)"', drawing)
    tops = [min(float(y) for y in re.findall(r" (-?[\d.]+)", path)) for path in paths]
    assert tops[1] == pytest.approx(24)  # all in one bin: as high as it gets
    assert tops[0] == pytest.approx((24 + 176) / 2)  # half in each of two
    assert "a 0.5 in the mean" in drawing
