"""What is answered: frames with ids, titles and reasons, of the library of the ratings."""

from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from embudo.data.frame_builder import build
from embudo.data.ratings import Ratings
from embudo.errors import MissingExtraError

Cells: TypeAlias = Sequence[Any] | NDArray[Any]

_TYPES = {
    "pandas": {"float": "float64", "int": "int64", "text": "object"},
    "polars": {"float": "Float64", "int": "Int64", "text": "String"},
}


def frame(ratings: Ratings, columns: Mapping[str, Cells]) -> Any:
    """Return columns as a frame, of the library that the ratings came in if there is one."""
    return frame_of(ratings.library, columns)


def frame_of(library: str | None, columns: Mapping[str, Cells]) -> Any:
    """Return columns as a frame of a library, if it is installed.

    Raises
    ------
    MissingExtraError
        If neither pandas nor polars is installed.
    """
    installed = [name for name in ("pandas", "polars") if find_spec(name) is not None]
    if not installed:
        raise MissingExtraError.of("a frame of recommendations", "data")
    library = library if library in installed else installed[0]
    assert library is not None
    return build(library, [_column(library, name, cells) for name, cells in columns.items()], None)


def _column(library: str, name: str, cells: Cells) -> tuple[Any, ...]:
    cells = cells.tolist() if isinstance(cells, np.ndarray) else list(cells)
    kinds = {type(cell) for cell in cells if cell is not None}
    if kinds <= {float} and kinds:
        sort = "float"
    elif kinds <= {int} and kinds and None not in cells:
        sort = "int"
    else:
        sort = "text"
        cells = [cell if cell is None else str(cell) for cell in cells] if kinds - {int} else cells
    dtype = "Int64" if sort == "text" and kinds == {int} else _TYPES[library][sort]
    return (name, dtype, cells, (), False)
