"""The portrait of a saved model: a page or a moving picture, and clear words where neither goes."""

import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from embudo import MissingExtraError, ParameterError, load
from embudo.applications import portrait as portraits
from embudo.applications.portrait import PortraitRequest, PortraitResult, portrait
from embudo.applications.portrait_page import portrait_page
from embudo.applications.sources import DataRequest


@pytest.fixture(autouse=True)
def _short_chains(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(portraits, "_SHOWN_STEPS", 2)


def texts(figure: object) -> str:
    """All titles and words of a figure."""
    axes = figure.axes  # type: ignore[attr-defined]
    return "\n".join(ax.get_title(loc="left") for ax in axes)


def test_a_page_without_data_shows_what_the_model_knows_itself(digits_model: Path) -> None:
    model = load(digits_model)
    figure = portrait_page(model, None, None, None, title="d.embudo", steps=1, seed=0)
    shown = texts(figure)
    for words in ("filters", "singular values", "KL divergence", "reconstruction error"):
        assert words in shown
    assert "free energy in nats" not in shown
    assert figure.get_suptitle() == "d.embudo: RBM of 64 columns and 8 hidden units, 2 epochs"


def test_with_data_come_free_energies_and_activations(
    digits_model: Path, digits: np.ndarray
) -> None:
    model = load(digits_model)
    figure = portrait_page(model, digits[:50], digits[50:60], None, title="", steps=1, seed=0)
    shown = texts(figure)
    assert "free energy in nats" in shown
    assert "hidden activations: 8 units" in shown
    legends = [ax.get_legend() for ax in figure.axes if ax.get_legend() is not None]
    words = [text.get_text() for legend in legends for text in legend.get_texts()]
    assert any(word.startswith("held out ") for word in words)


def test_nothing_on_the_page_leaves_it_or_overlaps(digits_model: Path, digits: np.ndarray) -> None:
    model = load(digits_model)
    figure = portrait_page(model, digits[:50], None, None, title="d.embudo", steps=1, seed=0)
    figure.draw_without_rendering()
    boxes = [ax.get_tightbbox() for ax in figure.axes if ax.axison or ax.images]
    for box in boxes:
        assert box.x0 >= 0
        assert box.y0 >= 0
        assert box.x1 <= figure.bbox.width
        assert box.y1 <= figure.bbox.height
    overlaps = [
        (i, j) for i, a in enumerate(boxes) for j, b in enumerate(boxes[:i]) if a.overlaps(b)
    ]
    assert overlaps == []


def test_pages_and_chains_are_written(tmp_path: Path, digits_model: Path) -> None:
    page = portrait(PortraitRequest(model=digits_model, out=tmp_path / "page.png"))
    assert isinstance(page, PortraitResult)
    assert not page.is_moving
    with Image.open(page.out) as picture:
        assert picture.format == "PNG"
        assert picture.width == 1650
    request = PortraitRequest(
        model=digits_model, out=tmp_path / "chain.gif", data=DataRequest("digits")
    )
    assert portrait(request).is_moving
    with Image.open(tmp_path / "chain.gif") as picture:
        assert picture.n_frames == 5


def test_a_table_is_drawn_too(tmp_path: Path, table_model: Path, table_csv: Path) -> None:
    data = DataRequest(str(table_csv))
    for name in ("page.png", "chain.gif"):
        portrait(PortraitRequest(model=table_model, out=tmp_path / name, data=data, steps=5))
        assert (tmp_path / name).stat().st_size > 5000


def test_the_same_seed_makes_the_same_picture(tmp_path: Path, digits_model: Path) -> None:
    def content(name: str, seed: int) -> bytes:
        portrait(PortraitRequest(model=digits_model, out=tmp_path / name, seed=seed))
        return (tmp_path / name).read_bytes()

    assert content("a.gif", 1) == content("b.gif", 1) != content("c.gif", 2)


@pytest.mark.parametrize("name", ["page.jpg", "page", "page.svg"])
def test_other_endings_are_refused(tmp_path: Path, digits_model: Path, name: str) -> None:
    with pytest.raises(ParameterError, match=r"\.png or \.gif"):
        portrait(PortraitRequest(model=digits_model, out=tmp_path / name))
    assert not (tmp_path / name).exists()


def test_rows_held_out_alone_are_refused(tmp_path: Path, digits_model: Path) -> None:
    with pytest.raises(ParameterError, match="give both"):
        portrait(
            PortraitRequest(
                model=digits_model, out=tmp_path / "p.png", held_out=DataRequest("digits")
            )
        )


def test_without_matplotlib_nothing_is_written_and_the_extra_is_named(
    tmp_path: Path, digits_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    for name in ("page.png", "chain.gif"):
        with pytest.raises(MissingExtraError, match=r"embudo\[plots\]"):
            portrait(PortraitRequest(model=digits_model, out=tmp_path / name))
    assert not list(tmp_path.iterdir())


def test_only_the_first_rows_of_large_data_are_looked_at(
    tmp_path: Path, digits_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []

    def page(model: object, rows: np.ndarray, *more: object, **most: object) -> object:
        seen.append(len(rows))
        return portrait_page(model, None, None, None, title="", steps=1, seed=0)

    monkeypatch.setattr(portraits, "_MOST_ROWS", 100)
    monkeypatch.setattr(portraits, "portrait_page", page)
    request = PortraitRequest(
        model=digits_model, out=tmp_path / "page.png", data=DataRequest("digits")
    )
    portrait(request)
    assert seen == [100]
