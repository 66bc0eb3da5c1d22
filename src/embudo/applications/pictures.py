"""Rows of numbers as pictures: their shape, and the range of their brightness."""

import math
from typing import TypeAlias

import numpy as np

from embudo.data.images import guess_image_shape
from embudo.data.source import ImageShape, Matrix
from embudo.errors import ParameterError

Shape: TypeAlias = ImageShape


def picture_shape(n_features: int, asked: Shape | None, known: Shape | None = None) -> Shape:
    """Return the shape of the picture in each row.

    Parameters
    ----------
    n_features : int
        Numbers in a row.
    asked : tuple of int, optional
        What the user says: (height, width) or (height, width, 3).
    known : tuple of int, optional
        What the data say.

    Raises
    ------
    ParameterError
        If the shape does not fit, or nothing is said and no square does.
    """
    if asked is not None:
        if math.prod(asked) != n_features or (len(asked) == 3 and asked[2] != 3):
            text = "x".join(map(str, asked))
            raise ParameterError(
                f"image_shape={text} has {math.prod(asked)} numbers, but a row has {n_features}: "
                "give height x width, or height x width x 3 for colours"
            )
        return asked
    shape = known or guess_image_shape(n_features)
    if shape is None:
        raise ParameterError(
            f"{n_features} numbers in a row are no square picture: give image_shape, such as 28x28"
        )
    return shape


def as_pictures(rows: Matrix, shape: Shape, like: Matrix | None = None) -> Matrix:
    """Fold rows into pictures.

    Brightness stays as it is where the numbers lie in [0, 1]; others are stretched to it.

    Parameters
    ----------
    rows : ndarray of shape (n, features)
    shape : tuple of int
    like : ndarray, optional
        The rows whose range decides; by default these.
    """
    reference = rows if like is None else like
    low, high = float(np.nanmin(reference)), float(np.nanmax(reference))
    if low < 0 or high > 1:
        rows = (rows - low) / ((high - low) or 1.0)
    return rows.reshape(len(rows), *shape)
