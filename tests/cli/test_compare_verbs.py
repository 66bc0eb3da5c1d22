"""embudo compare and reduce: many models on one table, and a table come down to a few numbers."""

import json
import re
import signal
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from PIL import Image
from sklearn.decomposition import PCA
from sklearn.model_selection import train_test_split

from embudo import load
from embudo.applications import compare as application
from embudo.applications.compare import CompareRequest, compare
from embudo.applications.sources import DataRequest
from embudo.data.readers import open_source
from embudo.training.events import Callback

DIGITS = open_source("digits").read()
SWIFT = ("--seconds", 1, "--n-components", 8)


def write_people(path: str, n: int = 150) -> None:
    rng = np.random.default_rng(0)
    group = rng.integers(3, size=n)
    age = [None if rng.random() < 0.1 else float(a) for a in 20 * group + rng.normal(30, 3, n)]
    frame = {"age": age, "city": [["Lima", "Oslo", "Bonn"][g] for g in group]}
    frame["income"] = (1000.0 * group + rng.normal(0, 50, n)).tolist()
    frame["segment"] = [["a", "b", "c"][g] for g in group]
    pl.DataFrame(frame).write_csv(path)


def test_everyone_is_measured_by_the_same_rows(embudo) -> None:
    words = ("digits", "-o", "r.html", "--models", "rbm,autoencoder", *SWIFT, "--json")
    answer = embudo("compare", *words)
    assert answer.code == 0
    told = json.loads(answer.out)
    assert [s["model"] for s in told["standings"]] == ["pca", "rbm", "autoencoder"]
    assert (told["n_rows"], told["n_tested"]) == (1438, 359)
    train, test = train_test_split(np.arange(1797), test_size=359, random_state=0)
    pca = PCA(8).fit(DIGITS[train])
    rebuilt = pca.inverse_transform(pca.transform(DIGITS[test]))
    measures = told["standings"][0]["measures"]
    error = np.sqrt(np.square(rebuilt - DIGITS[test]).mean())
    assert measures["error"] == pytest.approx(error, rel=1e-4)
    for standing in told["standings"]:
        assert standing["measures"]["neighbour_accuracy"] > 0.7
        assert standing["n_parameters"] > 500
    page = Path("r.html").read_text()
    assert page.count("<section>") == 4
    assert page.count("data:image/png") > 40
    assert not re.search(r"(src|href)=.http", page)


def test_a_mixed_table_with_holes_and_labels(embudo) -> None:
    write_people("people.csv")
    words = ("people.csv", "-o", "r.html", "--labels", "segment", "--models", "vae", "--json")
    told = json.loads(embudo("compare", *words, "--seconds", 2, "--n-components", 2).out)
    pca, vae = (standing["measures"] for standing in told["standings"])
    assert pca["probe_accuracy"] > 0.9
    assert vae["error"] > 0
    assert "data:image/png" not in Path("r.html").read_text()


def test_who_fails_is_told_of_and_the_others_go_on(embudo, monkeypatch) -> None:
    words = ("digits", "-o", "r.html", "--models", "rbm-classifier,umap,rbm", *SWIFT, "--json")
    monkeypatch.setitem(__import__("sys").modules, "umap", None)
    told = json.loads(embudo("compare", *words).out)
    failures = {s["model"]: s["failure"] for s in told["standings"]}
    assert "learns from labels" in failures["rbm-classifier"]
    assert "umap-learn is not installed" in failures["umap"]
    assert failures["rbm"] == failures["pca"] == ""
    assert "umap-learn is not installed" in Path("r.html").read_text()


def test_time_is_kept_and_shared_by_the_layers() -> None:
    request = CompareRequest(
        data=DataRequest("digits"), out=Path("r.html"), models=("dbn",), n_components=8, seconds=2
    )
    _, dbn = compare(request).standings
    assert dbn.note == "stopped after 2 s"
    assert 1 < dbn.seconds < 6


class Interrupting(Callback):
    def on_epoch(self, run) -> None:
        signal.raise_signal(signal.SIGINT)


def test_after_ctrl_c_the_report_has_those_who_are_done() -> None:
    request = CompareRequest(
        data=DataRequest("digits"), out=Path("r.html"), models=("rbm", "vae"), n_components=8
    )
    result = compare(request, lambda name: [Interrupting()])
    assert result.interrupted
    assert [standing.model for standing in result.standings] == ["pca", "rbm"]
    assert "had not had their turn" in Path("r.html").read_text()


def test_without_names_all_take_part() -> None:
    known = {*application.MODELS}
    assert known >= {
        "pca",
        "rbm",
        "dbn",
        "autoencoder",
        "sparse",
        "denoising",
        "contractive",
        "vae",
    }


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (("compare", "digits", "-o", "r.txt"), "the ending .html"),
        (("compare", "digits", "-o", "r.html", "--models", "rmb"), "no model 'rmb'"),
        (("compare", "digits", "-o", "r.html", "--n-components", 0), "n_components must be"),
        (("compare", "digits", "-o", "r.html", "--seconds", 0), "seconds must be"),
        (("reduce", "digits", "-o", "c.csv", "--model", "no"), "no model 'no'"),
        (("reduce", "digits", "-o", "c.csv", "--set", "epoch=3"), "did you mean epochs"),
        (("reduce", "digits", "-o", "c.csv", "--set", "epochs"), "has no '='"),
        (("reduce", "digits", "-o", "c.csv", "--set", "epochs=x"), "epochs must be"),
        (("reduce", "digits", "-o", "c.csv", "--model", "rbm-classifier"), "learns from labels"),
        (("reduce", "digits", "-o", "c.csv", "--picture", "m.svg"), "the ending .png"),
    ],
)
def test_what_cannot_be_is_said(embudo, words, reason) -> None:
    answer = embudo(*words)
    assert answer.code == 2
    assert reason in answer.err
    assert not list(Path().iterdir())


def test_reducing_writes_codes_a_map_and_the_model(embudo) -> None:
    settings = ("--set", "hidden=32,16", "--set", "epochs=2", "--save", "m.embudo")
    words = ("digits", "-o", "codes.csv", "--picture", "map.png", *settings, "--json")
    told = json.loads(embudo("reduce", *words).out)
    assert (told["n_rows"], told["n_components"], told["epochs"]) == (1797, 2, 2)
    model = load("m.embudo")
    assert model.hidden == (32, 16)
    assert model.neighbours > 0
    codes = pl.read_csv("codes.csv").to_numpy()
    np.testing.assert_allclose(codes, model.transform(DIGITS), rtol=1e-4, atol=1e-5)
    with Image.open("map.png") as picture:
        assert picture.size == (840, 840)


def test_any_model_reduces_and_labels_stay_out(embudo) -> None:
    write_people("people.csv")
    words = ("people.csv", "-o", "c.npy", "--labels", "segment", "--model", "rbm")
    assert embudo("reduce", *words, "--n-components", 3, "--set", "epochs=2") == (0, "", "")
    assert np.load("c.npy").shape == (150, 3)
