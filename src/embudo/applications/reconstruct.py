"""Encode rows and decode them again, with or without noise put in on the way."""

import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from embudo.applications.able import load_able
from embudo.applications.listener import SILENT, Listener
from embudo.applications.outputs import (
    check_picture_path,
    check_table_path,
    write_picture,
)
from embudo.applications.pictures import Shape, as_pictures, picture_shape
from embudo.applications.rows import check_form, codes_of, rows_of, write_results
from embudo.applications.sources import (
    DataRequest,
    column_names,
    fitted_to,
    framed,
    model_names,
)
from embudo.data.images import Corruption, strip
from embudo.data.source import Matrix
from embudo.errors import DataError
from embudo.estimators.base import Estimator

if TYPE_CHECKING:
    from PIL.Image import Image

_SHOWN = 10  # rows in the picture


@dataclass(frozen=True, kw_only=True)
class ReconstructRequest:
    """What to rebuild.

    Parameters
    ----------
    model : Path
    data : DataRequest
    out : Path
        ``.npy``, ``.csv`` or ``.parquet``.
    picture : Path, optional
        A PNG file that shows the first rows: originals, noisy ones if there is noise, and
        reconstructions.
    noise : str, optional
        ``gaussian:0.3``, ``mask:0.3`` or ``salt:0.2``, put on the rows before they are encoded.
    seed : int, default=0
        Seed of the noise.
    image_shape : tuple of int, optional
        Shape of the picture in a row, where it is neither known nor a square.
    """

    model: Path
    data: DataRequest
    out: Path
    picture: Path | None = None
    noise: str | None = None
    seed: int = 0
    image_shape: Shape | None = None


@dataclass(frozen=True, kw_only=True)
class ReconstructResult:
    """What was written, and how close it came.

    Attributes
    ----------
    out, picture : Path
    n_rows, n_columns : int
    error : float
        Root mean squared difference between reconstructions and the rows as given, where these
        are not missing; over the columns without categories.
    noisy_error : float or None
        The same between noisy rows and the rows as given.
    seconds : float
    """

    out: Path
    picture: Path | None
    n_rows: int
    n_columns: int
    error: float
    noisy_error: float | None
    seconds: float


def reconstruct(request: ReconstructRequest, listener: Listener = SILENT) -> ReconstructResult:
    """Rebuild the data block by block, in memory that does not grow with the number of rows.

    Parameters
    ----------
    request : ReconstructRequest
    listener : Listener

    Returns
    -------
    ReconstructResult

    Raises
    ------
    EmbudoError
        If model, data, noise or a path cannot be used; nothing is written then.
    """
    started = time.perf_counter()
    check_table_path(request.out, request.data.name)
    if request.picture is not None:
        check_picture_path(request.picture)
    noise = None if request.noise is None else Corruption.parse(request.noise)
    model = load_able(request.model, "reconstruct")
    check_form(request.out, model)
    if noise is not None and _has_categories(model):
        raise DataError("noise is made for numbers, but the model has categories: leave it out")
    source = fitted_to(request.data.open(listener), model, listener)
    shape = None
    if request.picture is not None:
        shape = picture_shape(source.n_features, request.image_shape, source.image_shape)
    rebuilding = _Rebuilding(model, source.name, noise, request.seed)
    results = map(rebuilding, rows_of(source, model, listener))
    write_results(request.out, results, source.n_rows, column_names(source))
    if request.picture is not None and shape is not None:
        write_picture(request.picture, rebuilding.picture(shape))
    return ReconstructResult(
        out=request.out,
        picture=request.picture,
        n_rows=source.n_rows,
        n_columns=source.n_features,
        error=rebuilding.error.root_mean,
        noisy_error=None if noise is None else rebuilding.noisy_error.root_mean,
        seconds=time.perf_counter() - started,
    )


@dataclass
class _Errors:
    """Squares of differences, where the truth is known."""

    total: float = 0.0
    count: int = 0

    def add(self, truth: Matrix, values: Matrix) -> None:
        difference = (values - truth)[~np.isnan(truth)]
        self.total += float(np.square(difference, dtype=np.float64).sum())
        self.count += difference.size

    @property
    def root_mean(self) -> float:
        return float(np.sqrt(self.total / self.count)) if self.count else float("nan")


@dataclass
class _Rebuilding:
    """Rebuilds one block after the other, and keeps the first rows to show them."""

    model: Estimator
    name: str
    noise: Corruption | None
    seed: int
    error: _Errors = field(default_factory=_Errors)
    noisy_error: _Errors = field(default_factory=_Errors)
    shown: dict[str, Matrix] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._generator = np.random.default_rng(self.seed)

    def __call__(self, given_rows: Any) -> Any:
        rows = given = codes_of(given_rows, self.model)
        if self.noise is not None:
            given = self._damaged(rows, self.noise)
            given_rows = framed(given, model_names(self.model))
        answer = self.model.reconstruct(given_rows)
        rebuilt: Matrix = codes_of(answer, self.model)
        numbers = [not column.categories for column in self.model.layout_.columns]
        self.error.add(rows[:, numbers], rebuilt[:, numbers])
        if not self.shown:
            noisy = {} if self.noise is None else {str(self.noise.kind): given}
            batches = {"original": rows, **noisy, "rebuilt": rebuilt}
            self.shown = {title: batch[:_SHOWN].copy() for title, batch in batches.items()}
        return answer

    def picture(self, shape: Shape) -> "Image":
        original = self.shown["original"]
        batches = [as_pictures(batch, shape, like=original) for batch in self.shown.values()]
        return strip(batches, list(self.shown))

    def _damaged(self, rows: Matrix, noise: Corruption) -> Matrix:
        outside = np.argwhere((rows < 0) | (rows > 1))
        if len(outside):
            value = rows[tuple(outside[0])]
            raise DataError(
                f"noise is made for values in [0, 1], but {self.name} holds {value:g}: "
                "scale the data, or leave the noise out"
            )
        damaged, hidden = noise.apply(rows, self._generator)
        self.noisy_error.add(rows, damaged)
        return np.where(hidden, np.nan, damaged).astype(rows.dtype, copy=False)


def _has_categories(model: Estimator) -> bool:
    return any(column.categories for column in model.layout_.columns)
