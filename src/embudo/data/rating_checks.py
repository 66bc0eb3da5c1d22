"""Columns of ratings that are as they should be, or an error that names rows."""

from collections.abc import Sequence
from typing import Any

import narwhals as nw
import numpy as np
from numpy.typing import NDArray

from embudo.data.frames import numbers_of
from embudo.data.place import Place
from embudo.errors import DataError


def checked_ids(cells: Sequence[Any], name: str) -> Sequence[Any]:
    """Return the cells of a column of ids, of which none is missing."""
    missing = [row for row, cell in enumerate(cells) if cell is None]
    if missing:
        raise DataError(
            f"column {name!r} lacks an id in {Place().of(missing)}: leave such rows out"
        )
    return cells


def checked_numbers(series: Any, name: str) -> NDArray[np.float64]:
    """Return the cells of a column of numbers, all finite."""
    try:
        found = numbers_of(series)
    except (ValueError, TypeError, nw.exceptions.NarwhalsError):
        raise DataError(f"column {name!r} holds something else than numbers") from None
    unusable = np.flatnonzero(~np.isfinite(found)).tolist()
    if unusable:
        raise DataError(
            f"column {name!r} has no number in {Place().of(unusable)}: leave such rows out, or "
            "fill them"
        )
    return found


def levels_of(
    value: NDArray[np.float64], scale: Sequence[float] | None, name: str, place: Place
) -> tuple[float, ...]:
    """Return the levels of a rating, all ratings being among them."""
    levels = np.unique(value if scale is None else np.asarray(scale, np.float64))
    outside = np.flatnonzero(~np.isin(value, levels)).tolist()
    if outside:
        listed = ", ".join(f"{level:g}" for level in levels)
        raise DataError(
            f"column {name!r} has {value[outside[0]]:g} in {place.of(outside)}, which is not on "
            f"the scale {listed}: correct it, or name another scale"
        )
    return tuple(levels.tolist())
