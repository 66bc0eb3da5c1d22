"""embudo evaluate: what is printed, as words and as JSON, and what is refused."""

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from embudo import RBMClassifier
from embudo.data.readers import open_source

SWIFT = ("--steps", 20)


def test_every_figure_stands_beside_its_floor(embudo, trained: Path) -> None:
    answer = embudo("evaluate", trained, "digits", *SWIFT)
    assert (answer.code, answer.err) == (0, "")
    lines = [line.split() for line in answer.out.splitlines() if line.strip()]
    assert lines[0] == ["measure", "samples", "floor", "best"]
    found = json.loads(embudo("evaluate", trained, "digits", *SWIFT, "--json").out)["quality"]
    for line in lines[2:10]:
        *name, samples, floor, _ = line
        key = "_".join(name).lower().replace("é", "e")
        assert float(samples) == pytest.approx(found["samples"][key], rel=1e-3)
        assert float(floor) == pytest.approx(found["floor"][key], rel=1e-3)
    text = " ".join(answer.out.split())
    for told in (
        "features the rows themselves: 64 numbers",
        "samples 898 means of RBM, after 20 steps each",
        "real rows 899",
        "floor 898 rows in place of the samples, from 898 rows of digits, put aside",
    ):
        assert told in text


def test_classes_are_listed_with_their_judge(embudo, trained: Path) -> None:
    source = open_source("digits")
    model = RBMClassifier(n_components=20, epochs=4, random_state=0)
    model.fit(source.read(), np.asarray(source.labels)).save("judge.embudo")
    words = ("evaluate", trained, "digits", *SWIFT, "--classifier", "judge.embudo")
    found = json.loads(embudo(*words, "--json").out)["quality"]["classes"]
    assert found["classes"] == [str(digit) for digit in range(10)]
    text = " ".join(embudo(*words).out.split())
    shares = zip(found["classes"], found["generated"], strict=True)
    assert ", ".join(f"{name} {share:.1%}" for name, share in shares) in text
    assert "told by RBMClassifier" in text


def test_what_stands_out_is_said(embudo, trained: Path) -> None:
    """A model of eight units and two epochs draws hardly more than the mean digit."""
    told = embudo("evaluate", trained, "digits", *SWIFT).out.splitlines()
    assert "- some real rows are like no sample: modes dropped" in told
    assert any(line.endswith("have a twin: collapse suspected") for line in told)


def test_a_table_with_texts(embudo) -> None:
    rng = np.random.default_rng(0)
    colour = rng.choice(["red", "green", "blue"], 80)
    pl.DataFrame({"colour": colour, "size": rng.normal(20, 5, 80)}).write_csv("table.csv")
    settings = ("--n-components", 2, "--epochs", 2, "--random-state", 0)
    assert embudo("train", "rbm", "table.csv", "-o", "m.embudo", *settings).code == 0
    answer = embudo("evaluate", "m.embudo", "table.csv", *SWIFT, "--json")
    assert answer.code == 0, answer.err
    assert json.loads(answer.out)["quality"]["n_features"] == 4


@pytest.mark.parametrize(
    ("words", "error"),
    [
        ((), "missing argument 'DATA'"),
        (("digits", "--samples", "many"), "'many' is no whole number"),
        (("digits", "--samples", "3"), "n_samples must be at least 10, but is 3"),
        (("digits", "--steps", "0"), "steps must be a whole number >= 1, but is 0"),
        (("digits", "--features", "no.embudo"), "no.embudo: cannot be read"),
        (("digits", "--classifier", "MODEL"), "which has no predict"),
        (("digits", "--test", "few.npy"), "few.npy has 3 rows"),
        (("few.npy",), "few.npy has 3 rows"),
        (("digit",), "did you mean digits?"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_mistakes_are_two_lines(embudo, trained: Path, words, error) -> None:
    np.save("few.npy", np.zeros((3, 64)))
    answer = embudo("evaluate", trained, *(trained if word == "MODEL" else word for word in words))
    assert (answer.code, answer.out) == (2, "")
    first, second = answer.err.splitlines()
    assert error in first
    assert second.startswith("hint: ")
