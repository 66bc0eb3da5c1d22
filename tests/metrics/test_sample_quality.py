"""Measures of samples: through features, beside a floor, of sets whose answers are known."""

import math

import numpy as np
import pandas as pd
import pytest
import scipy.sparse
import torch
from numpydoc.docscrape import FunctionDoc
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression

from embudo import RBM, DataError, ParameterError, metrics
from embudo.metrics import (
    Extractor,
    class_shares,
    density_coverage,
    duplicates,
    frechet_distance,
    kernel_distance,
    nearest_rows,
    precision_recall,
    sample_quality,
)

X = np.random.default_rng(1).normal(size=(400, 6))
Y = np.random.default_rng(2).normal(size=(300, 6)) * 1.5 + 1


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def by_hand(a, b):
    """Heusel et al. (2017), equation 6, by eigenvalues of the product."""
    c, d = np.cov(a, rowvar=False), np.cov(b, rowvar=False)
    roots = np.sqrt(np.linalg.eigvals(c @ d).real.clip(0))
    return ((a.mean(0) - b.mean(0)) ** 2).sum() + np.trace(c) + np.trace(d) - 2 * roots.sum()


def test_the_distance_is_that_of_the_rows_themselves():
    assert frechet_distance(X, Y) == pytest.approx(by_hand(X, Y), rel=1e-9)


@pytest.mark.parametrize(
    "form",
    [
        scipy.sparse.csr_matrix,
        torch.from_numpy,
        pd.DataFrame,
        np.ndarray.tolist,
        lambda x: x.reshape(-1, 2, 3),
    ],
    ids=["csr", "tensor", "frame", "list", "pictures"],
)
def test_rows_may_come_in_any_form(form):
    assert frechet_distance(form(X), form(Y)) == pytest.approx(by_hand(X, Y), rel=1e-9)


def test_features_are_of_an_estimator_or_a_callable():
    pca = PCA(3).fit(X)
    expected = by_hand(pca.transform(X), pca.transform(Y))
    assert frechet_distance(X, Y, features=pca) == pytest.approx(expected, rel=1e-9)
    assert frechet_distance(X, Y, features=pca.transform) == pytest.approx(expected, rel=1e-9)

    def rotated(rows):
        return torch.from_numpy(rows) * 2

    assert frechet_distance(X, Y, features=rotated) == pytest.approx(4 * by_hand(X, Y), rel=1e-9)


def test_features_are_taken_block_by_block():
    sizes = []

    def watched(rows):
        sizes.append(len(rows))
        return rows

    frechet_distance(np.zeros((9000, 2)), np.zeros((10, 2)), features=watched)
    assert sizes == [4096, 4096, 808, 10]


def test_extractors_have_names():
    names = [Extractor.of(f).name for f in (None, PCA(), np.sqrt, Extractor("nets", np.sqrt))]
    assert names == ["the rows themselves", "PCA.transform", "sqrt", "nets"]
    with pytest.raises(ParameterError, match="features=3 gives no features"):
        frechet_distance(X, Y, features=3)


