"""New frames of pandas and polars out of plain values."""

import re
import warnings
from collections.abc import Sequence
from importlib import import_module
from typing import Any

import numpy as np

from embudo.data.frames import DECIMAL, Cell, Cells, Name


def build(
    library: str, columns: Sequence[tuple[Name, str, Cells, Sequence[Cell], bool]], index: Any
) -> Any:
    """Build a frame.

    Parameters
    ----------
    library : {"pandas", "polars"}
        Where it is not installed the other one stands in, with a warning.
    columns : sequence of (name, dtype, cells, categories, ordered)
        With the names of types as `dtype_name` has them; missing cells are None or NaN.
    index : pandas.Index or None
        Row labels of a pandas frame.
    """
    other = "polars" if library == "pandas" else "pandas"
    for candidate in (library, other):
        try:
            module = import_module(candidate)
        except ImportError:
            continue
        if candidate != library:
            _warn_of(library, f"the result is a frame of {candidate}")
            columns = [(n, _PORTABLE.get(_sort(dtype), ""), *rest) for n, dtype, *rest in columns]  # type: ignore[misc]
        if candidate == "polars":
            return _polars_frame(module, columns)
        return _pandas_frame(module, columns, index)
    _warn_of(library, "the result is an array without names of columns")
    return np.array([list(column[2]) for column in columns], dtype=object).T


_PORTABLE = {"int": "Int64", "float": "Float64", "bool": "boolean"}


def _warn_of(library: str, instead: str) -> None:
    warnings.warn(
        f"the model was trained on a frame of {library}, which is not installed here: {instead}; "
        f"pip install {library}",
        UserWarning,
        stacklevel=5,
    )


def _sort(dtype: str) -> str:
    lower = dtype.lower()
    if "int" in lower:
        return "int"
    if lower.startswith("bool"):
        return "bool"
    return "float" if lower.startswith(("float", "double", "decimal")) else "text"


def _pandas_frame(pd: Any, columns: Sequence[Any], index: Any) -> Any:
    made = {
        name: _pandas_series(pd, dtype, cells, categories, ordered)
        for name, dtype, cells, categories, ordered in columns
    }
    frame = pd.DataFrame(made, copy=False)
    if index is not None:
        frame.index = index
    return frame


def _pandas_series(pd: Any, dtype: str, cells: Cells, categories: Any, ordered: bool) -> Any:
    if dtype == "category":
        return pd.Series(pd.Categorical(cells, categories=list(categories), ordered=ordered))
    if isinstance(cells, list):
        has_holes = any(cell is None for cell in cells)
    else:
        has_holes = bool(np.isnan(cells).any())
    if has_holes and re.fullmatch(r"u?int\d+", dtype):
        dtype = dtype.replace("uint", "UInt").replace("int", "Int")
    if has_holes and dtype == "bool":
        dtype = "boolean"
    if not isinstance(cells, list) and has_holes and "float" not in dtype:
        cells = [None if cell != cell else cell for cell in cells.tolist()]
    try:
        return pd.Series(cells, dtype=dtype or None)
    except (TypeError, ValueError, ImportError):
        return pd.Series(cells)


def _polars_frame(pl: Any, columns: Sequence[Any]) -> Any:
    return pl.DataFrame(
        [
            _polars_series(pl, str(name), dtype, cells, categories)
            for name, dtype, cells, categories, _ in columns
        ]
    )


def _polars_series(pl: Any, name: str, dtype: str, cells: Cells, categories: Any) -> Any:
    decimal = DECIMAL.fullmatch(dtype)
    if decimal:
        kind = pl.Decimal(int(decimal[1]), int(decimal[2]))
    elif dtype == "Enum":
        kind = pl.Enum(list(categories))
    else:
        kind = getattr(pl, {"boolean": "Boolean"}.get(dtype, dtype), None) if dtype else None
    if isinstance(cells, list):
        return pl.Series(name, cells, dtype=kind)
    return pl.Series(name, cells, nan_to_null=True).cast(kind)
