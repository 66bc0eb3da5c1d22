"""Large pictures as overlapping tiles of one size, and tiles as a picture without seams."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Pixels = npt.NDArray[np.floating[Any]]


@dataclass(frozen=True)
class Tiling:
    """Where tiles lie in a picture.

    Parameters
    ----------
    size : (height, width)
        Of the picture.
    tile : (height, width)
        Of a tile. Half of it overlaps the next one.
    """

    size: tuple[int, int]
    tile: tuple[int, int]

    @property
    def corners(self) -> list[tuple[int, int]]:
        """Upper left corners of all tiles."""
        rows, columns = (
            _starts(max(length, side), side)
            for length, side in zip(self.size, self.tile, strict=True)
        )
        return [(row, column) for row in rows for column in columns]

    def cut(self, picture: Pixels) -> Pixels:
        """Return the tiles of a picture; a small one is mirrored at its edges first.

        Parameters
        ----------
        picture : ndarray of shape (height, width, ...)

        Returns
        -------
        ndarray of shape (n, tile height, tile width, ...)
        """
        lacking = [(0, max(0, t - s)) for s, t in zip(self.size, self.tile, strict=True)]
        wide = _mirrored(picture, lacking)
        height, width = self.tile
        return np.stack([wide[y : y + height, x : x + width] for y, x in self.corners])

    def blend(self, tiles: Pixels) -> Pixels:
        """Return the picture that tiles make, each fading out towards its edges.

        Parameters
        ----------
        tiles : ndarray of shape (n, tile height, tile width, ...)

        Returns
        -------
        ndarray of shape (height, width, ...)
        """
        height, width = self.tile
        size = [max(s, t) for s, t in zip(self.size, self.tile, strict=True)]
        window = np.outer(_window(height), _window(width)).reshape(
            self.tile + (1,) * (tiles.ndim - 3)
        )
        total = np.zeros((*size, *tiles.shape[3:]))
        weight = np.zeros((*size, *window.shape[2:]))
        for (y, x), tile in zip(self.corners, tiles, strict=True):
            place = slice(y, y + height), slice(x, x + width)
            total[place] += window * tile
            weight[place] += window
        found: Pixels = (total / weight)[: self.size[0], : self.size[1]]
        return found


def _starts(length: int, side: int) -> list[int]:
    """Return where tiles start along a side: half overlapping, the last one at the end."""
    last, step = length - side, max(1, side // 2)
    return [*range(0, last, step), last]


def _window(side: int) -> Pixels:
    """Return weights that fall to almost 0 at both ends (Hann's, between its points)."""
    found: Pixels = np.sin(np.pi * (np.arange(side) + 0.5) / side) ** 2
    return found


def _mirrored(picture: Pixels, lacking: list[tuple[int, int]]) -> Pixels:
    further = [(0, 0)] * (picture.ndim - 2)
    return np.pad(picture, [*lacking, *further], mode="symmetric")
