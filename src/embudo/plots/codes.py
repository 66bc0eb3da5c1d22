"""Rows on their way to codes and back, as the pictures of codes need them."""

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from sklearn.utils.validation import check_is_fitted

from embudo.errors import DataError, ParameterError
from embudo.estimators.inputs import Floats, as_array
from embudo.plots.pictures import Shape
from embudo.plots.units import holds_pictures, states_of_rows

if TYPE_CHECKING:
    from embudo.estimators.base import Estimator


def codes_of(estimator: "Estimator", X: Any) -> Floats:
    """Return what a fitted model makes of rows.

    Raises
    ------
    ParameterError
        If it makes no codes.
    """
    check_is_fitted(estimator)
    if not hasattr(estimator, "transform"):
        raise ParameterError(
            f"{type(estimator).__name__} makes no codes: take a model that has transform"
        )
    return np.asarray(estimator.transform(X))


def check_decodes(estimator: "Estimator") -> None:
    """Check that a model leads from codes back to rows.

    Raises
    ------
    ParameterError
        If it does not.
    """
    if not hasattr(estimator, "inverse_transform"):
        raise ParameterError(
            f"{type(estimator).__name__} makes no rows of codes: take a model that has "
            "inverse_transform"
        )


def are_pictures(estimator: "Estimator", image_shape: Shape | None) -> bool:
    """Say whether rows are to be drawn as pictures.

    Raises
    ------
    ParameterError
        If no shape is given, and the model does not know its columns, as those of others do not.
    """
    if image_shape is None and not hasattr(estimator, "layout_"):
        raise ParameterError(
            f"{type(estimator).__name__} does not know its columns: give "
            "image_shape=(height, width) of rows that are pictures"
        )
    return image_shape is not None or holds_pictures(estimator)


def dense(X: Any) -> npt.NDArray[Any]:
    """Return rows as an array, whatever holds them."""
    return np.asarray(X.toarray() if hasattr(X, "toarray") else X)


def one_row(row: Any, name: str) -> Any:
    """Return a row as a table that holds it alone.

    Raises
    ------
    DataError
        If there are more rows than one, or none.
    """
    if hasattr(row, "toarray"):
        row = row.toarray()
    if np.ndim(row) == 1:
        return np.asarray(row)[None]
    if len(row) != 1:
        raise DataError(f"{name} has {len(row)} rows: give one, such as X[0] or X[:1]")
    return row


def unit_states(estimator: "Estimator", X: Any) -> Floats:
    """Return the states that rows put the visible units in, NaN where an entry is missing."""
    v, observed = states_of_rows(estimator, X)
    return np.where(as_array(observed) > 0, as_array(v), np.nan)
