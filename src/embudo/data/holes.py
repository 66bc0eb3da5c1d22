"""Which points of a picture, or entries of a table, are to be filled."""

from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from embudo.data.pictures import decode
from embudo.errors import DataError

Mask: TypeAlias = npt.NDArray[np.bool_]
Cut: TypeAlias = Callable[[int, tuple[int, int]], Mask]
"""From the number of the first row of a block, and the block's shape, to what is cut out."""

_PATCHES = 6  # of the side of a square hole, in the shorter side of a picture


def masked_by(mask: Path, picture: Path, size: tuple[int, int]) -> Mask:
    """Return where a mask is not black.

    Parameters
    ----------
    mask : Path
        A picture, or a folder with one of the same name as the picture.
    picture : Path
    size : (height, width)
        Which the mask is brought to.

    Raises
    ------
    DataError
        If there is no such mask, or it cannot be read.
    """
    path = mask / picture.name if mask.is_dir() else mask
    if not path.is_file():
        raise DataError(f"there is no mask {path} for {picture}")
    return decode(path, size, grey=True) > 0


def patches_of(size: tuple[int, int], share: float, generator: np.random.Generator) -> Mask:
    """Return square holes at random that cover a share of a picture, at least."""
    mask = np.zeros(size, bool)
    side = max(1, min(size) // _PATCHES)
    while mask.mean() < share:
        y, x = (generator.integers(0, length - side + 1) for length in size)
        mask[y : y + side, x : x + side] = True
    return mask


def share_of(share: float, seed: int) -> Cut:
    """Return what cuts out single entries at random; blocks have to come in order."""
    generator = np.random.default_rng(seed)
    return lambda first, shape: generator.random(shape) < share


def marked_in(path: Path, shape: tuple[int, int]) -> Cut:
    """Return what cuts out the entries in which an array in a ``.npy`` file is not 0.

    Raises
    ------
    DataError
        If it cannot be read, or has another shape.
    """
    try:
        marks = np.load(path, allow_pickle=False)
    except (OSError, ValueError) as fault:
        raise DataError(f"the mask {path} of a table is to be a .npy file ({fault})") from None
    if marks.shape != shape:
        raise DataError(f"the mask {path} has the shape {marks.shape}, but the data {shape}")
    return lambda first, block: marks[first : first + block[0]] != 0
