"""All measures of generated rows at once."""

from dataclasses import replace
from typing import Any

import torch
from torch import Generator, Tensor

from embudo.kernels.distances import frechet_distance, kernel_distance, moments
from embudo.kernels.fidelity import density_coverage, precision_recall, twins
from embudo.kernels.neighbours import neighbours
from embudo.metrics.checks import check_rows, same_width
from embudo.metrics.classes import ClassShares, Labels, classes_of, name_of, shares_of
from embudo.metrics.features import Extractor, features_of
from embudo.metrics.verdict import RARE, SampleQuality, Scores

FEWEST = 10
_SUBSET = 1000  # rows, for the kernel distance
_SUBSETS = 100


def sample_quality(
    real: Any,
    generated: Any,
    held_out: Any,
    *,
    features: Any = None,
    classifier: Any = None,
    random_state: int = 0,
) -> SampleQuality:
    """Measure generated rows beside real ones, with rows held out in their place as the floor.

    Of samples and of rows held out as many are taken, at random, as there are of the fewer, since
    most measures hang on the number of rows. Distances and the nearest real row are measured on
    all real rows; precision, recall, density and coverage on as many of them.

    Parameters
    ----------
    real : array, CSR matrix or data frame of shape (n_real, n_features)
        What the model was trained on.
    generated : array, CSR matrix or data frame of shape (n_generated, n_features)
    held_out : array, CSR matrix or data frame of shape (n_held_out, n_features)
        Real rows that the model has not seen.
    features : estimator that has ``transform``, or callable, optional
        By default the rows themselves are compared.
    classifier : estimator that has ``predict``, or callable, optional
        Tells the classes of rows, whose shares are compared then.
    random_state : int, default=0
        Seed of the choice of rows.

    Returns
    -------
    SampleQuality

    Raises
    ------
    DataError
        If there are fewer than 10 rows, or features are not finite or not equally many.
    ParameterError
        If features or classifier are none.

    Examples
    --------
    >>> import numpy as np
    >>> from embudo.metrics import sample_quality
    >>> X = np.random.default_rng(0).normal(size=(900, 2))
    >>> found = sample_quality(X[:300], 3 * X[300:600], X[600:])
    >>> found.samples.frechet_distance > 10 * found.floor.frechet_distance
    True
    """
    extractor = Extractor.of(features)
    names = "real", "generated", "held_out"
    sets = [
        features_of(X, extractor, name)
        for X, name in zip((real, generated, held_out), names, strict=True)
    ]
    for rows, name in zip(sets, names, strict=True):
        check_rows(rows, name, FEWEST)
        same_width(sets[0], rows, name)
    generator = torch.Generator().manual_seed(random_state)
    beside = _Beside(sets[0], min(map(len, sets)), generator)
    made, held = (beside.score(_some(rows, len(beside.few), generator)) for rows in sets[1:])
    found = SampleQuality(
        extractor=extractor.name,
        n_features=sets[0].shape[1],
        n_real=len(sets[0]),
        n_samples=len(beside.few),
        samples=made,
        floor=held,
    )
    if classifier is None:
        return found
    told = [
        classes_of(X, classifier, name)
        for X, name in zip((real, generated, held_out), names, strict=True)
    ]
    return _with_classes(found, told, name_of(classifier))


class _Beside:
    """Measures sets of rows beside the real ones, all in the same way."""

    def __init__(self, real: Tensor, n: int, generator: Generator) -> None:
        self.real, self.few = real, _some(real, n, generator)
        self._moments, self._generator = moments(real), generator
        apart = neighbours(self.few, 1).distances[:, 0]
        self._radius = float(apart.quantile(RARE))

    def score(self, rows: Tensor) -> Scores:
        """Return the measures of as many rows as ``few``."""
        size = min(_SUBSET, len(rows) // 2)
        kernel = kernel_distance(self.real, rows, self._generator, _SUBSETS, size)
        precision, recall = precision_recall(self.few, rows)
        density, coverage = density_coverage(self.few, rows)
        return Scores(
            frechet_distance=frechet_distance(self._moments, moments(rows)),
            kernel_distance=kernel.mean,
            kernel_deviation=kernel.deviation,
            precision=precision,
            recall=recall,
            density=density,
            coverage=coverage,
            nearest_training=float(neighbours(self.real, 1, rows).distances.median()),
            duplicates=twins(rows, self._radius).share,
        )


def _some(rows: Tensor, n: int, generator: Generator) -> Tensor:
    return rows[torch.randperm(len(rows), generator=generator)[:n]]


def _with_classes(found: SampleQuality, told: list[Labels], classifier: str) -> SampleQuality:
    real, generated, held_out = told
    made: ClassShares = shares_of(real, generated, classifier)
    held = shares_of(real, held_out, classifier)
    return replace(
        found,
        samples=_counted(found.samples, made),
        floor=_counted(found.floor, held),
        classes=made,
    )


def _counted(scores: Scores, shares: ClassShares) -> Scores:
    return replace(scores, n_classes=shares.n_found, class_divergence=shares.divergence)
