"""Ways through the space of codes, and the rows that are met on them."""

from itertools import pairwise
from typing import Any

import numpy as np

from embudo.errors import ParameterError
from embudo.estimators.inputs import Floats, check_counts
from embudo.estimators.sampling import chained


def stops_of(estimator: Any, X: Any, y: Any = None) -> Floats:
    """Return the codes of rows: where they are best made from, if the model looks for that.

    Parameters
    ----------
    estimator : estimator that has ``transform`` or ``encode``
    X : array, CSR matrix or data frame of shape (n_rows, n_features)
    y : label, optional
        The class that they are to be made in, of a model that makes rows by class.
    """
    if hasattr(estimator, "encode"):
        return np.asarray(estimator.encode(X) if y is None else estimator.encode(X, y))
    return np.asarray(estimator.transform(X))


def drawn_stops(estimator: Any, n: int, steps: int, random_state: int | None) -> Floats:
    """Return codes drawn from a model: from its prior, or as those of rows that it draws.

    Raises
    ------
    ParameterError
        If it draws neither.
    """
    if hasattr(estimator, "sample_codes"):
        return np.asarray(estimator.sample_codes(n, random_state=random_state))
    if not hasattr(estimator, "sample"):
        raise ParameterError(
            f"{type(estimator).__name__} draws no codes of its own: name data whose rows to visit"
        )
    how = chained(estimator, steps)
    return stops_of(estimator, estimator.sample(n, random_state=random_state, **how))


def legs(estimator: Any, stops: Floats, steps: int, y: Any = None) -> list[Any]:
    """Return the rows from each stop to the next, both ends included.

    They lie on straight lines, or where the model's own ``interpolate`` leads.

    Parameters
    ----------
    estimator : estimator that has ``inverse_transform``
    stops : array of shape (n_stops, n_components)
    steps : int
        From one stop to the next.
    y : label, optional
        The class of the rows, of a model that makes them by class.

    Returns
    -------
    rows : list of array or data frame of shape (steps + 1, n_features)

    Raises
    ------
    ParameterError
        If there are fewer than 2 stops, or steps is less than 1.
    """
    check_counts(steps=steps)
    if len(stops) < 2:
        raise ParameterError(f"a walk needs 2 stops at least, but {len(stops)} is given")
    return [_leg(estimator, start, end, steps, y) for start, end in pairwise(stops)]


def round_trip(estimator: Any, stops: Floats, steps: int, y: Any = None) -> Floats:
    """Return the rows of a walk that ends, a step short of it, where it started; see ``legs``."""
    if len(stops) < 2:
        raise ParameterError(f"a walk needs 2 stops at least, but {len(stops)} is given")
    around = legs(estimator, np.concatenate([stops, stops[:1]]), steps, y)
    return np.concatenate([np.asarray(leg)[:-1] for leg in around])


def _leg(estimator: Any, start: Floats, end: Floats, steps: int, y: Any) -> Any:
    of_class = {} if y is None else {"y": y}
    if hasattr(estimator, "interpolate"):
        return estimator.interpolate(start, end, steps + 1, **of_class)
    shares = np.linspace(0, 1, steps + 1, dtype=start.dtype)[:, None]
    return estimator.inverse_transform(start + shares * (end - start), **of_class)