def holed(rows):
    return np.where(np.arange(len(rows))[:, None] == 7, np.nan, rows)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: frechet_distance(X, Y[:, :5]), DataError, "generated has 5 features.* have 6"),
        (lambda: frechet_distance(X, Y[:1]), DataError, "generated holds 1 rows.* give 2"),
        (lambda: frechet_distance(X[:0], Y), DataError, r"real has the shape \(0, 6\)"),
        (lambda: frechet_distance(X[0], Y), DataError, r"real has the shape \(6,\)"),
        (lambda: frechet_distance(holed(X), Y), DataError, "row 7 of real .* not finite"),
        (lambda: frechet_distance(X, Y, features=np.sum), DataError, "no rows of numbers"),
        (lambda: frechet_distance([["a"]], [["b"]]), DataError, "real: the rows themselves gives"),
        (lambda: frechet_distance(X, Y, features=lambda r: r[1:]), DataError, "gave 399 rows"),
        (lambda: precision_recall(X, Y[:3]), DataError, "generated holds 3 rows.* give 4"),
        (lambda: density_coverage(X[:5], Y), DataError, "real holds 5 rows.* give 6"),
        (lambda: density_coverage(X, Y, k=0), ParameterError, "k must be at least 1, but is 0"),
        (lambda: nearest_rows(X[:2], Y, k=3), DataError, "real holds 2 rows.* give 3"),
        (lambda: duplicates(X, radius=-1.0), ParameterError, "radius must be at least 0"),
        (lambda: kernel_distance(X, Y, n_subsets=0), ParameterError, "n_subsets must be at least"),
        (lambda: kernel_distance(X, Y, subset_size=1), ParameterError, "subset_size must be at"),
        (lambda: sample_quality(X, Y, X[:9]), DataError, "held_out holds 9 rows.* give 10"),
        (lambda: class_shares(X, Y, 3), ParameterError, "classifier=3 tells no classes"),
        (lambda: class_shares(X, Y, lambda r: r), DataError, r"shape \(400, 6\) for the 400 rows"),
    ],
)
def test_what_cannot_be_measured_is_refused(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_the_nearest_rows_are_found():
    found = nearest_rows(X, X[[5, 9]] + 1e-6, k=2)
    assert found.indices[:, 0].tolist() == [5, 9]
    assert found.distances[:, 0] == pytest.approx([1e-6 * math.sqrt(6)] * 2, rel=1e-6)
    assert (found.distances[:, 1] > 0.1).all()


def test_subsets_of_few_rows_differ_from_each_other():
    assert kernel_distance(X, Y).deviation > 0


def test_the_floor_is_that_of_rows_held_out(rng):
    """It has the values that samples from the data themselves have, and the samples do not."""
    sets = rng.normal(size=(3, 500, 4))
    found = sample_quality(*sets)
    for name in ("precision", "recall", "density", "coverage", "nearest_training"):
        ours, floor = getattr(found.samples, name), getattr(found.floor, name)
        assert ours == pytest.approx(floor, abs=0.1), name
    assert found.samples.frechet_distance < 0.1
    assert found.floor.frechet_distance == pytest.approx(frechet_distance(sets[0], sets[2]))
    assert found.readings == ()
    assert "features: the rows themselves, 4 numbers; 500 samples, 500 real rows" in str(found)


def test_samples_and_rows_held_out_are_as_many():
    found = sample_quality(X, Y, X[:50])
    assert found.n_real == 400
    assert found.n_samples == 50
    assert found == sample_quality(X, Y, X[:50])
    assert found != sample_quality(X, Y, X[:50], random_state=1)


def test_a_collapsed_model_is_found_out(rng):
    real, held_out = rng.normal(size=(2, 600, 3))
    one = rng.normal(size=(1, 3)) * 0.5 + 1e-3 * rng.normal(size=(600, 3))
    found = sample_quality(real, one, held_out)
    assert found.samples.recall < 0.1
    assert found.samples.duplicates == 1
    assert found.floor.duplicates < 0.05
    told = " ".join(found.readings)
    assert "100.0% of the samples have a twin: collapse suspected" in told
    assert "modes dropped" in told


def test_samples_that_vary_less_are_no_dropped_modes(rng):
    """Most columns are blurred: every real row still has a sample near it."""
    sharp = np.arange(15) < 3
    real, held_out, rows = rng.normal(size=(3, 600, 15)) * np.where(sharp, 2, 0.6)
    found = sample_quality(real, rows * sharp, held_out)
    assert found.samples.recall < 0.2
    assert found.samples.coverage > 0.85 * found.floor.coverage
    told = " ".join(found.readings)
    assert "samples vary less than real rows do" in told
    assert "dropped" not in told
    assert "collapse" not in told


def test_a_model_that_copies_and_one_that_invents_are_found_out(rng):
    real, held_out = rng.normal(size=(2, 600, 3))
    copied = sample_quality(real, real + 1e-4 * rng.normal(size=real.shape), held_out)
    assert copied.readings[-1].startswith("samples are nearer to real rows")
    invented = sample_quality(real, real * 5, held_out)
    assert "many samples are like no real row" in invented.readings


@pytest.mark.parametrize("n", [20, 60])
def test_chance_raises_no_alarm(n, rng):
    """With so few rows measures vary much, also those of samples from the data themselves."""
    sets = rng.normal(size=(40, 3, n, 4))
    alarms = [bool(sample_quality(*each).readings) for each in sets]
    assert sum(alarms) <= 6


def test_few_samples_of_many_features_are_told(rng):
    sets = rng.normal(size=(3, 30, 40))
    assert "30 samples are few for 40 features" in sample_quality(*sets).readings[0]


def test_classes_are_counted_by_the_classifier(rng):
    labels = np.repeat(["a", "b", "c"], 100)
    centres = np.array([[0.0, 0], [10, 0], [0, 10]])
    rows = np.repeat(centres, 100, 0) + rng.normal(size=(300, 2))
    judge = LogisticRegression().fit(rows, labels)
    found = class_shares(rows, rows[:150], judge)
    assert found.classifier == "LogisticRegression"
    assert found.classes == ("a", "b", "c")
    assert found.real == pytest.approx([1 / 3] * 3)
    assert found.generated == pytest.approx([2 / 3, 1 / 3, 0])
    assert found.missing == ("c",)
    assert found.n_found == 2
    assert found.largest_gap == pytest.approx(1 / 3)
    assert found.divergence == pytest.approx(2 / 3 * math.log(2), rel=1e-9)
    quality = sample_quality(rows, rows[:150], rows, classifier=judge)
    assert quality.samples.n_classes == 2
    assert quality.floor.n_classes == 3
    assert quality.floor.class_divergence == pytest.approx(0, abs=1e-12)
    assert quality.classes == found
    assert quality.readings[-1] == "no sample is of class c"


def test_an_rbm_is_looked_at_through_another_one(rng):
    pixels = (rng.random((200, 9)) < 0.3).astype(np.float32)
    model, eyes = (RBM(n_components=n, epochs=2, random_state=0).fit(pixels) for n in (4, 5))
    eyes.module_.weight.mul_(20)
    drawn = model.sample(100, steps=20, random_state=0)
    found = sample_quality(pixels[:100], drawn, pixels[100:], features=eyes)
    assert found.extractor == "RBM.transform"
    assert found.n_features == 5
    expected = by_hand(eyes.transform(pixels[:100]), eyes.transform(drawn))
    assert found.samples.frechet_distance == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize(
    "name", [name for name in metrics.__all__ if name[0].islower()], ids=lambda name: name
)
def test_every_argument_is_documented(name):
    function = getattr(metrics, name)
    described = [
        part.strip()
        for entry in FunctionDoc(function)["Parameters"]
        for part in entry.name.split(",")
    ]
    taken = function.__code__.co_varnames[
        : function.__code__.co_argcount + function.__code__.co_kwonlyargcount
    ]
    assert described == list(taken)


def test_the_surface_is_sorted_as_people_read():
    classes = sorted(name for name in metrics.__all__ if name[0].isupper())
    assert metrics.__all__ == [*classes, *sorted(set(metrics.__all__) - set(classes))]
