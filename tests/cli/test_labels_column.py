"""Labels from a column: to learn from, to count errors by, to draw from."""

import json

import numpy as np
import polars as pl
import pytest

from embudo import load

WORDS = ("--n-components", 6, "--epochs", 20, "--random-state", 0)


@pytest.fixture
def table():
    rng = np.random.default_rng(0)
    kind = rng.integers(2, size=200)
    pl.DataFrame(
        {
            "size": rng.normal(np.where(kind, 3, -3), 1),
            "kind": np.where(kind, "cat", "dog"),
            "wet": np.where((kind == 1) ^ (rng.random(200) < 0.1), "yes", "no"),
        }
    ).write_csv("pets.csv")


@pytest.mark.usefixtures("table")
def test_a_column_of_labels_is_learned_and_told_again(embudo):
    answer = embudo(
        "train", "rbm-classifier", "pets.csv", "-o", "m.embudo", "--labels", "kind", *WORDS
    )
    assert answer.code == 0, answer.err
    model = load("m.embudo")
    assert model.classes_.tolist() == ["cat", "dog"]
    assert model.feature_names_in_.tolist() == ["size", "wet"]
    answer = embudo("predict", "m.embudo", "pets.csv", "--labels", "kind", "-o", "p.csv", "--json")
    told = json.loads(answer.out)
    found, truth = pl.read_csv("p.csv"), pl.read_csv("pets.csv")
    assert found.columns == ["prediction", "p_cat", "p_dog"]
    right = (found["prediction"] == truth["kind"]).mean()
    assert told["accuracy"] == pytest.approx(right)
    assert right > 0.9
    assert told["counts"] == [(found["prediction"] == name).sum() for name in ("cat", "dog")]
    np.testing.assert_allclose(found["p_cat"] + found["p_dog"], 1, atol=1e-6)
    answer = embudo("sample", "m.embudo", "--label", "cat", "-n", 50, "-o", "cats.csv")
    assert answer.code == 0, answer.err
    assert pl.read_csv("cats.csv")["size"].mean() > 1


@pytest.mark.usefixtures("table")
def test_a_data_set_brings_its_own(embudo):
    words = ("--n-components", 16, "--epochs", 3, "--objective", "discriminative")
    answer = embudo("train", "rbm-classifier", "digits", "-o", "d.embudo", *words)
    assert answer.code == 0, answer.err
    answer = embudo("predict", "d.embudo", "digits", "-o", "p.npy", "--json")
    assert json.loads(answer.out)["accuracy"] > 0.5
    assert np.load("p.npy").shape == (1797, 10)


@pytest.mark.usefixtures("table")
@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("train", "rbm-classifier", "pets.csv"), "name the column that holds them with --labels"),
        (("train", "rbm-classifier", "pets.csv", "--labels", "knd"), "did you mean kind?"),
        (("train", "rbm-classifier", "digits", "--labels", "y"), "brings labels of its own"),
        (("train", "rbm-classifier", "holes.csv", "--labels", "kind"), "row 1 of holes.csv has no"),
    ],
)
def test_labels_that_are_not_there_are_named(embudo, words, told):
    pl.DataFrame({"kind": ["cat", None, "dog"], "size": [1.0, 2.0, 3.0]}).write_csv("holes.csv")
    answer = embudo(*words, "-o", "m.embudo")
    assert answer.code == 2
    assert told in answer.err
    assert len(answer.err.strip().splitlines()) == 2


@pytest.mark.usefixtures("table")
def test_a_model_without_classes_is_told_so(embudo):
    embudo("train", "rbm", "pets.csv", "-o", "r.embudo", "--labels", "kind", *WORDS)
    assert load("r.embudo").feature_names_in_.tolist() == ["size", "wet"]
    answer = embudo("predict", "r.embudo", "pets.csv", "-o", "p.csv")
    assert answer.code == 2
    assert "holds a RBM, which has no predict: it takes transform" in answer.err
    answer = embudo("sample", "r.embudo", "--label", "cat", "-o", "x.csv")
    assert answer.code == 2
    assert "draws from no class" in answer.err


@pytest.mark.usefixtures("table")
def test_a_gan_learns_class_by_class_and_says_so(embudo):
    words = ("--n-components", 2, "--width", 8, "--epochs", 2)
    answer = embudo(
        "train", "gan", "pets.csv", "-o", "g.embudo", "--labels", "kind", *words, "--json"
    )
    assert answer.code == 0, answer.err
    assert "learning class by class, of the 2 in the data" in json.loads(answer.out)["notes"]
    assert load("g.embudo").classes_.tolist() == ["cat", "dog"]
    answer = embudo("train", "gan", "pets.csv", "-o", "g.embudo", *words)
    assert not hasattr(load("g.embudo"), "classes_")


def test_a_gan_ends_by_the_codes_of_another_model(embudo):
    embudo("train", "rbm", "digits", "-o", "judge.embudo", "--n-components", 8, "--epochs", 1)
    words = ("--n-components", 2, "--width", 8, "--epochs", 3, "--features", "judge.embudo")
    answer = embudo("train", "gan", "digits", "-o", "g.embudo", *words)
    assert answer.code == 0, answer.err
    assert len(load("g.embudo").history_["frechet_score"]) == 3
    answer = embudo("train", "rbm", "digits", "-o", "r.embudo", "--features", "judge.embudo")
    assert answer.code != 0
    assert "FrechetStopping measures what a model makes up" in answer.err


@pytest.mark.usefixtures("table")
def test_features_are_of_numbers_and_not_of_tables(embudo):
    embudo("train", "rbm", "digits", "-o", "judge.embudo", "--n-components", 8, "--epochs", 1)
    words = ("train", "gan", "pets.csv", "-o", "g.embudo", "--features", "judge.embudo")
    answer = embudo(*words)
    assert answer.code != 0
    assert "--features compares rows of numbers" in answer.err
