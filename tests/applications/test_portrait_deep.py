"""Every kind of model has a page of its own, and those whose layers talk to each other a film."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from PIL import Image

from embudo import ParameterError
from embudo.applications import portrait as portraits
from embudo.applications.portrait import PortraitRequest, portrait
from embudo.applications.portrait_page import portrait_page
from embudo.estimators import MODELS, model_class

SMALL = {
    "dbn": {"hidden": (6, 5)},
    "dbm": {"hidden": (6, 5), "pretrain_epochs": 1},
    "autoencoder": {"hidden": (6,), "n_components": 3},
    "bm": {"n_hidden": 3},
    "gan": {"n_components": 5, "width": 8},
    "dbn-classifier": {"hidden": (6, 5), "pretrain_epochs": 1},
}
OTHERS = [name for name in MODELS if name != "rbm"]
FILMS = {"rbm-classifier": 5, "dbn": 6, "dbm": 4, "vae": 4, "gan": 4}
"""By model, the frames of a film of two sweeps, or of a walk of two stops."""


@pytest.fixture(autouse=True)
def _short_films(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (
        ("_SHOWN_STEPS", 2),
        ("_DREAM_STEPS", 2),
        ("_DREAM_EVERY", 1),
        ("_STOPS", 2),
        ("_STEPS_OF_A_WALK", 2),
    ):
        monkeypatch.setattr(portraits, name, value)


@pytest.fixture(scope="module")
def models(digits: np.ndarray) -> dict[str, object]:
    rows, y = digits[:60], np.arange(60) % 3
    found = {}
    for name in OTHERS:
        settings = SMALL.get(name, {"n_components": 5})
        found[name] = model_class(name)(epochs=1, random_state=0, **settings).fit(rows, y)
    return found


def shown(figure: object) -> str:
    axes = figure.axes  # type: ignore[attr-defined]
    return "\n".join(ax.get_title(loc="left") for ax in axes)


def page(model: object, rows: np.ndarray | None) -> object:
    return portrait_page(model, rows, None, None, title="m", steps=3, seed=0)


@pytest.mark.parametrize("name", OTHERS)
def test_every_model_has_a_page_with_and_without_data(
    models: dict[str, object], digits: np.ndarray, name: str
) -> None:
    for rows in (None, digits[:30]):
        figure = page(models[name], rows)
        figure.draw_without_rendering()  # type: ignore[attr-defined]
        assert f"{type(models[name]).__name__} of 64 columns" in figure.get_suptitle()  # type: ignore[attr-defined]
        assert ("hidden activations" in shown(figure)) == (rows is not None)


def test_a_stack_shows_each_layer_and_its_dreams(
    models: dict[str, object], digits: np.ndarray
) -> None:
    figure = page(models["dbn"], digits[:30])
    words = shown(figure)
    for part in ("layer 1: 6 of 6", "layer 2: 5 of 5", "dreams of, after 3 sweeps"):
        assert part in words
    ticks = [label.get_text() for ax in figure.axes for label in ax.get_yticklabels()]  # type: ignore[attr-defined]
    assert {"original", "reconstructed"} <= set(ticks)
    assert figure.get_suptitle().endswith("6 + 5 hidden units, 2 epochs")  # type: ignore[attr-defined]


def test_a_model_of_classes_shows_them(models: dict[str, object]) -> None:
    figure = page(models["rbm-classifier"], None)
    assert "makes up for each class" in shown(figure)
    rows = [[label.get_text() for label in ax.get_yticklabels()] for ax in figure.axes]  # type: ignore[attr-defined]
    assert ["0", "1", "2"] in rows


@pytest.mark.parametrize("name", OTHERS)
def test_what_has_a_chain_or_codes_to_walk_along_moves(
    models: dict[str, object], tmp_path: Path, name: str
) -> None:
    path = tmp_path / "m.embudo"
    models[name].save(path)  # type: ignore[attr-defined]
    request = PortraitRequest(model=path, out=tmp_path / "film.gif")
    if name not in FILMS:
        with pytest.raises(ParameterError, match=r"no chain between layers, and no codes.*\.png"):
            portrait(request)
        assert not request.out.exists()
        return
    portrait(request)
    with Image.open(request.out) as picture:
        assert picture.n_frames == FILMS[name]


def test_a_gan_shows_how_authentic_rows_seem(models: dict[str, object], digits: np.ndarray) -> None:
    words = shown(page(models["gan"], digits[:30]))
    for part in ("what it makes up", "probability of being authentic", "for each class"):
        assert part in words
    figure = page(models["gan"], None)
    assert "authentic" not in shown(figure)
    assert "and codes of 5 numbers, 1 epoch" in figure.get_suptitle()  # type: ignore[attr-defined]


def test_a_table_of_a_gan_is_drawn_too(
    tmp_path: Path, table_csv: Path, models: dict[str, object]
) -> None:
    frame = pl.read_csv(table_csv)
    model = model_class("gan")(n_components=2, width=8, epochs=1, random_state=0).fit(frame)
    figure = page(model, frame)
    figure.draw_without_rendering()  # type: ignore[attr-defined]
    assert "probability of being authentic" in shown(figure)
