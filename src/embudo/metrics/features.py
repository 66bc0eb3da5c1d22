"""What rows are looked at through before they are compared."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import scipy.sparse
import torch
from torch import Tensor

from embudo.errors import DataError, ParameterError

_ROWS_AT_ONCE = 4096


@dataclass(frozen=True)
class Extractor:
    """A callable from rows to rows of numbers, and what it is to be called.

    Parameters
    ----------
    name : str
    function : callable
        Gets a block of rows as they came in; gives an array or a tensor with a row for each.
    """

    name: str
    function: Callable[[Any], Any]

    def __call__(self, rows: Any) -> Any:
        """Return the features of a block of rows."""
        return self.function(rows)

    @classmethod
    def of(cls, features: Any) -> Self:
        """Return what stands behind ``features``: an estimator, a callable, or the rows themselves.

        Raises
        ------
        ParameterError
            If it is none of these.
        """
        if features is None:
            return cls("the rows themselves", lambda rows: rows)
        if hasattr(features, "transform"):
            return cls(f"{type(features).__name__}.transform", features.transform)
        if not callable(features):
            raise ParameterError(
                f"features={features!r} gives no features: take an estimator that has transform, "
                "a callable from rows to rows of numbers, or None"
            )
        name = getattr(features, "name", None) or getattr(features, "__name__", None)
        return cls(name or type(features).__name__, features)


def features_of(X: Any, extractor: Extractor, name: str) -> Tensor:
    """Return the features of all rows, computed block by block.

    Parameters
    ----------
    X : array, CSR matrix or data frame of shape (n_rows, n_features)
    extractor : Extractor
    name : str
        What messages call the rows.

    Raises
    ------
    DataError
        If there are no rows, or their features are no finite numbers.
    """
    X = X if hasattr(X, "shape") else np.asarray(X)
    if len(X.shape) < 2 or X.shape[0] == 0:
        raise DataError(f"{name} has the shape {tuple(X.shape)}: give a table of one row at least")
    found = torch.cat([_as_tensor(extractor(rows), extractor, name) for rows in _blocks(X)])
    if len(found) != X.shape[0]:
        raise DataError(
            f"{extractor.name} gave {len(found)} rows of features for the {X.shape[0]} of {name}: "
            "it has to give one for each"
        )
    bad = (~found.isfinite()).any(1).nonzero()
    if len(bad):
        raise DataError(
            f"row {int(bad[0])} of {name} has features that are not finite, by {extractor.name}: "
            "leave such rows out, or fill what they lack"
        )
    return found


def _blocks(X: Any) -> Iterator[Any]:
    return (X[start : start + _ROWS_AT_ONCE] for start in range(0, X.shape[0], _ROWS_AT_ONCE))


def _as_tensor(values: Any, extractor: Extractor, name: str) -> Tensor:
    if scipy.sparse.issparse(values):
        values = values.toarray()
    array = values.numpy(force=True) if hasattr(values, "detach") else np.asarray(values)
    if array.dtype.kind not in "fiub" or array.ndim < 2:
        raise DataError(
            f"{name}: {extractor.name} gives no rows of numbers, but {array.dtype} of shape "
            f"{array.shape}; choose features that do"
        )
    kept = array if array.dtype == np.float64 else array.astype(np.float32)
    return torch.from_numpy(np.ascontiguousarray(kept.reshape(len(kept), -1)))
