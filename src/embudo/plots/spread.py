"""Where things go that must not lie on each other."""

import numpy as np
import numpy.typing as npt

from embudo.plots.colours import Floats

_ROUNDS = 200
_AIR = 1.05  # of a box's size, so that neighbours do not touch

Indices = npt.NDArray[np.intp]


def spread_out(centres: Floats, size: Floats, n: int, taken: Floats) -> Indices:
    """Choose up to ``n`` boxes of one size, none of which overlaps another.

    The first one is nearest to the median; each that follows is the one farthest from all that
    are chosen, so that they cover what there is to cover.

    Parameters
    ----------
    centres : ndarray of shape (boxes, 2)
    size : ndarray of shape (2,)
    n : int
    taken : ndarray of shape (places, 4)
        Where no box may be: left, bottom, right and top of each.

    Returns
    -------
    ndarray of int
    """
    scaled = centres / (size * _AIR)
    room = np.full(len(centres), np.inf)
    for left, bottom, right, top in taken:
        apart = np.maximum([left, bottom] - centres, centres - [right, top])
        room[(apart < size / 2).all(1)] = 0
    chosen: list[int] = []
    nearest = np.abs(scaled - np.median(scaled, axis=0)).max(1)
    if len(room) and room.any():
        chosen.append(int(np.where(room > 0, nearest, np.inf).argmin()))
    while chosen:
        room = np.minimum(room, np.abs(scaled - scaled[chosen[-1]]).max(1))
        farthest = int(room.argmax())
        if len(chosen) >= n or room[farthest] < 1:
            break
        chosen.append(farthest)
    return np.array(chosen, np.intp)


def pushed_apart(centres: Floats, sizes: Floats) -> Floats:
    """Move boxes that overlap away from each other, by as little as it takes.

    Parameters
    ----------
    centres, sizes : ndarray of shape (boxes, 2)

    Returns
    -------
    centres : ndarray of shape (boxes, 2)
        Some overlap still if there are very many.
    """
    at = centres + 1e-6 * sizes * np.arange(len(centres))[:, None]  # none quite on another
    reach = (sizes[:, None] + sizes) / 2 * _AIR
    for _ in range(_ROUNDS):
        offset = at[:, None] - at
        lack = reach - np.abs(offset)
        hit = (lack > 0).all(-1)
        np.fill_diagonal(hit, False)
        if not hit.any():
            break
        shorter = lack == lack.min(-1, keepdims=True)
        at = at + (np.sign(offset) * lack * shorter * hit[..., None]).sum(1) / 2
    return at
