"""Decode single pictures from files that nobody vouches for."""

import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from embudo.data.source import Matrix
from embudo.errors import DataError

if TYPE_CHECKING:
    from PIL.Image import Image

_FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "GIF", "TIFF", "PPM")
SUFFIXES = frozenset((".png", ".jpg", ".jpeg", ".webp", ".bmp", ".gif", ".tif", ".tiff"))
SUFFIXES |= {".ppm", ".pgm", ".pbm", ".pnm"}

_MOST_PIXELS = 64 * 2**20
_GREY_MODES = frozenset(("1", "L", "LA", "I", "I;16", "I;16B", "I;16L", "I;16N"))
_TURNING = frozenset((5, 6, 7, 8))  # EXIF orientations that swap height and width
_ORIENTATION = 0x0112


@dataclass(frozen=True)
class Header:
    """What a picture says of itself before it is decoded.

    Parameters
    ----------
    size : tuple of int
        (height, width) as it will be seen, after the rotation that EXIF asks for.
    grey : bool
        Whether it has no colours.
    """

    size: tuple[int, int]
    grey: bool


def read_header(path: Path) -> Header:
    """Read size and kind of a picture without decoding it.

    Raises
    ------
    DataError
        If it is no picture, or larger than 64 megapixels.
    """
    with decoding(path), opened(path) as image:
        height, width = image.height, image.width
        if image.getexif().get(_ORIENTATION) in _TURNING:
            height, width = width, height
        return Header((height, width), image.mode in _GREY_MODES)


def decode(path: Path, size: tuple[int, int], grey: bool) -> Matrix:
    """Decode a picture to numbers in [0, 1].

    The first frame is taken, turned as EXIF asks, and resized by Lanczos' filter if its size
    differs. Transparent parts are laid on white.

    Parameters
    ----------
    path : Path
    size : tuple of int
        (height, width) to give it.
    grey : bool
        One channel, or red, green and blue.

    Returns
    -------
    ndarray of shape (height, width) or (height, width, 3), float32

    Raises
    ------
    DataError
        If it is damaged.
    """
    from PIL import ImageOps

    with decoding(path), opened(path) as image:
        image.load()
        upright = ImageOps.exif_transpose(image)
        pixels = deep(upright) if is_deep(upright) else _flat(upright)
        return _scaled(pixels, size, grey)


def opened(path: Path) -> "Image":
    """Open a picture of a known kind that is not too large."""
    from PIL import Image

    image = Image.open(path, formats=_FORMATS)
    if image.width * image.height > _MOST_PIXELS:
        image.close()
        raise DataError(f"{image.width} x {image.height} pixels are too many")
    return image


class decoding:  # noqa: N801 - reads as a verb where it is used
    """Whatever a decoder raises on a hostile file becomes a DataError; warnings stay inside."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._warnings = warnings.catch_warnings()

    def __enter__(self) -> None:
        self._warnings.__enter__()
        warnings.simplefilter("ignore")

    def __exit__(self, kind: Any, fault: BaseException | None, trace: Any) -> None:
        self._warnings.__exit__(kind, fault, trace)
        # Decoders raise errors of every kind on damaged input, so any Exception means damage.
        if isinstance(fault, Exception):
            reason = (str(fault).strip().splitlines() or [type(fault).__name__])[0][:120]
            raise DataError(f"{self._path} is no picture that can be read ({reason})") from None


def is_deep(image: "Image") -> bool:
    """Say whether its grey has more than 8 bits."""
    return image.mode in ("I", "F") or image.mode.startswith("I;16")


def deep(image: "Image") -> "Image":
    """Bring 16-bit grey into [0, 1] without losing the lower byte."""
    from PIL import Image

    values = np.asarray(image).astype(np.float32)
    if image.mode == "F" or values.min() < 0 or values.max() > 65535:
        raise DataError(f"pixels of mode {image.mode} have no known range")
    return Image.fromarray(values / 65535)


def _flat(image: "Image") -> "Image":
    """Lay transparency on white and leave 8-bit grey or RGB."""
    from PIL import Image

    grey = image.mode in _GREY_MODES
    if image.has_transparency_data:
        image = image.convert("RGBA")
        white = Image.new("RGBA", image.size, (255, 255, 255, 255))
        image = Image.alpha_composite(white, image)
    return image.convert("L" if grey else "RGB")


def _scaled(image: "Image", size: tuple[int, int], grey: bool) -> Matrix:
    from PIL import Image

    if (image.height, image.width) != size:
        image = image.resize((size[1], size[0]), Image.Resampling.LANCZOS)
    pixels: npt.NDArray[Any] = np.asarray(image, np.float32)
    if image.mode != "F":
        pixels = pixels / np.float32(255)
    if pixels.ndim == 2 and not grey:
        pixels = np.repeat(pixels[:, :, None], 3, axis=2)
    clipped: Matrix = np.clip(pixels, 0, 1)
    return clipped
