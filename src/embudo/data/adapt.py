"""Arrays and sparse matrices as tables: rows on demand, as float tensors, in bounded memory."""

import mmap
from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import Any, TypeAlias, final

import numpy as np
import scipy.sparse
import torch
from numpy.typing import NDArray
from torch import Tensor

RowIndex: TypeAlias = slice | NDArray[np.int64]
_ELEMENTS_AT_ONCE = 2**22


class Table(ABC):
    """Rows of numbers, NaN where one is missing.

    Attributes
    ----------
    n_rows, n_features : int
    """

    n_rows: int
    n_features: int

    @abstractmethod
    def rows(self, index: RowIndex, dtype: torch.dtype = torch.float32) -> Tensor:
        """Return some rows as a new dense tensor of shape (rows, features), in C order.

        Sums are rounded by the order of their terms, so that results, to the last bit, hang on
        nothing but the values.
        """

    def blocks(
        self, dtype: torch.dtype = torch.float32, elements: int = _ELEMENTS_AT_ONCE
    ) -> Iterator[tuple[slice, Tensor]]:
        """Yield all rows in order, block by block, with the rows each block covers."""
        size = max(1, elements // max(1, self.n_features))
        for start in range(0, self.n_rows, size):
            index = slice(start, min(start + size, self.n_rows))
            yield index, self.rows(index, dtype)


@final
class DenseTable(Table):
    """A numpy array, in memory or mapped from a file."""

    def __init__(self, values: NDArray[Any]) -> None:
        self._values = values
        self.n_rows, self.n_features = values.shape

    def rows(self, index: RowIndex, dtype: torch.dtype = torch.float32) -> Tensor:
        taken = self._values[index] if isinstance(index, slice) else self._values.take(index, 0)
        copy = None if taken.base is None else True
        with np.errstate(over="ignore"):  # what overflows becomes inf, which the survey reports
            copied = np.array(taken, dtype=_NUMPY[dtype], copy=copy, order="C")
        _forget_pages(self._values)
        return torch.from_numpy(copied)


@final
class SparseTable(Table):
    """A scipy CSR matrix; only the rows asked for are ever dense."""

    def __init__(self, values: Any) -> None:
        self._values = scipy.sparse.csr_matrix(values)
        self.n_rows, self.n_features = self._values.shape

    def rows(self, index: RowIndex, dtype: torch.dtype = torch.float32) -> Tensor:
        with np.errstate(over="ignore"):
            return torch.from_numpy(self._values[index].astype(_NUMPY[dtype]).toarray())


_NUMPY = {torch.float32: np.float32, torch.float64: np.float64}


def as_table(values: Any) -> Table:
    """Wrap a two-dimensional array or a scipy sparse matrix."""
    return SparseTable(values) if scipy.sparse.issparse(values) else DenseTable(values)


def _forget_pages(values: NDArray[Any]) -> None:
    """Let go of a mapped file's pages, which would count as this process's memory."""
    if isinstance(values, np.memmap) and values.mode == "r" and hasattr(mmap, "MADV_DONTNEED"):
        mapping = getattr(values, "_mmap", None)
        if isinstance(mapping, mmap.mmap):
            mapping.madvise(mmap.MADV_DONTNEED)
