"""Which classes generated rows are of, by a classifier."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from embudo.errors import DataError, ParameterError
from embudo.kernels import modes

Labels = npt.NDArray[Any]


@dataclass(frozen=True, kw_only=True)
class ClassShares:
    """How a classifier shares real rows and generated ones out among classes.

    Attributes
    ----------
    classifier : str
    classes : tuple of str
    real, generated : tuple of float
        Share of each class.
    """

    classifier: str
    classes: tuple[str, ...]
    real: tuple[float, ...] = field(repr=False)
    generated: tuple[float, ...] = field(repr=False)

    @property
    def divergence(self) -> float:
        """Kullback-Leibler divergence of the generated shares from the real ones, in nats."""
        made, real = torch.tensor((self.generated, self.real), dtype=torch.float64)
        return modes.class_divergence(made, real)

    @property
    def n_found(self) -> int:
        """How many classes were generated at all."""
        return sum(share > 0 for share in self.generated)

    @property
    def missing(self) -> tuple[str, ...]:
        """The classes of the real rows of which none was generated."""
        shares = zip(self.classes, self.real, self.generated, strict=True)
        return tuple(name for name, real, made in shares if real > 0 and made == 0)

    @property
    def largest_gap(self) -> float:
        """By how much a share differs from the real one at most."""
        return max(abs(a - b) for a, b in zip(self.real, self.generated, strict=True))


def class_shares(real: Any, generated: Any, classifier: Any) -> ClassShares:
    """Return which classes real and generated rows are of, by one classifier for both.

    Parameters
    ----------
    real, generated : array, CSR matrix or data frame of shape (n_rows, n_features)
    classifier : estimator that has ``predict``, or callable
        From rows to a class for each.

    Returns
    -------
    ClassShares

    Raises
    ------
    DataError
        If it does not give one class for each row.
    ParameterError
        If it is no classifier.

    Examples
    --------
    >>> import numpy as np
    >>> from embudo.metrics import class_shares
    >>> found = class_shares(np.eye(3), np.eye(3)[[0, 0, 1]], lambda rows: rows.argmax(1))
    >>> found.n_found, found.missing
    (2, ('2',))
    """
    return shares_of(
        classes_of(real, classifier, "real"),
        classes_of(generated, classifier, "generated"),
        name_of(classifier),
    )


def classes_of(X: Any, classifier: Any, name: str) -> Labels:
    """Return the class of each row.

    Raises
    ------
    DataError
        If it does not give one class for each row.
    ParameterError
        If it is no classifier.
    """
    tell = getattr(classifier, "predict", classifier)
    if not callable(tell):
        raise ParameterError(
            f"classifier={classifier!r} tells no classes: take an estimator that has predict, or a "
            "callable from rows to a class for each"
        )
    X = X if hasattr(X, "shape") else np.asarray(X)
    told = tell(X)
    labels = told.numpy(force=True) if hasattr(told, "detach") else np.asarray(told)
    if labels.shape != X.shape[:1]:
        raise DataError(
            f"{name_of(classifier)} gave classes of shape {labels.shape} for the {X.shape[0]} rows "
            f"of {name}: it has to give one for each"
        )
    return labels


def shares_of(real: Labels, generated: Labels, classifier: str) -> ClassShares:
    """Return the shares of the classes of two sets of labels."""
    names, codes = np.unique(np.concatenate([real, generated]), return_inverse=True)
    known, made = torch.from_numpy(codes).split([len(real), len(generated)])
    return ClassShares(
        classifier=classifier,
        classes=tuple(str(name) for name in names),
        real=tuple(modes.class_shares(known, len(names)).tolist()),
        generated=tuple(modes.class_shares(made, len(names)).tolist()),
    )


def name_of(classifier: Any) -> str:
    """Return what to call a classifier."""
    own = getattr(classifier, "name", None) or getattr(classifier, "__name__", None)
    return own or type(classifier).__name__
