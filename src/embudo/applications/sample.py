"""Draw new rows from a saved model."""

import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from embudo.applications.able import load_able
from embudo.applications.labels import class_called
from embudo.applications.outputs import (
    TABLES,
    check_picture_path,
    check_table_path,
    write_picture,
)
from embudo.applications.pictures import Shape, as_pictures, picture_shape
from embudo.applications.rows import check_form, codes_of, column_names_of, write_results
from embudo.data.images import tile
from embudo.errors import ParameterError
from embudo.estimators.sampling import chained


@dataclass(frozen=True, kw_only=True)
class SampleRequest:
    """What to draw.

    Parameters
    ----------
    model : Path
    out : Path
        ``.npy``, ``.csv``, ``.parquet``, or ``.png`` for a picture of the rows.
    n_samples : int, default=64
    steps : int, default=1000
        Steps that each chain takes before its state is given, of a model that draws by chains.
    seed : int, optional
        By default that of the training.
    means : bool, optional
        Whether to give the means of the last step in place of states drawn from them; by default
        for pictures only.
    image_shape : tuple of int, optional
        Shape of the picture in a row, where it is no square.
    label : str, optional
        The class to draw from, of a model that knows classes.
    """

    model: Path
    out: Path
    n_samples: int = 64
    steps: int = 1000
    seed: int | None = None
    means: bool | None = None
    image_shape: Shape | None = None
    label: str | None = None


@dataclass(frozen=True, kw_only=True)
class SampleResult:
    """The file written, the shape of what was drawn, and the seconds it took.

    ``steps`` is how many each chain took, None if the model draws without.
    """

    out: Path
    n_rows: int
    n_columns: int
    means: bool
    steps: int | None
    seconds: float


def sample(request: SampleRequest) -> SampleResult:
    """Draw rows and write them as numbers or as a picture.

    Parameters
    ----------
    request : SampleRequest

    Returns
    -------
    SampleResult

    Raises
    ------
    EmbudoError
        If model, numbers or path cannot be used; nothing is written then.
    """
    started = time.perf_counter()
    pictured = request.out.suffix.lower() == ".png"
    _check_path(request.out, pictured)
    model = load_able(request.model, "sample")
    width: int = model.n_features_in_
    shape = picture_shape(width, request.image_shape) if pictured else None
    means = pictured if request.means is None else request.means
    check_form(request.out, model)
    blocks = _draw(model, request, means)
    if shape is not None:
        rows = np.concatenate([codes_of(block, model) for block in blocks])
        write_picture(request.out, tile(as_pictures(rows, shape)))
    else:
        write_results(request.out, blocks, request.n_samples, column_names_of(model))
    return SampleResult(
        out=request.out,
        n_rows=request.n_samples,
        n_columns=width,
        means=means,
        steps=chained(model, request.steps).get("steps"),
        seconds=time.perf_counter() - started,
    )


def _check_path(path: Path, pictured: bool) -> None:
    if pictured:
        check_picture_path(path)
    elif path.suffix.lower() in TABLES:
        check_table_path(path)
    else:
        raise ParameterError(
            f"{path} has no ending that samples are written to: use .npy, .csv, .parquet or .png"
        )


def _draw(model: Any, request: SampleRequest, means: bool) -> Iterable[Any]:
    """Return the rows, block by block where the model draws so."""
    how: dict[str, Any] = {"means": means, "random_state": request.seed}
    how |= chained(model, request.steps)
    if request.label is not None:
        how["y"] = class_called(request.label, model, request.model)
    if hasattr(model, "sample_blocks"):
        blocks: Iterable[Any] = model.sample_blocks(request.n_samples, **how)
        return blocks
    return [model.sample(request.n_samples, **how)]
