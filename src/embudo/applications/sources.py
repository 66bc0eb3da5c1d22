"""From what the user calls the data to the rows that a model takes."""

import dataclasses
import difflib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from embudo.applications.listener import SILENT, Listener
from embudo.data.binarize import binarized
from embudo.data.frames import library_of, numbers_of, series_at
from embudo.data.readers import open_source
from embudo.data.source import Frame, Matrix, Source
from embudo.errors import DataError
from embudo.estimators.base import Estimator

_NAMED = 5  # columns or files that one sentence lists


@dataclass(frozen=True)
class DataRequest:
    """Which data, and what to do to them before a model sees them.

    Parameters
    ----------
    name : str
        A file, a folder of pictures or the name of a data set.
    binarize : str, optional
        A threshold between 0 and 1, or "sample".
    data_dir : Path, optional
        Where data sets are looked for before they are fetched.
    seed : int, default=0
        For binarize="sample".
    drop : tuple of str
        Names of columns to leave out.
    """

    name: str
    binarize: str | None = None
    data_dir: Path | None = None
    seed: int = 0
    drop: tuple[str, ...] = ()

    def open(self, listener: Listener = SILENT) -> Source:
        """Open the source and tell what was decided on the way.

        Raises
        ------
        UnknownDataError
            If there is no such thing.
        DataError
            If it cannot be read.
        """
        source = open_source(self.name, data_dir=self.data_dir)
        if self.drop:
            source = without(source, self.drop)
        if self.binarize is not None:
            source = binarized(source, self.binarize, self.seed)
        if source.note:
            listener.note(source.note)
        if source.skipped:
            listener.note(f"left out what could not be read: {listed(source.skipped)}")
        return source


def fitted_to(source: Source, model: Estimator, listener: Listener = SILENT) -> Source:
    """Return the source with the columns that the model was trained on, in that order.

    A model that knows names picks its columns by them; further columns are left out. Where only
    one of the two has names, the columns are taken as they come.

    Raises
    ------
    DataError
        If columns are missing, or their number is another one.
    """
    names = model_names(model)
    if names is None or source.columns is None:
        _check_width(source, model.n_features_in_)
        return source if names is None else dataclasses.replace(source, columns=names)
    if source.columns == names:
        return source
    _check_names(source, names)
    extra = [name for name in source.columns if name not in set(names)]
    if extra:
        listener.note(
            f"{source.name}: columns the model does not know were left out: {listed(extra)}"
        )
    return _picked(source, names)


def model_names(model: Estimator) -> tuple[str, ...] | None:
    """Return the names of the columns that the model was trained on, if they had any."""
    names = getattr(model, "feature_names_in_", None)
    return None if names is None else tuple(str(name) for name in names)


def framed(values: Any, names: Sequence[str] | None) -> Any:
    """Return the values as a data frame with these columns, so that a model knows their names.

    Without names, or without polars and pandas, they are returned as they are.
    """
    if names is None:
        return values
    try:
        return import_module("polars").DataFrame(values, schema=list(names), orient="row")
    except ImportError:
        pass
    try:
        return import_module("pandas").DataFrame(values, columns=list(names))
    except ImportError:
        return values


def joined(frames: Sequence[Frame]) -> Frame:
    """Return frames with the same columns as one."""
    if len(frames) == 1:
        return frames[0]
    if library_of(frames[0]) == "polars":
        return import_module("polars").concat(frames)
    return import_module("pandas").concat(frames, ignore_index=True)


def column_names(source: Source) -> tuple[str, ...]:
    """Return the names of the source's columns, or x0, x1 and so on where they have none."""
    return source.columns or tuple(f"x{index}" for index in range(source.n_features))


def listed(names: Sequence[str]) -> str:
    """Write names as a list that stays short."""
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more


def _check_width(source: Source, n_features: int) -> None:
    if source.n_features != n_features:
        raise DataError(
            f"{source.name} has {source.n_features} columns, but the model was trained on "
            f"{n_features}: give data of the same kind"
        )


def _check_names(source: Source, names: Sequence[str]) -> None:
    there = set(source.columns or ())
    missing = [name for name in names if name not in there]
    if missing:
        raise DataError(
            f"{source.name} lacks columns that the model was trained on: {listed(missing)}; "
            "add them, empty where nothing is known"
        )


def without(source: Source, drop: Sequence[str]) -> Source:
    """Return the source without some columns.

    Raises
    ------
    DataError
        If one of them is not there, or none is left.
    """
    there = source.columns or ()
    unknown = [name for name in drop if name not in there]
    if unknown:
        close = difflib.get_close_matches(unknown[0], there, 1)
        hint = f"did you mean {close[0]}?" if close else f"it has {listed(there) or 'no names'}"
        raise DataError(f"{source.name} has no column {unknown[0]!r} to drop: {hint}")
    kept = tuple(name for name in there if name not in set(drop))
    if not kept:
        raise DataError(f"{source.name} has no column left: drop fewer")
    return _picked(source, kept)


def _picked(source: Source, names: tuple[str, ...]) -> Source:
    place = {name: index for index, name in enumerate(source.columns or ())}
    index = [place[name] for name in names]

    def pick(block: Matrix) -> Matrix:
        return block[:, index]

    def frames(rows: int, texts: frozenset[str]) -> Iterator[Frame]:
        assert source.frames is not None
        return (frame[list(names)] for frame in source.frames(rows, texts))

    texts = tuple(name for name in source.texts if name in set(names))

    def stream(rows: int) -> Iterator[Matrix]:
        if texts or not source.texts:
            return map(pick, source.stream(rows))
        return map(_numbers, frames(rows, frozenset()))  # the columns left out held texts

    return dataclasses.replace(
        source,
        stream=stream,
        n_features=len(names),
        columns=names,
        texts=texts,
        frames=None if source.frames is None else frames,
        whole=None,
        is_sparse=False,
        image_shape=None,
    )


def _numbers(frame: Frame) -> Matrix:
    columns = [numbers_of(series_at(frame, place)) for place in range(frame.shape[1])]
    return np.stack(columns, axis=1)
