"""Labels beside the rows: a column of the data, or what a data set brings."""

import difflib
from inspect import signature
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from embudo.applications.outputs import BLOCK_ROWS
from embudo.applications.sources import listed, without
from embudo.data.frames import library_of
from embudo.data.source import Source
from embudo.errors import DataError, ParameterError

Labels = NDArray[Any]


def labelled(source: Source, column: str | None) -> tuple[Source, Labels | None]:
    """Part the labels from the rows.

    Parameters
    ----------
    source : Source
    column : str or None
        Name of the column that holds them; None for those that a data set brings, if any.

    Returns
    -------
    source : Source
        Without that column.
    labels : array of shape (n_rows,) or None
        Whole numbers or texts.

    Raises
    ------
    DataError
        If there is no such column, or a row has no label.
    """
    if column is None:
        return source, source.labels
    there = source.columns or ()
    if column not in there:
        hint = _hint(source, column)
        raise DataError(f"{source.name} has no column {column!r} to take labels from: {hint}")
    return without(source, (column,)), _column(source, column)


def class_called(name: str, model: Any, path: Path, verb: str = "sample") -> Any:
    """Return the class that is written so, of a model that makes rows by class.

    Raises
    ------
    ParameterError
        If it does not, or knows no class of that name.
    """
    if not takes_classes(model, verb):
        raise ParameterError(
            f"{path} holds a {type(model).__name__}, which draws from no class: leave --label out"
        )
    known = {str(cls): cls for cls in model.classes_.tolist()}
    if name not in known:
        raise ParameterError(f"{path} knows no class {name!r}: choose from {', '.join(known)}")
    return known[name]


def takes_classes(model: Any, verb: str) -> bool:
    """Say whether a verb of a fitted model can be asked for rows of a class."""
    return hasattr(model, "classes_") and "y" in signature(getattr(model, verb)).parameters


def needed(labels: Labels | None, model: str, data: str) -> Labels:
    """Return the labels, if there are any.

    Raises
    ------
    ParameterError
        If there are none.
    """
    if labels is None:
        raise ParameterError(
            f"{model} learns from labels, but {data} brings none: name the column that holds "
            "them with --labels"
        )
    return labels


def _hint(source: Source, column: str) -> str:
    there = source.columns or ()
    close = difflib.get_close_matches(column, there, 1)
    if close:
        return f"did you mean {close[0]}?"
    if source.labels is not None:
        return "it brings labels of its own, which are taken if none are named"
    return f"it has {listed(there) or 'no names'}"


def _column(source: Source, column: str) -> Labels:
    cells: list[Any] = []
    if source.frames is not None:
        for frame in source.frames(BLOCK_ROWS, frozenset()):
            series = frame[column]
            cells += series.to_list() if library_of(frame) == "polars" else series.tolist()
    else:
        place = (source.columns or ()).index(column)
        for block in source.blocks():
            cells += block[:, place].tolist()
    missing = [row for row, cell in enumerate(cells) if cell is None or cell != cell]
    if missing:
        raise DataError(
            f"row {missing[0]} of {source.name} has no label in {column}: leave such rows out, or "
            "write a mark there and name it with --unlabelled"
        )
    labels = np.array(cells)
    if labels.dtype.kind == "f" and (labels == labels.round()).all():
        return labels.astype(np.int64)
    return labels
