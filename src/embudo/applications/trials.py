"""What a model of handwritten digits is good for, put to the test on digits it never saw."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from embudo.applications.report import Compared, Denoising
from embudo.data.binarize import binarized
from embudo.data.corruption import Corruption
from embudo.data.readers import open_source
from embudo.estimators.rbm import RBM
from embudo.plots.pictures import fold

Array: TypeAlias = npt.NDArray[Any]
Features: TypeAlias = dict[str, tuple[Array, Array]]
"""Of training and of test images, by kind."""

SHAPE = (8, 8)
FEW = 10
"""Labels of each digit that a classifier is told where labels are few."""

_DRAWS = 10  # of these few
_TEST_SHARE = 0.25
_NOISE = Corruption("salt", 0.2)
_NOISE_WORDS = "a fifth of the pixels were set to black or white at random"


@dataclass(frozen=True)
class Digits:
    """Images in grey, the same drawn in black and white, and which digit each one is."""

    grey: Array
    drawn: Array
    labels: Array

    def __getitem__(self, rows: Array) -> "Digits":
        return Digits(self.grey[rows], self.drawn[rows], self.labels[rows])


@dataclass(frozen=True)
class Trials:
    """What the model is good for."""

    comparison: list[Compared]
    few_labels: list[Compared]
    denoising: Denoising


def split_digits(seed: int) -> tuple[Digits, Digits]:
    """Return training and test images.

    The model trains on images drawn in black and white, each pixel black with its grey as the
    chance: that is what a Bernoulli unit is, and all hidden units find something to learn.
    """
    source = open_source("digits")
    drawn = binarized(source, "sample", seed)
    digits = Digits(np.asarray(source.read()), np.asarray(drawn.read()), np.asarray(source.labels))
    train, test = train_test_split(
        np.arange(len(digits.labels)),
        test_size=_TEST_SHARE,
        stratify=digits.labels,
        random_state=seed,
    )
    return digits[train], digits[test]


def try_out(rbm: RBM, train: Digits, test: Digits, seed: int) -> Trials:
    """Compare the model's features with others, and let it clean images."""
    features = features_of(rbm, train, test, seed)
    everything, few = [np.arange(len(train.labels))], few_of_each(train.labels, seed)
    return Trials(
        comparison=compare(features, train.labels, test.labels, everything),
        few_labels=compare(features, train.labels, test.labels, few),
        denoising=denoise(rbm, test, seed),
    )


def features_of(rbm: RBM, train: Digits, test: Digits, seed: int) -> Features:
    """Return three kinds of features of the same grey images."""
    pca = PCA(rbm.n_components, random_state=seed).fit(train.grey)
    return {
        "raw pixels": (train.grey, test.grey),
        "PCA": (pca.transform(train.grey), pca.transform(test.grey)),
        "RBM": (rbm.transform(train.grey), rbm.transform(test.grey)),
    }


def few_of_each(labels: Array, seed: int) -> list[Array]:
    """Return draws of rows, each with as many of every digit."""
    generator = np.random.default_rng(seed)
    of_digit = [np.flatnonzero(labels == digit) for digit in np.unique(labels)]
    return [
        np.concatenate([generator.choice(rows, FEW, replace=False) for rows in of_digit])
        for _ in range(_DRAWS)
    ]


def compare(
    features: Features, labels: Array, truth: Array, draws: Sequence[Array]
) -> list[Compared]:
    """Train the same classifier on each kind of features, on each draw of the training rows."""
    return [
        Compared(
            name,
            seen.shape[1],
            float(np.mean([_accuracy(seen[rows], labels[rows], new, truth) for rows in draws])),
        )
        for name, (seen, new) in features.items()
    ]


def denoise(rbm: RBM, test: Digits, seed: int) -> Denoising:
    """Damage the test images, and send them once through the model."""
    noisy, _ = _NOISE.apply(test.grey, np.random.default_rng(seed))
    cleaned = rbm.reconstruct(noisy)
    shown = one_of_each(test.labels)
    return Denoising(
        noise=_NOISE_WORDS,
        originals=fold(test.grey[shown], SHAPE),
        noisy=fold(noisy[shown], SHAPE),
        cleaned=fold(cleaned[shown], SHAPE),
        error_before=_squared_error(noisy, test.grey),
        error_after=_squared_error(cleaned, test.grey),
    )


def one_of_each(labels: Array) -> Array:
    """Return the first row of each digit."""
    return np.unique(labels, return_index=True)[1]


def _accuracy(seen: Array, labels: Array, new: Array, truth: Array) -> float:
    classifier = make_pipeline(StandardScaler(), LogisticRegression(C=0.1, max_iter=1000))
    return float(classifier.fit(seen, labels).score(new, truth))


def _squared_error(images: Array, truth: Array) -> float:
    return float(np.mean(np.square(images - truth), dtype=np.float64))
