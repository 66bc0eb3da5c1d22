"""What each command prints and writes, and what it does not."""

import json
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from embudo import RBM, load
from embudo.cli.document import as_plain
from embudo.data.readers import open_source
from embudo.training.history import History, Row

FEW = ("--n-components", 8, "--epochs", 2, "--random-state", 0)


def document(text: str) -> dict[str, Any]:
    def refuse(name: str) -> float:
        raise ValueError(f"{name} is no JSON")

    found: dict[str, Any] = json.loads(text, parse_constant=refuse)
    return found


def test_training_gives_what_python_gives(embudo) -> None:
    answer = embudo("train", "rbm", "digits", "-o", "model.embudo", *FEW, "--no-centered")
    assert answer == (0, "", "")
    rbm = RBM(n_components=8, epochs=2, random_state=0, centered=False)
    rbm.fit(open_source("digits").read())
    np.testing.assert_array_equal(load("model.embudo").components_, rbm.components_)
    assert [path.name for path in Path.cwd().iterdir()] == ["model.embudo"]


def test_training_with_every_option(embudo) -> None:
    answer = embudo(
        *("train", "rbm", "digits", "-o", "model.embudo", *FEW, "--binarize", "0.5"),
        *("--log", "run.jsonl", "--tensorboard", "logs", "--checkpoint-minutes", 1, "--resume"),
        *("--learning-rate", 0.2, "--n-chains", 7, "--visible", "bernoulli", "--json"),
    )
    assert (answer.code, answer.err) == (0, "")
    told = document(answer.out)
    assert told["parameters"]["learning_rate"] == 0.2
    assert told["parameters"]["n_chains"] == 7
    assert told["out"] == "model.embudo"
    assert [row["epoch"] for row in told["history"]] == [1, 2]
    assert "Numbers above 0.5 became 1, all others 0." in told["notes"]
    assert "starting from the beginning" in told["notes"][1]
    assert len(Path("run.jsonl").read_text().splitlines()) == 2
    assert list(Path("logs").iterdir())


def test_commands_are_silent_in_a_pipe(embudo, trained: Path) -> None:
    picture = ("--noise", "salt:0.2", "--picture", "seen.png")
    for words in (
        ("transform", trained, "digits", "-o", "codes.npy"),
        ("reconstruct", trained, "digits", "-o", "rebuilt.npy", *picture),
        ("sample", trained, "-n", 3, "--steps", 2, "-o", "samples.png"),
        ("score", trained, "digits", "-o", "scores.csv"),
    ):
        assert embudo(*words) == (0, "", "")
    written = {"codes.npy", "rebuilt.npy", "seen.png", "samples.png", "scores.csv"}
    assert {path.name for path in Path.cwd().iterdir()} == written
    assert np.load("codes.npy").shape == (1797, 8)


@pytest.mark.parametrize(
    ("words", "key", "value"),
    [
        (("transform", "MODEL", "digits", "-o", "x.npy"), "n_columns", 8),
        (("reconstruct", "MODEL", "digits", "-o", "x.npy"), "noisy_error", None),
        (("sample", "MODEL", "-o", "x.npy", "-n", 2, "--steps", 2), "n_rows", 2),
        (("sample", "MODEL", "-o", "x.npy", "-n", 2, "--steps", 2, "--means"), "means", True),
        (("score", "MODEL", "digits", "-o", "x.csv"), "n_rows", 1797),
        (("inspect", "MODEL"), "n_features", 64),
        (("export", "MODEL", "--onnx", "e.onnx", "d.onnx"), "opset", 18),
        (("doctor",), "auto_precision", None),
        (("models",), "models", None),
        (("demo", "-o", "demo", "--epochs", 1), "model_path", "demo/rbm.embudo"),
    ],
    ids=lambda words: words[0] if isinstance(words, tuple) else "",
)
def test_json_is_one_document_and_nothing_else(
    embudo, trained: Path, words: tuple[object, ...], key: str, value: object
) -> None:
    answer = embudo(*(trained if word == "MODEL" else word for word in words), "--json")
    assert (answer.code, answer.err) == (0, "")
    told = document(answer.out)
    assert key in told
    assert value is None or told[key] == value


def test_exporting_writes_two_graphs_and_nothing_else(embudo, trained: Path) -> None:
    assert embudo("export", trained, "--onnx", "encoder.onnx", "decoder.onnx") == (0, "", "")
    assert {path.name for path in Path.cwd().iterdir()} == {"encoder.onnx", "decoder.onnx"}


def test_json_agrees_with_the_files(embudo, trained: Path) -> None:
    told = document(embudo("score", trained, "digits", "-o", "scores.npy", "--json").out)
    rows, scores = np.load("scores.npy").T
    assert sorted(rows) == list(range(1797))
    assert told["mean"] == pytest.approx(scores.mean(), rel=1e-5)
    assert told["oddest"][0]["row"] == rows[0]
    assert told["lowest"] == scores[0] == scores.min()


def test_inspect_shows_the_facts(embudo, trained: Path) -> None:
    answer = embudo("inspect", trained)
    assert (answer.code, answer.err) == (0, "")
    for words in ("model of class RBM", "1,797 rows of 64 columns", "64 bernoulli"):
        assert words in answer.out
    facts = " ".join(answer.out.split())  # a long path may break the line
    assert "format version 1, digest matches" in facts
    table = answer.out.partition("KL divergence")[2]
    history = load(trained).history_
    assert f"{history['kl_divergence'][-1]:.4g}" in table


def test_models_and_doctor_show_tables(embudo) -> None:
    assert "Restricted Boltzmann machine" in embudo("models").out
    out = embudo("doctor").out
    for words in ("python 3.", "torch 2.", "threads", "bfloat16", '"auto" takes', "extra data"):
        assert words in out


def test_the_demo_prints_what_it_learned(embudo) -> None:
    answer = embudo("demo", "-o", "results", "--epochs", 2)
    assert (answer.code, answer.err) == (0, "")
    for head in (
        *("epoch", "KL divergence", "reconstruction error", "pseudo-log-likelihood"),
        *("free-energy gap", "seconds", "raw pixels", "PCA", "RBM"),
    ):
        assert head in answer.out
    assert Path("results/rbm.embudo").exists()
    assert Path("results/report.html").exists()
    assert "wrote results/rbm.embudo and results/report.html" in answer.out


def test_a_warning_is_one_line(embudo, monkeypatch: pytest.MonkeyPatch) -> None:
    def warn() -> tuple[()]:
        warnings.warn("two\nlines", UserWarning, stacklevel=2)
        return ()

    monkeypatch.setattr("embudo.applications.models.models", warn)
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        answer = embudo("models")
    assert answer.code == 0
    assert answer.err == "warning: two lines\n"


def test_plain_values() -> None:
    history = History([Row(1, 2, 0.5, 0.1, {"loss": float("nan")})])
    assert as_plain({"h": history, "p": Path("a"), "n": float("inf"), "t": (1, None, True)}) == {
        "h": [{"epoch": 1, "loss": None, "steps": 2, "seconds": 0.5, "learning_rate": 0.1}],
        "p": "a",
        "n": None,
        "t": [1, None, True],
    }
