"""Take noise off rows of a table, or off pictures of any size."""

import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from embudo.applications.able import load_able
from embudo.applications.listener import SILENT, Listener
from embudo.applications.outputs import check_picture_path, write_picture
from embudo.applications.pictures import Shape, picture_shape
from embudo.applications.reconstruct import ReconstructRequest, reconstruct
from embudo.applications.repaint import Gallery
from embudo.applications.sources import DataRequest
from embudo.applications.triptych import Triptych
from embudo.data.corruption import Corruption
from embudo.data.repaint import Painting
from embudo.data.tiles import Pixels


@dataclass(frozen=True, kw_only=True)
class DenoiseRequest:
    """What to clean.

    Parameters
    ----------
    model : Path
    data : DataRequest
        A table, a folder of pictures or a single one.
    out : Path
        ``.npy``, ``.csv`` or ``.parquet`` for a table; a folder, or a picture, for pictures.
    noise : str, optional
        ``gaussian:0.3``, ``mask:0.3`` or ``salt:0.2``, put on first, to see it taken off.
    seed : int, default=0
        Seed of the noise.
    picture : Path, optional
        A PNG file that shows the first rows or pictures before and after.
    image_shape : tuple of int, optional
        Shape of the pictures that the model was trained on, where it is no square.
    """

    model: Path
    data: DataRequest
    out: Path
    noise: str | None = None
    seed: int = 0
    picture: Path | None = None
    image_shape: Shape | None = None


@dataclass(frozen=True, kw_only=True)
class DenoiseResult:
    """What was written.

    Attributes
    ----------
    out, picture : Path
    n_done : int
        Rows or pictures.
    kind : {"rows", "pictures"}
    decibels : float or None
        Peak signal-to-noise ratio of what was cleaned, where noise was put on first; of pictures
        the mean.
    noisy_decibels : float or None
        The same before.
    seconds : float
    """

    out: Path
    picture: Path | None
    n_done: int
    kind: str
    decibels: float | None
    noisy_decibels: float | None
    seconds: float


def denoise(request: DenoiseRequest, listener: Listener = SILENT) -> DenoiseResult:
    """Clean the data; pictures keep size and mode, and large ones are taken in tiles.

    Parameters
    ----------
    request : DenoiseRequest
    listener : Listener

    Returns
    -------
    DenoiseResult

    Raises
    ------
    EmbudoError
        If model, data, noise or a path cannot be used; no file is written in part.
    """
    started = time.perf_counter()
    gallery = Gallery.of(request.data.name, request.out)
    if gallery is None:
        return _table(request, listener)
    if request.picture is not None:
        check_picture_path(request.picture)
    noise = None if request.noise is None else Corruption.parse(request.noise)
    model = load_able(request.model, "reconstruct")
    shape = picture_shape(model.n_features_in_, request.image_shape)
    cleaning = _Cleaning(model, shape, noise, np.random.default_rng(request.seed))
    shown = Triptych(("original", *(["noisy"] if noise else []), "cleaned"))
    before: list[float] = []
    after: list[float] = []
    for original, cleaned in gallery.repaint(cleaning, listener):
        shown.add(original, *([cleaning.damaged] if noise else []), cleaned)
        if noise is not None:
            before.append(_decibels(original, cleaning.damaged))
            after.append(_decibels(original, cleaned))
    if request.picture is not None:
        write_picture(request.picture, shown.image())
    return DenoiseResult(
        out=request.out,
        picture=request.picture,
        n_done=len(gallery.places) - len(gallery.skipped),
        kind="pictures",
        decibels=float(np.mean(after)) if after else None,
        noisy_decibels=float(np.mean(before)) if before else None,
        seconds=time.perf_counter() - started,
    )


@dataclass
class _Cleaning:
    """Cleans one picture after the other, and keeps the last one as it was before."""

    model: Any
    shape: Shape
    noise: Corruption | None
    generator: np.random.Generator

    def __call__(self, painting: Painting) -> Painting:
        self.damaged = painting
        if self.noise is not None:
            pixels, _ = self.noise.apply(painting.pixels, self.generator)
            self.damaged = replace(painting, pixels=pixels)
        return self.damaged.changed(self._cleaned, self.shape)

    def _cleaned(self, tiles: Pixels) -> Pixels:
        rows = tiles.reshape(len(tiles), -1).astype(np.float32)
        found: Pixels = np.asarray(self.model.reconstruct(rows), np.float64)
        return found.reshape(tiles.shape)


def _decibels(truth: Painting, other: Painting) -> float:
    error = float(np.square(truth.pixels - other.pixels.clip(0, 1)).mean())
    return float(-10 * np.log10(max(error, 1e-12)))


def _table(request: DenoiseRequest, listener: Listener) -> DenoiseResult:
    found = reconstruct(
        ReconstructRequest(
            model=request.model,
            data=request.data,
            out=request.out,
            picture=request.picture,
            noise=request.noise,
            seed=request.seed,
            image_shape=request.image_shape,
        ),
        listener,
    )
    noisy = found.noisy_error
    return DenoiseResult(
        out=found.out,
        picture=found.picture,
        n_done=found.n_rows,
        kind="rows",
        decibels=None if noisy is None else float(-20 * np.log10(max(found.error, 1e-6))),
        noisy_decibels=None if noisy is None else float(-20 * np.log10(max(noisy, 1e-6))),
        seconds=found.seconds,
    )
