"""Data whose distribution is known in full, to try models on: the answer is there to compare with.

Every function is pure: the same generator state gives the same rows.
"""

import math

import numpy as np
from numpy.typing import NDArray

from embudo.data.ids import Ids
from embudo.data.ratings import Ratings
from embudo.errors import ParameterError


def bars_and_stripes(size: int) -> NDArray[np.float32]:
    """Return all pictures of vertical bars or horizontal stripes, each once.

    Each picture of ``size`` by ``size`` pixels is either a choice of whole columns or a choice of
    whole rows (MacKay 2003, "Information Theory, Inference, and Learning Algorithms", section
    43.2). The empty and the full picture are both and counted once, so the entropy of a picture
    taken at random is ``log(2 ** (size + 1) - 2)`` nats, for ``size`` above 1: no model scores a
    mean log-likelihood above its negative.

    Parameters
    ----------
    size : int
        Pixels along an edge, from 2 to 16.

    Returns
    -------
    pictures : array of shape (2 ** (size + 1) - 2, size * size), float32
        Of 0 and 1, one flattened picture a row, in a fixed order.

    Raises
    ------
    ParameterError
        If ``size`` is outside its limits.
    """
    if not 2 <= size <= 16:
        raise ParameterError(f"size must be from 2 to 16, but is {size}; choose a smaller edge")
    numbers = np.arange(2**size)
    choices = (numbers[:, None] >> np.arange(size) & 1).astype(np.float32)
    bars = np.repeat(choices[:, None, :], size, axis=1)
    stripes = np.repeat(choices[1:-1, :, None], size, axis=2)
    return np.concatenate([bars, stripes]).reshape(-1, size * size)


def sample_bars_and_stripes(n: int, size: int, rng: np.random.Generator) -> NDArray[np.float32]:
    """Return ``n`` pictures of :func:`bars_and_stripes`, each equally probable.

    Parameters
    ----------
    n : int
    size : int
        Pixels along an edge, from 2 to 16.
    rng : numpy.random.Generator

    Returns
    -------
    pictures : array of shape (n, size * size), float32
    """
    pictures = bars_and_stripes(size)
    return pictures[rng.integers(len(pictures), size=n)]


def ring_centres(modes: int, radius: float = 2.0) -> NDArray[np.float32]:
    """Return the centres of :func:`ring_of_gaussians`, evenly spread over a circle.

    Parameters
    ----------
    modes : int
    radius : float, default=2
        Of the circle around the origin.

    Returns
    -------
    centres : array of shape (modes, 2), float32
    """
    if modes < 1:
        raise ParameterError(f"modes must be at least 1, but is {modes}")
    angle = 2 * math.pi * np.arange(modes) / modes
    return (radius * np.stack([np.cos(angle), np.sin(angle)], axis=1)).astype(np.float32)


def ring_of_gaussians(
    n: int,
    rng: np.random.Generator,
    *,
    modes: int = 8,
    radius: float = 2.0,
    deviation: float = 0.05,
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Return points around the centres of a ring, each centre equally probable.

    A model that generates all of ``modes`` has not collapsed (Srivastava et al. 2017, "VEEGAN",
    section 4.1). Every coordinate has the mean 0 and, for ``modes`` above 2, the variance
    ``radius ** 2 / 2 + deviation ** 2``.

    Parameters
    ----------
    n : int
    rng : numpy.random.Generator
    modes : int, default=8
    radius : float, default=2
        Of the circle on which the centres lie.
    deviation : float, default=0.05
        Standard deviation of a point around its centre, in each coordinate.

    Returns
    -------
    points : array of shape (n, 2), float32
    labels : array of shape (n,), int64
        The centre that each point belongs to.
    """
    return _around(ring_centres(modes, radius), n, deviation, rng)


def grid_centres(side: int, spacing: float = 2.0) -> NDArray[np.float32]:
    """Return the centres of :func:`grid_of_gaussians`, around the origin.

    Parameters
    ----------
    side : int
        Centres in a row of the square grid, and rows.
    spacing : float, default=2
        From each centre to the next.

    Returns
    -------
    centres : array of shape (side * side, 2), float32
    """
    if side < 1:
        raise ParameterError(f"side must be at least 1, but is {side}")
    along = spacing * (np.arange(side, dtype=np.float32) - (side - 1) / 2)
    return np.stack(np.meshgrid(along, along, indexing="ij"), axis=-1).reshape(-1, 2)


def grid_of_gaussians(
    n: int,
    rng: np.random.Generator,
    *,
    side: int = 5,
    spacing: float = 2.0,
    deviation: float = 0.05,
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Return points around the centres of a square grid, each centre equally probable.

    Srivastava et al. (2017), section 4.1. Every coordinate has the mean 0 and the variance
    ``spacing ** 2 * (side ** 2 - 1) / 12 + deviation ** 2``.

    Parameters
    ----------
    n : int
    rng : numpy.random.Generator
    side : int, default=5
        Centres in a row of the grid, and rows.
    spacing : float, default=2
        From each centre to the next.
    deviation : float, default=0.05
        Standard deviation of a point around its centre, in each coordinate.

    Returns
    -------
    points : array of shape (n, 2), float32
    labels : array of shape (n,), int64
        The centre that each point belongs to.
    """
    return _around(grid_centres(side, spacing), n, deviation, rng)


def _around(
    centres: NDArray[np.float32], n: int, deviation: float, rng: np.random.Generator
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    labels = rng.integers(len(centres), size=n)
    noise = rng.normal(0.0, deviation, size=(n, 2)).astype(np.float32)
    return centres[labels] + noise, labels


def checkerboard_ratings(n_users: int, n_items: int, *, seed: int, share: float = 0.5) -> Ratings:
    """Return ratings whose right answers are known: every user loves half the items.

    Users of even number give 5 to items of even number and 1 to the others; users of odd number
    the other way round. Some of the ratings are shown; each of the others has one right answer.

    Parameters
    ----------
    n_users, n_items : int
    seed : int
        Of which ratings are shown.
    share : float, default=0.5
        Of all pairs that are rated.

    Returns
    -------
    ratings : Ratings
        Ids are the numbers of users and items.
    """
    shown = np.random.default_rng(seed).random((n_users, n_items)) < share
    shown[np.arange(n_users), np.arange(n_users) % n_items] = True  # so that all have a rating
    shown[np.arange(n_items) % n_users, np.arange(n_items)] = True
    user, item = np.nonzero(shown)
    value = np.where((user + item) % 2 == 0, 5, 1).astype(np.float32)
    users, items = Ids(range(n_users), "user"), Ids(range(n_items), "item")
    return Ratings(users, items, user, item, value, scale=(1.0, 2.0, 3.0, 4.0, 5.0))
