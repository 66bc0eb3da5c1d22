"""Frames of pandas and polars: their cells as plain values, and new frames out of such values."""

import re
from importlib import import_module
from typing import Any, Literal, TypeAlias

import narwhals as nw
import numpy as np
from numpy.typing import NDArray

from embudo.errors import DataError, MissingExtraError

Name: TypeAlias = str | int
Cell: TypeAlias = str | bool | int | float | None
Cells: TypeAlias = NDArray[Any] | list[Cell]
Holds: TypeAlias = Literal["bool", "integer", "float", "text"]
"""What a column's cells are; None where a column holds nothing at all."""

DECIMAL = re.compile(r"Decimal\(precision=(\d+), scale=(\d+)\)")


def library_of(values: Any) -> str | None:
    """Return "pandas" or "polars" if the values are such a frame; loads neither of them."""
    if nw.dependencies.is_pandas_dataframe(values):
        return "pandas"
    return "polars" if nw.dependencies.is_polars_dataframe(values) else None


def of_arrow(table: Any) -> Any:
    """Return a pyarrow table as a frame of polars, or of pandas where there is no polars.

    Raises
    ------
    MissingExtraError
        If there is neither.
    """
    try:
        return import_module("polars").from_arrow(table)
    except ImportError:
        pass
    try:
        import_module("pandas")
    except ImportError:
        raise MissingExtraError.of("reading tables with texts", "data") from None
    return table.to_pandas()


def whole_numbers(frame: Any) -> Any:
    """Return a frame whose columns of floats are integers where they hold whole numbers alone.

    Text files do not tell 3 from 3.0. A frame of nothing but numbers in [0, 1] is left as it is:
    there, 0 and 1 are as likely to be probabilities.
    """
    floats = {
        place: numbers_of(series_at(frame, place))
        for place, dtype in enumerate(nw.from_native(frame, eager_only=True).schema.values())
        if isinstance(dtype, nw.Float32 | nw.Float64)
    }
    beyond = any(bool(((x < 0) | (x > 1)).any()) for x in floats.values())
    if not beyond and len(floats) == frame.shape[1]:
        return frame
    places = [place for place, numbers in floats.items() if _is_whole(numbers)]
    if library_of(frame) == "polars":
        integer = import_module("polars").Int64
        columns = [frame.to_series(place).fill_nan(None).cast(integer) for place in places]
        return frame.with_columns(columns)
    return frame.astype({frame.columns[place]: "Int64" for place in places})


def _is_whole(numbers: NDArray[np.float64]) -> bool:
    seen = numbers[~np.isnan(numbers)]
    return len(seen) > 0 and bool((np.abs(seen) < 2**53).all() and (seen == np.rint(seen)).all())


def names_of(frame: Any) -> list[Name]:
    """Return the names of a frame's columns.

    Raises
    ------
    DataError
        If there is no row or no column, or two columns have one name.
    """
    names = [name if isinstance(name, str | int) else str(name) for name in frame.columns]
    if not names or not len(frame):
        raise DataError(
            f"the frame has {len(frame)} rows and {len(names)} columns: "
            "give it at least one of each"
        )
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise DataError(f"the frame has two columns named {twice!r}: rename one")
    return names


def series_at(frame: Any, index: int) -> Any:
    """Return a column by its position, as its library has it."""
    return frame.iloc[:, index] if library_of(frame) == "pandas" else frame.to_series(index)


def holds(series: Any, name: Name) -> Holds | None:
    """Say what a column's cells are.

    Raises
    ------
    DataError
        If they are dates, lists or whatever else has no place in a table of numbers and texts.
    """
    dtype = nw.from_native(series, series_only=True).dtype
    if isinstance(dtype, nw.Boolean):
        return "bool"
    if dtype.is_integer():
        return "integer"
    if dtype.is_numeric():
        return "float"
    if isinstance(dtype, nw.String | nw.Categorical | nw.Enum):
        return "text"
    if dtype.is_temporal():
        raise DataError(
            f"column {name!r} holds dates or times ({dtype}): turn them into numbers, such as days "
            "since a first one, or into texts such as the month, or drop the column"
        )
    return _holds_objects(series, name)


def cells_of(series: Any) -> list[Cell]:
    """Return a column's cells as Python's own values, None where one is missing."""
    if nw.dependencies.is_polars_series(series):
        return [None if cell != cell else cell for cell in series.to_list()]
    objects = series.astype(object)
    return [_plain(cell) for cell in objects.where(series.notna(), None).tolist()]


def numbers_of(series: Any) -> NDArray[np.float64]:
    """Return a column of numbers or truth values as float64, NaN where one is missing."""
    if nw.dependencies.is_polars_series(series):
        found = series.cast(import_module("polars").Float64).to_numpy()
    else:
        found = series.to_numpy(dtype=np.float64, na_value=np.nan)
    return np.asarray(found, np.float64)


def is_narrow(series: Any) -> bool:
    """Tell whether float32 holds every value that the column's type can have."""
    dtype = nw.from_native(series, series_only=True).dtype
    wide = nw.Float64, nw.Decimal, nw.Int32, nw.Int64, nw.UInt32, nw.UInt64, nw.Int128, nw.UInt128
    return not isinstance(dtype, (*wide, nw.Object))


def declared_categories(series: Any) -> list[Cell] | None:
    """Return the categories of a column whose type lists them, seen or not; else None."""
    if nw.dependencies.is_polars_series(series):
        categories = getattr(series.dtype, "categories", None)  # an Enum has them
        return None if categories is None or _is_categorical(series) else categories.to_list()
    categories = getattr(series.dtype, "categories", None)
    return None if categories is None else [_plain(cell) for cell in categories.tolist()]


def dtype_name(series: Any) -> str:
    """Return the name by which `build` finds the type of a column again."""
    if nw.dependencies.is_polars_series(series):
        text = str(series.dtype)
        return text if DECIMAL.fullmatch(text) else type(series.dtype).__name__
    return str(series.dtype)


def is_ordered(series: Any) -> bool:
    """Tell whether a pandas column's categories have an order."""
    return bool(getattr(series.dtype, "ordered", False))


def _holds_objects(series: Any, name: Name) -> Holds | None:
    cells = [(row, cell) for row, cell in enumerate(cells_of(series)) if cell is not None]
    kinds: list[tuple[tuple[type, ...], Holds]] = [
        ((bool,), "bool"),
        ((str,), "text"),
        ((int,), "integer"),
        ((int, float), "float"),
    ]
    if not cells:
        return None
    for types, what in kinds:
        if all(isinstance(cell, types) for _, cell in cells):
            return what
    row, cell = next(
        ((row, cell) for row, cell in cells if type(cell) is not type(cells[0][1])), cells[0]
    )
    raise DataError(
        f"column {name!r} holds neither numbers nor texts alone (row {row} is {cell!r}): "
        "make its cells of one type, or drop the column"
    )


def _is_categorical(series: Any) -> bool:
    return type(series.dtype).__name__ == "Categorical"


def _plain(cell: Any) -> Any:
    return cell.item() if isinstance(cell, np.generic) else cell
