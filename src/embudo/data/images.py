"""Show rows of numbers as pictures, and damage them on purpose.

Pictures come back as Pillow images, so nothing is written here.
"""

import base64
import io
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from embudo.data.corruption import Corruption, corrupt
from embudo.errors import DataError

if TYPE_CHECKING:
    from PIL.Image import Image

__all__ = [
    "MISSING",
    "Corruption",
    "corrupt",
    "data_uri",
    "guess_image_shape",
    "png_bytes",
    "strip",
    "tile",
]

MISSING = np.array([0.56, 0.36, 0.68])  # violet: neither grey nor likely in a picture
_GAP = 0.82
_SIDE = 56  # pixels that a small image is enlarged to, at least
_TITLE = 13


def guess_image_shape(n_features: int) -> tuple[int, int] | None:
    """Return the sides of a square with that many pixels, or None if there is none.

    Examples
    --------
    >>> guess_image_shape(784)
    (28, 28)
    >>> guess_image_shape(180) is None
    True
    """
    side = math.isqrt(max(n_features, 0))
    return (side, side) if side > 1 and side * side == n_features else None


def tile(
    images: npt.ArrayLike, columns: int | None = None, gap: int = 1, scale: int | None = None
) -> "Image":
    """Lay images out as a contact sheet, row by row.

    Parameters
    ----------
    images : array-like of shape (n, height, width) or (n, height, width, 3)
        Brightness from 0 to 1; what lies outside is clipped, NaN is shown in violet.
    columns : int, optional
        Images in a row; by default about as many as there are rows.
    gap : int, default=1
        Pixels between images, before enlargement.
    scale : int, optional
        Whole-number enlargement without blur; by default such that small images can be seen.

    Returns
    -------
    PIL.Image.Image
        Mode RGB.

    Raises
    ------
    DataError
        If the array has another shape, or no image in it.
    """
    colours = _colours(images)
    n_images, height, width, _ = colours.shape
    columns = columns or math.ceil(math.sqrt(n_images))
    rows = math.ceil(n_images / columns)
    pitch_y, pitch_x = height + gap, width + gap
    sheet = np.full((rows * pitch_y + gap, columns * pitch_x + gap, 3), _GAP)
    for index, picture in enumerate(colours):
        top, left = gap + index // columns * pitch_y, gap + index % columns * pitch_x
        sheet[top : top + height, left : left + width] = picture
    return _enlarged(sheet, scale or math.ceil(_SIDE / max(height, width)))


def strip(
    rows: Sequence[npt.ArrayLike], titles: Sequence[str], gap: int = 1, scale: int | None = None
) -> "Image":
    """Put batches of images below each other, such as originals above reconstructions.

    Parameters
    ----------
    rows : sequence of array-like of shape (n, height, width) or (n, height, width, 3)
        One batch a row, all of the same shape.
    titles : sequence of str
        One for each row, written to its left.
    gap, scale
        See `tile`.

    Returns
    -------
    PIL.Image.Image

    Raises
    ------
    DataError
        If there is not one title for each row, or the rows differ in shape.
    """
    shapes = {np.shape(row) for row in rows}
    if len(shapes) != 1 or len(titles) != len(rows):
        raise DataError(
            f"{len(rows)} rows of images of shapes {sorted(shapes)} with {len(titles)} titles: "
            f"give rows of one shape, and a title for each"
        )
    columns = len(np.asarray(rows[0]))
    sheet = tile(np.concatenate([np.asarray(row) for row in rows]), columns, gap, scale)
    return _titled(sheet, titles)


def png_bytes(image: "Image") -> bytes:
    """Return the image as the content of a PNG file."""
    buffer = io.BytesIO()
    image.save(buffer, format="PNG", optimize=True)
    return buffer.getvalue()


def data_uri(image: "Image") -> str:
    """Return the image as text that the ``src`` of an HTML ``img`` takes."""
    return "data:image/png;base64," + base64.b64encode(png_bytes(image)).decode("ascii")


def _colours(images: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Return (n, height, width, 3) numbers in [0, 1] without NaN."""
    array = np.asarray(images, np.float64)
    if array.ndim == 3:
        array = np.repeat(array[..., None], 3, axis=3)
    if array.ndim != 4 or array.shape[3] != 3 or 0 in array.shape:
        raise DataError(
            f"an array of shape {np.shape(images)} is no batch of images: "
            f"give (n, height, width) or (n, height, width, 3)"
        )
    return np.where(np.isnan(array), MISSING, np.clip(array, 0, 1))


def _enlarged(sheet: npt.NDArray[np.float64], scale: int) -> "Image":
    from PIL import Image

    pixels = np.rint(sheet * 255).astype(np.uint8)
    return Image.fromarray(pixels.repeat(scale, axis=0).repeat(scale, axis=1))


def _titled(sheet: "Image", titles: Sequence[str]) -> "Image":
    from PIL import Image, ImageDraw, ImageFont

    font: Any = ImageFont.load_default(_TITLE)
    margin = 2 * _TITLE + math.ceil(max(font.getlength(title) for title in titles))
    canvas = Image.new("RGB", (sheet.width + margin, sheet.height), "white")
    canvas.paste(sheet, (margin, 0))
    draw = ImageDraw.Draw(canvas)
    pitch = sheet.height / len(titles)
    for row, title in enumerate(titles):
        place = (margin - _TITLE, (row + 0.5) * pitch)
        draw.text(place, title, fill="black", font=font, anchor="rm")
    return canvas
