"""Classes by their names and by their places, both ways."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils import assert_all_finite
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import column_or_1d

from embudo.errors import DataError, ParameterError


def admitted_labels(y: Any, n_rows: int) -> NDArray[Any]:
    """Let labels in.

    Raises
    ------
    DataError
        If they are not one for each row.
    """
    labels: NDArray[Any] = column_or_1d(y, warn=True)
    if len(labels) != n_rows:
        raise DataError(f"y has {len(labels)} labels, but X has {n_rows} rows")
    assert_all_finite(labels, input_name="y")
    check_classification_targets(labels)
    return labels


def places_of(
    labels: NDArray[Any], known: NDArray[np.bool_], classes: NDArray[Any], way_out: str
) -> NDArray[np.int64]:
    """Return the places of known labels among the classes, and -1 for the others.

    Raises
    ------
    DataError
        If one is none of the classes; ``way_out`` says what to do then.
    """
    places = np.searchsorted(classes, labels[known]).clip(max=len(classes) - 1)
    strange = classes[places] != labels[known]
    if strange.any():
        row = int(np.flatnonzero(known)[strange.argmax()])
        raise DataError(
            f"y holds {labels.tolist()[row]!r} in row {row}, which is none of the classes "
            f"{classes.tolist()}; {way_out}"
        )
    codes = np.full(len(labels), -1)
    codes[known] = places
    return codes


def asked_places(y: Any, n_samples: int, classes: NDArray[Any]) -> NDArray[np.int64]:
    """Return the places of the classes asked for: one for each sample, or one for all.

    Raises
    ------
    ParameterError
        If y is none of the classes, or is not one for each sample.
    """
    labels = np.asarray(y)
    if labels.shape not in ((), (n_samples,)):
        raise ParameterError(
            f"y must be one label, or one for each of {n_samples} samples, but has the shape "
            f"{labels.shape}"
        )
    matches = labels[..., None] == classes
    if not matches.any(-1).all():
        raise ParameterError(
            f"y={y!r} is not among the classes {classes.tolist()}: choose one of them"
        )
    return np.broadcast_to(matches.argmax(-1), (n_samples,)).copy()
