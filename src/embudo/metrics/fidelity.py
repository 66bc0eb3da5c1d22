"""Whether generated rows lie where real ones do, and whether they are new."""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from embudo.kernels import fidelity
from embudo.kernels.fidelity import DensityCoverage, PrecisionRecall, Twins
from embudo.kernels.neighbours import neighbours
from embudo.metrics.checks import at_least
from embudo.metrics.distances import both
from embudo.metrics.features import Extractor, features_of


class NearestRows(NamedTuple):
    """Which training rows are nearest to each row, and how far they are, from the nearest on."""

    indices: npt.NDArray[np.int64]
    distances: npt.NDArray[np.float64]


def precision_recall(
    real: Any, generated: Any, *, features: Any = None, k: int = 3
) -> PrecisionRecall:
    """Return which share of each side lies in the region of the other (Kynkäänniemi et al. 2019).

    Precision tells how many generated rows could be real, recall how much of the real ones the
    model covers. Both depend on how many rows there are: compare values from as many only.

    Parameters
    ----------
    real, generated : array, CSR matrix or data frame of shape (n_rows, n_features)
    features : estimator that has ``transform``, or callable, optional
        By default the rows themselves are compared.
    k : int, default=3
        Balls around each row reach to its ``k``-th nearest; all of them make up the region.

    Returns
    -------
    precision, recall : float

    Raises
    ------
    DataError
        If there are not more than ``k`` rows, or features are not finite or not as many.
    ParameterError
        If ``k`` is below 1.
    """
    at_least(1, k=k)
    return fidelity.precision_recall(*both(real, generated, features, k + 1), k)


def density_coverage(
    real: Any, generated: Any, *, features: Any = None, k: int = 5
) -> DensityCoverage:
    """Return how densely real rows lie about generated ones, and which share of them is met.

    For two samples of one distribution density is about 1, and coverage about ``1 - 1 / 2^k`` if
    they are as large as each other (Naeem et al. 2020).

    Parameters
    ----------
    real, generated : array, CSR matrix or data frame of shape (n_rows, n_features)
    features : estimator that has ``transform``, or callable, optional
        By default the rows themselves are compared.
    k : int, default=5
        Balls around each real row reach to its ``k``-th nearest.

    Returns
    -------
    density, coverage : float

    Raises
    ------
    DataError
        If there are not more than ``k`` rows, or features are not finite or not as many.
    ParameterError
        If ``k`` is below 1.
    """
    at_least(1, k=k)
    return fidelity.density_coverage(*both(real, generated, features, k + 1), k)


def duplicates(X: Any, *, radius: float = 0.0, features: Any = None) -> Twins:
    """Count rows that have another one near them: the birthday test (Arora et al. 2018).

    Parameters
    ----------
    X : array, CSR matrix or data frame of shape (n_rows, n_features)
    radius : float, default=0
        Distance up to which two rows count as the same.
    features : estimator that has ``transform``, or callable, optional
        By default the rows themselves are compared.

    Returns
    -------
    Twins
        With the share of such rows, and an estimate of how many different ones the model has.

    Examples
    --------
    >>> from embudo.metrics import duplicates
    >>> found = duplicates([[0.0], [1.0], [1.0], [2.0]])
    >>> found.share, found.support
    (0.5, 6.0)
    """
    at_least(0, radius=radius)
    return fidelity.twins(features_of(X, Extractor.of(features), "X"), radius)


def nearest_rows(train: Any, X: Any, *, features: Any = None, k: int = 1) -> NearestRows:
    """Return the training rows that are nearest to each row, lest it be a copy.

    Parameters
    ----------
    train : array, CSR matrix or data frame of shape (n_train, n_features)
    X : array, CSR matrix or data frame of shape (n_rows, n_features)
    features : estimator that has ``transform``, or callable, optional
        By default the rows themselves are compared.
    k : int, default=1
        How many for each.

    Returns
    -------
    indices, distances : array of shape (n_rows, k)

    Raises
    ------
    DataError
        If there are fewer than ``k`` training rows, or features are not finite or not as many.
    ParameterError
        If ``k`` is below 1.
    """
    at_least(1, k=k)
    known, asked = both(train, X, features, k, 1)
    indices, distances = neighbours(known, k, asked)
    return NearestRows(indices.numpy(), distances.numpy())
