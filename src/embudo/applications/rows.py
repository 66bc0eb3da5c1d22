"""Rows on their way through a model: as it takes them, and what it answers to a file."""

import itertools
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from embudo.applications import outputs
from embudo.applications.listener import SILENT, Listener
from embudo.applications.sources import (
    DataRequest,
    fitted_to,
    framed,
    joined,
    listed,
    model_names,
)
from embudo.data.frames import library_of, whole_numbers
from embudo.data.layout import Layout
from embudo.data.source import Source
from embudo.data.survey import check_finite
from embudo.data.table_writers import open_table_writer
from embudo.data.writers import open_writer
from embudo.errors import ParameterError
from embudo.estimators.base import Estimator


def training_rows(source: Source, listener: Listener = SILENT) -> Any:
    """Return everything a source has: a frame if its columns have names, else an array.

    Columns of whole numbers become integers where the table holds more than zeros and ones.
    """
    if source.texts and source.frames is not None:
        listener.note(f"columns of texts were taken for categories: {listed(source.texts)}")
        return whole_numbers(joined(list(source.frames(outputs.BLOCK_ROWS, frozenset()))))
    values = framed(source.read(), source.columns)
    return values if library_of(values) is None else whole_numbers(values)


def rows_of(source: Source, model: Estimator, listener: Listener = SILENT) -> Iterator[Any]:
    """Yield a source's rows block by block, as the model takes them.

    Raises
    ------
    DataError
        If a cell is infinite, or none that the model knows, naming its row in the whole file.
    """
    if not _needs_frames(source, model.layout_):
        names = model_names(model)
        for block in outputs.finite_blocks(source, listener):
            yield framed(block, names)
        return
    assert source.frames is not None
    done = 0
    for frame in source.frames(outputs.BLOCK_ROWS, _texts(model.layout_)):
        codes = model.layout_.codes(frame, done)
        check_finite(torch.from_numpy(codes), done, source.columns)
        yield frame
        done += len(frame)
        listener.rows(done, source.n_rows)


def first_rows(data: DataRequest, model: Estimator, n: int, listener: Listener = SILENT) -> Any:
    """Return the first rows of some data, as the model knows them, or all if there are fewer."""
    source = fitted_to(data.open(listener), model, listener)
    blocks, count = [], 0
    for block in rows_of(source, model, listener):
        blocks.append(block)
        count += len(block)
        if count >= n:
            break
    return whole(blocks)[:n]


def whole(blocks: Sequence[Any]) -> Any:
    """Return blocks of rows, arrays or frames, as one."""
    return np.concatenate(blocks) if library_of(blocks[0]) is None else joined(list(blocks))


def codes_of(rows: Any, model: Estimator) -> Any:
    """Return rows, given as the model takes or gives them, as numbers."""
    return rows if library_of(rows) is None else model.layout_.codes(rows)


def check_form(path: Path, model: Estimator) -> None:
    """Make sure that a file of this kind can hold rows like those of the training.

    Raises
    ------
    ParameterError
        If they have texts, and the file is one of numbers.
    """
    if path.suffix.lower() == ".npy" and _texts(model.layout_):
        raise ParameterError(
            f"{path} holds numbers alone, but the model's columns have texts: "
            "give it the ending .csv or .parquet"
        )


def write_results(path: Path, results: Iterable[Any], n_rows: int, columns: Sequence[str]) -> None:
    """Write blocks of results, frames or arrays, into one file.

    Parameters
    ----------
    path : Path
        ``.npy``, ``.csv`` or ``.parquet``.
    results : iterable of frame or ndarray
    n_rows : int
        Rows that will come.
    columns : sequence of str
        Names for the columns of arrays.
    """
    blocks = iter(results)
    first = next(blocks)
    everything: Iterator[Any] = itertools.chain([first], blocks)
    if library_of(first) is not None and path.suffix.lower() != ".npy":
        with open_table_writer(path) as table:
            for frame in everything:
                table.write_frame(frame)
        return
    first = np.asarray(first)
    with open_writer(path, n_rows, columns, first.dtype) as writer:
        for block in everything:
            writer.write(np.asarray(block, first.dtype))


def _needs_frames(source: Source, layout: Layout) -> bool:
    if not layout.is_frame or source.frames is None:
        return False
    return bool(source.texts) or any(column.categories for column in layout.columns)


def _texts(layout: Layout) -> frozenset[str]:
    return frozenset(
        str(column.name)
        for column in layout.columns
        if column.categories and isinstance(column.categories[0], str)
    )


def column_names_of(model: Estimator) -> tuple[str, ...]:
    """Return the names of a model's columns, or x0, x1 and so on where they have none."""
    return model_names(model) or tuple(f"x{index}" for index in range(model.n_features_in_))
