"""Pictures that are changed and written back as they were: of the same size, mode and kind."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from embudo.data.pictures import decoding, deep, is_deep, opened
from embudo.data.tiles import Pixels, Tiling
from embudo.files import replacing

if TYPE_CHECKING:
    from PIL.Image import Image

Change = Callable[[Pixels], Pixels]
"""From patches of shape (n, height, width) or (n, height, width, 3) to as many others."""

_FORMATS = {".jpg": "JPEG", ".jpeg": "JPEG", ".tif": "TIFF", ".pgm": "PPM", ".pbm": "PPM"}
_FORMATS |= {".pnm": "PPM", ".ppm": "PPM", ".tiff": "TIFF"}
_KEPT = {"JPEG": {"quality": 95, "subsampling": 0}, "WEBP": {"quality": 95}}


@dataclass(frozen=True)
class Painting:
    """A picture as numbers, and what is needed to write it back.

    Parameters
    ----------
    path : Path
    mode : str
        As Pillow names it.
    pixels : ndarray of shape (height, width) or (height, width, 3)
        In [0, 1].
    alpha : ndarray of shape (height, width) or None
        In [0, 1]; None where nothing is transparent.
    palette : Image or None
        The picture whose colours are to be taken, if it has a palette.
    """

    path: Path
    mode: str
    pixels: Pixels
    alpha: Pixels | None
    palette: Any = None

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read a picture, turned as EXIF asks.

        Raises
        ------
        DataError
            If it cannot be read, or its pixels have no known range.
        """
        from PIL import ImageOps

        with decoding(path), opened(path) as image:
            image.load()
            upright = ImageOps.exif_transpose(image)
            if is_deep(upright):
                return cls(path, upright.mode, np.asarray(deep(upright), np.float64), None)
            grey, clear = upright.mode in ("1", "L", "LA"), upright.has_transparency_data
            plain = upright.convert(f"{'L' if grey else 'RGB'}{'A' if clear else ''}")
            values = np.asarray(plain, np.float64) / 255
            alpha = values[:, :, -1] if clear else None
            if clear:
                values = values[:, :, 0] if grey else values[:, :, :3]
            palette = upright if upright.mode == "P" and not clear else None
            return cls(path, upright.mode, values, alpha, palette)

    def changed(self, change: Change, shape: tuple[int, ...]) -> Self:
        """Return the picture with every patch changed, patches overlapping and blended.

        Parameters
        ----------
        change : callable
        shape : (height, width) or (height, width, 3)
            Of a patch. Without colours, those of the picture are changed one after the other; with
            them, a grey picture is taken as one whose colours are equal.
        """
        return replace(self, pixels=changed(self.pixels, change, shape))

    def write(self, path: Path) -> None:
        """Write it, in the format that the name says, as it was read.

        Raises
        ------
        OutputError
            If it cannot be written.
        """
        kind = _FORMATS.get(path.suffix.lower(), path.suffix[1:].upper())
        with replacing(path) as file:
            self.image().save(file, format=kind, **_KEPT.get(kind, {}))

    def image(self) -> "Image":
        """Return it as Pillow has it, in the mode in which it was read."""
        from PIL import Image

        if self.mode.startswith("I"):
            deep = np.rint(self.pixels.clip(0, 1) * 65535)
            kind = np.int32 if self.mode == "I" else np.uint16
            return Image.fromarray(deep.astype(kind))
        values = np.rint(self.pixels.clip(0, 1) * 255).astype(np.uint8)
        painted = Image.fromarray(values)
        if self.alpha is not None:
            painted.putalpha(Image.fromarray(np.rint(self.alpha * 255).astype(np.uint8)))
        if self.palette is not None:
            return painted.quantize(palette=self.palette)
        if self.mode == "1":
            return painted.convert("1", dither=Image.Dither.NONE)
        if self.mode == "P":  # with transparent parts
            return painted.quantize(method=Image.Quantize.FASTOCTREE)
        return painted.convert(self.mode)


def changed(pixels: Pixels, change: Change, shape: tuple[int, ...]) -> Pixels:
    """Return pixels of any size with every patch changed; see :meth:`Painting.changed`."""
    tiling = Tiling((pixels.shape[0], pixels.shape[1]), (shape[0], shape[1]))

    def by_tiles(part: Pixels) -> Pixels:
        return tiling.blend(change(tiling.cut(part)))

    if len(shape) == 3 and pixels.ndim == 2:
        equal = by_tiles(np.repeat(pixels[:, :, None], 3, axis=2))
        found: Pixels = equal.mean(2)
        return found
    if len(shape) == 2 and pixels.ndim == 3:
        return np.stack([by_tiles(pixels[:, :, colour]) for colour in range(3)], axis=2)
    return by_tiles(pixels)
