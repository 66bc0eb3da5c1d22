"""Batches of rows of a sparse matrix: who has what, and never what nobody has."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.sparse
import torch
from torch import Tensor

from embudo.data.splits import permutation


@dataclass(frozen=True, slots=True)
class Histories:
    """The entries of some rows, one row after the other.

    Attributes
    ----------
    row, column : Tensor of shape (entries,), int64
        Where an entry stands; rows are counted from 0 within the batch.
    value : Tensor of shape (entries,)
    first : Tensor of shape (rows,), int64
        Where the entries of each row begin.
    numbers : Tensor of shape (rows,), int64
        Which rows of the matrix these are.
    """

    row: Tensor
    column: Tensor
    value: Tensor
    first: Tensor
    numbers: Tensor

    @property
    def n_rows(self) -> int:
        """How many rows there are, those without an entry included."""
        return len(self.first)

    def to(self, device: torch.device) -> "Histories":
        """Return the same on a device."""
        parts = (self.row, self.column, self.value, self.first, self.numbers)
        return Histories(*(part.to(device) for part in parts))


def histories(matrix: Any, numbers: Tensor | None = None) -> Histories:
    """Return rows of a CSR matrix, by default all of them, as float32."""
    if numbers is None:
        numbers = torch.arange(matrix.shape[0])
    part = matrix[numbers.numpy()]
    counts = np.diff(part.indptr)
    return Histories(
        torch.from_numpy(np.repeat(np.arange(part.shape[0]), counts)),
        torch.from_numpy(part.indices.astype(np.int64)),
        torch.from_numpy(part.data.astype(np.float32)),
        torch.from_numpy(part.indptr[:-1].astype(np.int64)),
        numbers,
    )


class HistoryBatches:
    """The rows of a CSR matrix that have entries, shuffled anew each epoch and cut into batches.

    Parameters
    ----------
    matrix : csr_array of shape (rows, columns)
    size : int
        Rows in a batch; the last one of an epoch may be shorter.
    seed : int
        With the epoch's number it determines the order.
    device : torch.device
        Where the batches go.
    """

    def __init__(self, matrix: Any, size: int, seed: int, device: torch.device) -> None:
        self._matrix = scipy.sparse.csr_array(matrix)
        self._size, self._seed, self._device = size, seed, device
        self._rows = torch.from_numpy(np.flatnonzero(np.diff(self._matrix.indptr)))

    def __len__(self) -> int:
        """Return the number of batches in an epoch."""
        return -(-len(self._rows) // self._size)

    def epoch(self, number: int, start: int = 0) -> Iterator[Histories]:
        """Yield the batches of an epoch, from the one at ``start``."""
        order = self._rows[permutation(len(self._rows), self._seed, number)]
        for rows in order[start * self._size :].split(self._size):
            yield histories(self._matrix, rows).to(self._device)
