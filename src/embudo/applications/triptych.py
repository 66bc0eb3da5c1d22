"""A few pictures of any size, before and after, as one sheet."""

from typing import TYPE_CHECKING

import numpy as np

from embudo.data.images import MISSING, strip
from embudo.data.repaint import Painting
from embudo.data.tiles import Pixels

if TYPE_CHECKING:
    from PIL.Image import Image

_MOST, _SIDE = 8, 160  # pictures on a sheet, and pixels of the square that each is fitted into


class Triptych:
    """Keeps the first pictures, small, in rows of one title each."""

    def __init__(self, titles: tuple[str, ...]) -> None:
        self._rows: dict[str, list[Pixels]] = {title: [] for title in titles}

    def add(self, *states: Painting) -> None:
        """Take one picture in as many states as there are titles."""
        for row, state in zip(self._rows.values(), states, strict=True):
            if len(row) < _MOST:
                row.append(_fitted(state))

    def image(self) -> "Image":
        """Return the sheet."""
        return strip([np.stack(row) for row in self._rows.values()], list(self._rows), scale=1)


def _fitted(painting: Painting) -> Pixels:
    """Return a square of the sheet's colour with the picture in its middle."""
    from PIL import Image

    pixels = painting.pixels if painting.pixels.ndim == 3 else painting.pixels[:, :, None]
    shown = np.where(np.isnan(pixels), MISSING, pixels.clip(0, 1))
    image = Image.fromarray(np.rint(shown * 255).astype(np.uint8))
    factor = _SIDE / max(image.size)
    size = (max(1, round(image.width * factor)), max(1, round(image.height * factor)))
    smooth = Image.Resampling.NEAREST if factor > 1 else Image.Resampling.LANCZOS
    square = Image.new("RGB", (_SIDE, _SIDE), (209, 209, 209))
    square.paste(image.resize(size, smooth), ((_SIDE - size[0]) // 2, (_SIDE - size[1]) // 2))
    found: Pixels = np.asarray(square, np.float64) / 255
    return found
