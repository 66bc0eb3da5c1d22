"""What estimators do with X: let it in, and give back what the caller is used to."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from numbers import Integral
from typing import Any, TypeAlias

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator
from sklearn.utils.validation import validate_data
from torch import Tensor

from embudo.data.adapt import Table, as_table
from embudo.data.frames import library_of
from embudo.data.kinds import check_codes
from embudo.data.layout import Layout
from embudo.data.survey import check_finite
from embudo.errors import DataError, ParameterError

Floats: TypeAlias = NDArray[np.floating[Any]]
Names: TypeAlias = Sequence[str] | None
RowFunction: TypeAlias = Callable[[Tensor, Tensor | None], Tensor]
"""From rows, and where they are present (None: everywhere), to rows of results."""
TypedRowFunction: TypeAlias = Callable[[torch.dtype], RowFunction]
"""From the precision of rows to what is done with them."""

_BLOCK_ELEMENTS = 2**21


@dataclass(frozen=True)
class Admitted:
    """X as a table, with what is needed to answer in the caller's own terms.

    Attributes
    ----------
    table : Table
    dtype : torch.dtype
        float64 if X is; float32 for everything else.
    names : sequence of str or None
        The columns' names, if X has any.
    layout : Layout or None
        What the columns are; None for an array whose columns are yet to be looked at.
    index : object
        Labels of the rows of a pandas frame; else None.
    """

    table: Table
    dtype: torch.dtype
    names: Names
    layout: Layout | None = None
    index: Any = None


def admit(estimator: Any, X: Any, *, reset: bool) -> Admitted:
    """Let X in through scikit-learn's door; infinities are looked for later, block by block.

    With ``reset`` X tells what the columns are; otherwise it has to have those of the fit.
    """
    known: Layout | None = None if reset else getattr(estimator, "layout_", None)
    if library_of(X) is not None and (reset or (known is not None and known.is_frame)):
        return _admit_frame(estimator, X, known or estimator._layout_of(X), reset)
    if known is not None:
        known.check_array()
    values = _validated(estimator, X, reset)
    table, names = as_table(values), getattr(estimator, "feature_names_in_", None)
    if known is not None and not known.is_frame and "softmax" in known.summary:
        _check_states(table, known, names)
    dtype = torch.float64 if values.dtype == np.float64 else torch.float32
    return Admitted(table, dtype, names, known)


def _admit_frame(estimator: BaseEstimator, X: Any, layout: Layout, reset: bool) -> Admitted:
    validate_data(estimator, X, reset=reset, skip_check_array=True)
    codes = layout.codes(X)
    dtype = torch.float64 if codes.dtype == np.float64 else torch.float32
    names = getattr(estimator, "feature_names_in_", None)
    index = X.index if library_of(X) == "pandas" else None
    return Admitted(as_table(codes), dtype, names, layout, index)


def _check_states(table: Table, layout: Layout, names: Names) -> None:
    states = np.array([column.n_states for column in layout.columns])
    for rows, block in table.blocks(torch.float64):
        check_codes(block.numpy(), rows.start, names, states)


def _validated(estimator: BaseEstimator, X: Any, reset: bool) -> Any:
    return validate_data(
        estimator,
        X.numpy(force=True) if isinstance(X, Tensor) else X,
        reset=reset,
        accept_sparse="csr",
        dtype="numeric",
        ensure_all_finite=False,
    )


def admit_codes(H: Any, n_components: int) -> Admitted:
    """Let codes in, which have no names and must have as many columns as the model has components.

    Raises
    ------
    DataError
        If H has another shape.
    """
    values = H.numpy(force=True) if isinstance(H, Tensor) else np.asarray(H)
    if values.ndim != 2 or values.shape[1] != n_components:
        raise DataError(
            f"codes must have the shape (rows, {n_components}), but H has {values.shape}; "
            "give what transform returned"
        )
    dtype = torch.float64 if values.dtype == np.float64 else torch.float32
    return Admitted(as_table(values), dtype, None)


def map_rows(X: Admitted, function: RowFunction, width: int | None, device: torch.device) -> Floats:
    """Apply a function block by block, in bounded memory.

    ``function(x, observed)`` gets values with 0 where one is missing, and where they are present
    (None if everywhere); it returns ``width`` numbers a row, or one number a row if that is None.
    """
    shape = (X.table.n_rows,) if width is None else (X.table.n_rows, width)
    out: Floats = np.empty(shape, dtype=np.float64 if X.dtype is torch.float64 else np.float32)
    for rows, block in X.table.blocks(X.dtype, _BLOCK_ELEMENTS):
        missing = check_finite(block, rows.start, X.names)
        observed = None if missing is None else (~missing).to(device, X.dtype)
        x = block if missing is None else block.masked_fill_(missing, 0)
        out[rows] = function(x.to(device), observed).numpy(force=True)
    return out


def row_weights(sample_weight: ArrayLike | None, n_rows: int) -> Tensor | None:
    """Check sample weights; None stands for equal ones.

    Raises
    ------
    DataError
        If their number, sign or sum is wrong.
    """
    if sample_weight is None:
        return None
    weights = np.asarray(sample_weight, dtype=np.float64)
    if weights.ndim == 0:
        weights = np.full(n_rows, weights)
    if weights.shape != (n_rows,):
        raise DataError(
            f"sample_weight must be one-dimensional with {n_rows} entries, one for each row of X, "
            f"but has the shape {weights.shape}"
        )
    if not np.isfinite(weights).all() or (weights < 0).any():
        raise DataError(
            "sample_weight must be finite and not negative, but runs from "
            f"{weights.min():g} to {weights.max():g}"
        )
    if not weights.any():
        raise DataError("sample_weight is zero for every row; at least one row must count")
    return torch.from_numpy(weights.copy())


def check_counts(**counts: int) -> None:
    """Check arguments that count something.

    Raises
    ------
    ParameterError
        If one is not a whole number of at least 1.
    """
    for name, value in counts.items():
        if not isinstance(value, Integral) or isinstance(value, bool) or value < 1:
            raise ParameterError(f"{name} must be a whole number >= 1, but is {value!r}")


def as_array(tensor: Tensor) -> Floats:
    """Return a tensor as a numpy array."""
    array: Floats = tensor.numpy(force=True)
    return array
