"""The few colours of all pictures; each reads on white and on black."""

from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

Floats: TypeAlias = npt.NDArray[np.floating[Any]]

# One shade of each hue has a contrast of 4.5 : 1 with white and with black alike: these.
GREY = "#757575"
ACCENT = "#3273d8"
COUNTER = "#c2541b"
BETWEEN = "#a657a6"  # half-way from one to the other

# Classes: at least 3 : 1 with both, and as far from each other as that allows, also for those who
# cannot tell red from green.
CLASSES = (
    ACCENT,
    COUNTER,
    "#30a872",
    "#de66d2",
    "#b49000",
    "#6042c0",
    "#006c00",
    "#903090",
    "#0096b4",
    "#967efc",
)

_STRONGEST = 99  # percentile of |weight| that gets full colour, so that one spike dims nothing


def signed(weights: Floats) -> Floats:
    """Colour numbers by their sign, and let those near zero fade into the background.

    Parameters
    ----------
    weights : ndarray of shape (n, height, width) or (n, height, width, 3)
        One scale, symmetric about zero, serves all of them; colour channels are averaged.

    Returns
    -------
    ndarray of shape (n, height, width, 4)
        Red, green, blue and opacity in [0, 1].
    """
    weights = weights.mean(-1) if weights.ndim == 4 else weights
    sizes = np.abs(weights)
    limit = np.percentile(sizes, _STRONGEST) or 1.0
    hues = np.where(weights[..., None] >= 0, rgb(ACCENT), rgb(COUNTER))
    opacity = np.clip(sizes / limit, 0, 1)
    return np.concatenate([hues, opacity[..., None]], axis=-1)


def shades(images: Floats, low: float = 0.0, high: float = 1.0) -> Floats:
    """Draw grey images as ink on paper, darker for larger numbers, and coloured ones as they are.

    Parameters
    ----------
    images : ndarray of shape (n, height, width) or (n, height, width, 3)
    low, high : float
        The ends of the scale; what lies outside is clipped.

    Returns
    -------
    ndarray of shape (n, height, width, 4)
        Red, green, blue and opacity in [0, 1].
    """
    light = np.clip((images - low) / ((high - low) or 1.0), 0, 1)
    rgb = light if images.ndim == 4 else np.repeat(1 - light[..., None], 3, axis=-1)
    return np.concatenate([rgb, np.ones_like(rgb[..., :1])], axis=-1)


def rgb(code: str) -> Floats:
    """Return red, green and blue in [0, 1]."""
    return np.array([int(code[at : at + 2], 16) / 255 for at in (1, 3, 5)])
