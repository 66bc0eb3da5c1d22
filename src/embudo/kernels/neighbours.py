"""Nearest rows by Euclidean distance, how many are nearer than a given one, and balls about them.

Distances are taken in float64, a block of rows against a block of rows, so that memory is bounded
however many rows there are. Up to 15 columns they are sums of squared differences, exact to
rounding. With more they are multiplied out, ``|a|^2 + |b|^2 - 2ab``, one matrix product, after the
columns' medians were moved to the origin: rows that all lie far from it lose no digits, and whole
numbers stay whole. Squared distances that agree within rounding count as equal, so that rows are
not told apart that are nearer to each other than about 1e-7 of their distance from the medians.
"""

import math
from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor

_NARROW = 15  # columns; scikit-learn's trees, which are as exact, are used up to as many
_ROWS_AT_ONCE = 1024
_ELEMENTS_AT_ONCE = 2**22
_FOR_MEDIANS = 1000  # rows
_EPSILON = torch.finfo(torch.float64).eps


class Neighbours(NamedTuple):
    """The ``k`` nearest rows of each row, from the nearest on."""

    indices: Int[Tensor, "some k"]
    distances: Float[Tensor, "some k"]


class Balls(NamedTuple):
    """In how many balls each row lies that was asked about, and how many of these each ball has."""

    around: Int[Tensor, " query"]
    inside: Int[Tensor, " row"]


def neighbours(
    x: Float[Tensor, "row width"],
    k: int,
    of: Float[Tensor, "query width"] | None = None,
    block: int | None = None,
) -> Neighbours:
    """Return the ``k`` rows of ``x`` nearest to each row of ``of``.

    By default these are the neighbours of the rows of ``x``, none its own. Of equally near rows
    those with the lower indices are taken, in that order. ``block`` is how many rows meet as many
    at once; it has no influence on the result. Distances are in float64.
    """
    asked = x if of is None else of
    check_count(k, len(x) - 1 if of is None else len(x))
    origin, size = _origin(x), block or _rows_at_once(x)
    indices = torch.empty((len(asked), k), dtype=torch.int64, device=x.device)
    distances = torch.empty((len(asked), k), dtype=torch.float64, device=x.device)
    for first in range(0, len(asked), size):
        rows = slice(first, first + size)
        own = first if of is None else None
        index = _nearest(asked[rows], x, k, own, origin, size).sort(1).values
        distance, order = _distances_to(asked[rows], x, index).sort(dim=1, stable=True)
        indices[rows], distances[rows] = index.gather(1, order), distance
    return Neighbours(indices, distances)


def ranks(
    x: Float[Tensor, "row width"], others: Int[Tensor, "row k"], block: int | None = None
) -> Int[Tensor, "row k"]:
    """Return how near each row has its ``others``, which are indices of rows: 1 if nearest of all.

    The rank is 1 plus the count of rows that are nearer, so that equally near ones share the best.
    """
    origin, size = _origin(x), block or _rows_at_once(x)
    blocks = [slice(first, first + size) for first in range(0, len(x), size)]
    limits = torch.cat([_limits(x[some], x, others[some], origin) for some in blocks])
    found = torch.ones_like(others)
    for i, rows in enumerate(blocks):
        a = torch.sub(x[rows], origin)
        for columns in blocks[i:]:
            tile = _squared_distances(a, torch.sub(x[columns], origin))
            if rows == columns:
                tile.fill_diagonal_(torch.inf)
            else:  # a distance serves both of its rows
                found[columns] += _count_below(tile, limits[columns], 0)
            found[rows] += _count_below(tile, limits[rows], 1)
    return found


def balls(
    x: Float[Tensor, "row width"],
    radii: Float[Tensor, " row"],
    of: Float[Tensor, "query width"],
    block: int | None = None,
) -> Balls:
    """Count which rows of ``of`` lie in balls of these radii around the rows of ``x``.

    A row at the very edge, or beyond it by no more than rounding, lies inside.
    """
    origin, size = _origin(x), block or _rows_at_once(x)
    around = torch.zeros(len(of), dtype=torch.int64, device=x.device)
    inside = torch.zeros(len(x), dtype=torch.int64, device=x.device)
    for first in range(0, len(x), size):
        rows = slice(first, first + size)
        a, limit = torch.sub(x[rows], origin), radii[rows, None].double().square()
        limit = limit + _rounding(a, limit)
        for start in range(0, len(of), size):
            asked = slice(start, start + size)
            within = _squared_distances(a, torch.sub(of[asked], origin)) <= limit
            around[asked] += within.sum(0)
            inside[rows] += within.sum(1)
    return Balls(around, inside)


