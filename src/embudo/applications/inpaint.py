"""Fill holes in pictures of any size, or in rows of a table."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from embudo.applications.able import load_able
from embudo.applications.listener import SILENT, Listener
from embudo.applications.outputs import check_picture_path, check_table_path, write_picture
from embudo.applications.pictures import Shape, picture_shape
from embudo.applications.repaint import Gallery
from embudo.applications.rows import check_form, codes_of, rows_of, write_results
from embudo.applications.sources import DataRequest, column_names, fitted_to
from embudo.applications.triptych import Triptych
from embudo.data.holes import Cut, Mask, marked_in, masked_by, patches_of, share_of
from embudo.data.repaint import Painting
from embudo.data.tiles import Pixels
from embudo.errors import ParameterError


@dataclass(frozen=True, kw_only=True)
class InpaintRequest:
    """What to fill.

    Parameters
    ----------
    model : Path
    data : DataRequest
        A table, a folder of pictures or a single one.
    out : Path
        ``.npy``, ``.csv`` or ``.parquet`` for a table; a folder, or a picture, for pictures.
    mask : Path, optional
        What is to be filled: a picture, or a folder of pictures with the same names, in which it
        is not black; of a table ``.npy`` of its shape, in which it is not 0.
    holes : float, optional
        In place of a mask: the share that is cut out at random, from pictures as square patches.
        With neither, the transparent parts of pictures are filled.
    seed : int, default=0
        Seed of the holes.
    steps : int, optional
        See :class:`embudo.applications.impute.ImputeRequest`.
    picture : Path, optional
        A PNG file that shows the first rows or pictures before, with holes and filled.
    image_shape : tuple of int, optional
        Shape of the pictures that the model was trained on, where it is no square.
    """

    model: Path
    data: DataRequest
    out: Path
    mask: Path | None = None
    holes: float | None = None
    seed: int = 0
    steps: int | None = None
    picture: Path | None = None
    image_shape: Shape | None = None


@dataclass(frozen=True, kw_only=True)
class InpaintResult:
    """What was written.

    Attributes
    ----------
    out, picture : Path
    n_done, n_filled : int
        Rows or pictures, and entries or points filled in them.
    kind : {"rows", "pictures"}
    seconds : float
    """

    out: Path
    picture: Path | None
    n_done: int
    n_filled: int
    kind: str
    seconds: float


def inpaint(request: InpaintRequest, listener: Listener = SILENT) -> InpaintResult:
    """Fill what the mask, or chance, cuts out; all else stays as it is.

    Parameters
    ----------
    request : InpaintRequest
    listener : Listener

    Returns
    -------
    InpaintResult

    Raises
    ------
    EmbudoError
        If model, data, mask or a path cannot be used; no file is written in part.
    """
    started = time.perf_counter()
    _check(request)
    gallery = Gallery.of(request.data.name, request.out)
    if gallery is None:
        return _table(request, listener, started)
    model = load_able(request.model, "impute")
    shape = picture_shape(model.n_features_in_, request.image_shape)
    filling = _Filling(model, shape, request, np.random.default_rng(request.seed))
    shown = Triptych(("original", "with holes", "filled"))
    for original, filled in gallery.repaint(filling, listener):
        shown.add(original, filling.cut, filled)
    if request.picture is not None:
        write_picture(request.picture, shown.image())
    return InpaintResult(
        out=request.out,
        picture=request.picture,
        n_done=len(gallery.places) - len(gallery.skipped),
        n_filled=filling.n_filled,
        kind="pictures",
        seconds=time.perf_counter() - started,
    )


def _check(request: InpaintRequest) -> None:
    if request.mask is not None and request.holes is not None:
        raise ParameterError("a mask and holes at random are two things: give one of them")
    if request.holes is not None and not 0 < request.holes < 1:
        raise ParameterError(
            f"holes must be a share > 0 and < 1, such as 0.3, but is {request.holes:g}"
        )
    if request.picture is not None:
        check_picture_path(request.picture)


@dataclass
class _Filling:
    """Fills one picture after the other, and keeps the last one as it was with holes."""

    model: Any
    shape: Shape
    request: InpaintRequest
    generator: np.random.Generator
    n_filled: int = 0

    def __call__(self, painting: Painting) -> Painting:
        mask = self._mask(painting)
        self.n_filled += int(mask.sum())
        whole = replace(painting, alpha=_opaque(painting, mask))
        hole = mask if painting.pixels.ndim == 2 else mask[:, :, None]
        self.cut = replace(whole, pixels=np.where(hole, np.nan, painting.pixels))
        filled = self.cut.changed(self._filled, self.shape)
        return replace(filled, pixels=np.where(hole, filled.pixels, painting.pixels))

    def _mask(self, painting: Painting) -> Mask:
        request, size = self.request, painting.pixels.shape[:2]
        if request.mask is not None:
            return masked_by(request.mask, painting.path, size)
        if request.holes is not None:
            return patches_of(size, request.holes, self.generator)
        if painting.alpha is None:
            raise ParameterError(
                f"{painting.path} has no transparent part to fill: give a mask, or a share of "
                "holes at random"
            )
        clear: Mask = painting.alpha == 0
        return clear

    def _filled(self, tiles: Pixels) -> Pixels:
        rows = tiles.reshape(len(tiles), -1).astype(np.float32)
        found: Pixels = np.asarray(_imputed(self.model, rows, self.request), np.float64)
        return found.reshape(tiles.shape)


def _opaque(painting: Painting, mask: Mask) -> Pixels | None:
    return None if painting.alpha is None else np.where(mask, 1.0, painting.alpha)


def _imputed(model: Any, rows: Any, request: InpaintRequest) -> Any:
    settings = {} if request.steps is None else {"steps": request.steps}
    return model.impute(rows, random_state=request.seed, **settings)


def _table(request: InpaintRequest, listener: Listener, started: float) -> InpaintResult:
    check_table_path(request.out, request.data.name)
    if request.picture is not None:
        raise ParameterError("a sheet of pictures needs pictures, but these are rows of a table")
    model = load_able(request.model, "impute")
    check_form(request.out, model)
    source = fitted_to(request.data.open(listener), model, listener)
    cut = _cut(request, (source.n_rows, source.n_features))
    filled, done = 0, 0

    def results() -> Iterator[Any]:
        nonlocal filled, done
        for rows in rows_of(source, model, listener):
            values = np.array(codes_of(rows, model), np.float64)
            mask = cut(done, values.shape)
            filled, done = filled + int(mask.sum()), done + len(values)
            values[mask] = np.nan
            given = model.layout_.frame(values) if model.layout_.is_frame else values
            yield _imputed(model, given, request)

    write_results(request.out, results(), source.n_rows, column_names(source))
    return InpaintResult(
        out=request.out,
        picture=None,
        n_done=source.n_rows,
        n_filled=filled,
        kind="rows",
        seconds=time.perf_counter() - started,
    )


def _cut(request: InpaintRequest, shape: tuple[int, int]) -> Cut:
    if request.mask is not None:
        return marked_in(request.mask, shape)
    if request.holes is not None:
        return share_of(request.holes, request.seed)
    raise ParameterError(
        "say what to fill: a mask, or a share of holes at random; holes that a table has already "
        "are filled by 'embudo impute'"
    )
