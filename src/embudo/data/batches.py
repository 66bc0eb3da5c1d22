"""Batches that can be asked for again: a function of table, seed and epoch, from any step on."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from embudo.data.adapt import Table
from embudo.data.splits import permutation

_ELEMENTS_AT_ONCE = 2**20  # gathered from the table in one go


@dataclass(frozen=True, slots=True)
class Batch:
    """Some rows of a table.

    Attributes
    ----------
    x : Tensor of shape (rows, features)
        The values; 0 where one is missing.
    observed : Tensor of shape (rows, features) or None
        1 where a value is present, 0 where it is missing; None if none is missing.
    weight : Tensor of shape (rows,) or None, float64
        The rows' shares. They sum to the batch's mean sample weight over that of all rows, so
        that the batches of an epoch add up to the weighted data. None if all rows count the same.
    labels : Tensor of shape (rows,) or None, int64
        The rows' classes, -1 where one is not known; None if nobody gave any.
    """

    x: Tensor
    observed: Tensor | None = None
    weight: Tensor | None = None
    labels: Tensor | None = None

    def to(self, device: torch.device | None) -> "Batch":
        """Return the batch on a device."""
        rest = (self.observed, self.weight, self.labels)
        return Batch(self.x.to(device), *(_moved(tensor, device) for tensor in rest))


class Batches:
    """The rows of a table, shuffled anew each epoch and cut into batches.

    Parameters
    ----------
    table : Table
    size : int
        Rows in a batch; the last one of an epoch may be shorter.
    seed : int
        With the epoch's number it determines the order.
    rows : Tensor of int, optional
        Which rows take part; by default all.
    weight : Tensor of shape (table.n_rows,), optional
        Sample weights, positive on the rows that take part.
    labels : Tensor of shape (table.n_rows,), optional
        Classes, -1 where one is not known.
    has_missing : bool
        Whether to look for NaN.
    device : torch.device, optional
        Where the batches go.
    anew : callable, optional
        From an epoch's number to the table in its place, of the same shape; by default it stays.
    """

    def __init__(
        self,
        table: Table,
        size: int,
        seed: int,
        *,
        rows: Tensor | None = None,
        weight: Tensor | None = None,
        labels: Tensor | None = None,
        has_missing: bool = False,
        device: torch.device | None = None,
        anew: Callable[[int], Table] | None = None,
    ) -> None:
        self._table = table
        self._anew = anew
        self._size = size
        self._rows_at_once = size * max(1, _ELEMENTS_AT_ONCE // (size * max(1, table.n_features)))
        self._seed = seed
        self._rows = torch.arange(table.n_rows) if rows is None else rows
        self._weight = None if weight is None else weight / weight[self._rows].mean()
        self._labels = labels
        self._has_missing = has_missing
        self._device = torch.device("cpu") if device is None else device

    def __len__(self) -> int:
        """Return the number of batches in an epoch."""
        return -(-len(self._rows) // self._size)

    def epoch(self, number: int, start: int = 0) -> Iterator[Batch]:
        """Yield the batches of an epoch, from the one at ``start``.

        Rows are gathered for several batches at once, which costs less.
        """
        if self._anew is not None:
            self._table = self._anew(number)
        order = self._rows[permutation(len(self._rows), self._seed, number)]
        for rows in order[start * self._size :].split(self._rows_at_once):
            many = self._gather(rows)
            for first in range(0, len(rows), self._size):
                yield _shared_out(many, slice(first, first + self._size))

    def take(self, rows: Tensor) -> Batch:
        """Return the batch of these rows of the table."""
        return _shared_out(self._gather(rows), slice(None))

    def _gather(self, rows: Tensor) -> Batch:
        """Return rows with their sample weights, relative to the mean one."""
        x = self._table.rows(rows.numpy())
        observed = None
        if self._has_missing:
            observed = (~x.isnan()).to(x.dtype)
            x = x.nan_to_num_(0)
        weight = None if self._weight is None else self._weight[rows]
        labels = None if self._labels is None else self._labels[rows]
        return Batch(x, observed, weight, labels).to(self._device)


def _shared_out(many: Batch, some: slice) -> Batch:
    """Return some of the rows as a batch of their own, with their weights as shares."""
    x = many.x[some]
    observed = None if many.observed is None else many.observed[some]
    weight = None if many.weight is None else many.weight[some] / len(x)
    labels = None if many.labels is None else many.labels[some]
    return Batch(x, observed, weight, labels)


def _moved(tensor: Tensor | None, device: torch.device | None) -> Tensor | None:
    return None if tensor is None else tensor.to(device)