def check_count(k: int, most: int) -> None:
    """Refuse a number of neighbours that is not between 1 and ``most``."""
    if not 1 <= k <= most:
        way_out = f"choose k from 1 to {most}" if most else "give more rows"
        raise ValueError(f"k = {k} neighbours cannot be had from these rows: {way_out}")


def _origin(x: Tensor) -> Tensor:
    """Return what to subtract in float64: for wide rows the medians of about a thousand rows."""
    if x.shape[1] <= _NARROW:
        return x.new_zeros(x.shape[1], dtype=torch.float64)
    return x[:: max(1, len(x) // _FOR_MEDIANS)].median(0).values.double()


def _rows_at_once(x: Tensor) -> int:
    return max(1, min(_ROWS_AT_ONCE, _ELEMENTS_AT_ONCE // max(1, x.shape[1])))


def _squared_distances(a: Tensor, b: Tensor) -> Tensor:
    if a.shape[1] <= _NARROW:
        return torch.cdist(a, b, compute_mode="donot_use_mm_for_euclid_dist").square_()
    squares = torch.addmm(b.square().sum(1), a, b.T, alpha=-2)
    return squares.add_(a.square().sum(1)[:, None])


def _rounding(a: Tensor, near: Tensor) -> Tensor:
    """Return by how much squared distances about ``near`` from the rows ``a`` may be wrong.

    Products err by a random walk of ``width`` steps relative to ``|a|^2 + |b|^2`` (Higham and Mary
    2019), and ``|b|^2`` is at most ``2 |a|^2 + 2 near``.
    """
    width = a.shape[1]
    own = a.square().sum(1, keepdim=True) if width > _NARROW else 0
    return (8 + math.sqrt(width)) * _EPSILON * (3 * own + 2 * near)


def _nearest(
    asked: Tensor, x: Tensor, k: int, own: int | None, origin: Tensor, size: int
) -> Tensor:
    """Return the indices of the ``k`` nearest, in any order; ``own`` is where ``asked`` begins."""
    a = torch.sub(asked, origin)
    value = a.new_empty((len(a), 0))
    index = torch.empty((len(a), 0), dtype=torch.int64, device=a.device)
    for start in range(0, len(x), size):
        tile = _squared_distances(a, torch.sub(x[start : start + size], origin))
        if own == start:
            tile.fill_diagonal_(torch.inf)
        here = torch.arange(start, start + tile.shape[1], device=a.device).expand_as(tile)
        more, there = _smallest(a, tile, here, k)
        both = torch.cat((value, more), 1), torch.cat((index, there), 1)
        value, index = _smallest(a, *both, k)
    return index


def _smallest(a: Tensor, value: Tensor, index: Tensor, k: int) -> tuple[Tensor, Tensor]:
    """Return the ``k`` smallest values of each row and their indices, the lower ones of equals."""
    if value.shape[1] <= k:
        return value, index
    least, place = value.topk(k + 1, largest=False)
    last = least[:, k - 1 : k]
    margin, place = _rounding(a, last), place[:, :k]
    tied = (least[:, k:] - last <= margin)[:, 0]
    if bool(tied.any()):
        place[tied] = _lowest(value[tied], index[tied], last[tied], margin[tied], k)
    return value.gather(1, place), index.gather(1, place)


def _lowest(value: Tensor, index: Tensor, last: Tensor, margin: Tensor, k: int) -> Tensor:
    """Return the places of values below ``last`` and, of those equal to it, the lowest indices."""
    outside = torch.iinfo(index.dtype).max
    key = torch.where(value > last + margin, outside, index)
    key = torch.where(value < last - margin, index - outside, key)
    return key.topk(k, largest=False).indices


def _distances_to(a: Tensor, x: Tensor, index: Tensor) -> Tensor:
    """Return the distance of each row of ``a`` from the rows of ``x`` that ``index`` names."""
    a = a.double()
    return torch.stack([torch.linalg.vector_norm(a - x[each], dim=1) for each in index.T], 1)


def _limits(rows: Tensor, x: Tensor, others: Tensor, origin: Tensor) -> Tensor:
    """Return below which squared distance a row is nearer than the others, beyond rounding."""
    near = _distances_to(rows, x, others).square()
    return near - _rounding(torch.sub(rows, origin), near)


def _count_below(tile: Tensor, limits: Tensor, axis: int) -> Tensor:
    counts = [(tile < one.unsqueeze(axis)).sum(axis, dtype=torch.int32) for one in limits.T]
    return torch.stack(counts, 1)
