"""A source: foreign data behind one face, read whole or in blocks of rows."""

import itertools
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import numpy.typing as npt

from embudo.errors import DataError

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

Matrix: TypeAlias = npt.NDArray[np.floating[Any]]
Frame: TypeAlias = Any
"""A data frame of polars, or of pandas where there is no polars."""
ImageShape: TypeAlias = tuple[int, int] | tuple[int, int, int]

_LARGEST_BLOCK = 2**25  # numbers in a block, so that very wide rows stay within memory


@dataclass(frozen=True, eq=False, kw_only=True)
class Source:
    """Rows of numbers from a file, a folder or a data set.

    Nothing but the header is in memory until `read` or `blocks` asks for more.

    Parameters
    ----------
    name : str
        What messages call the data: a path or the name of a data set.
    n_features : int
        Columns of the matrix; pixels times channels for images.
    stream : callable
        ``stream(rows)`` yields writable float blocks of at most ``rows`` rows, in order.
    known_rows : int, optional
        Number of rows where the format states it; counted on demand where it does not.
    whole : callable, optional
        A faster way to read everything, or the only sparse one.
    is_sparse : bool
        Whether `read` answers a sparse matrix.
    columns : tuple of str, optional
        Names of the columns, all different.
    texts : tuple of str
        Names of the columns that hold text; `read` and `blocks` refuse a source that has any.
    frames : callable, optional
        ``frames(rows, texts)`` yields the rows as data frames of at most ``rows`` rows, texts and
        all; columns named in ``texts`` come as text even if they hold numbers.
    image_shape : tuple of int, optional
        ``(height, width)`` or ``(height, width, channels)`` of the image in each row.
    labels : ndarray of shape (n_rows,), optional
        Classes, where a data set brings them.
    files : tuple of str, optional
        Where every row is a file of its own: their names, in order.
    skipped : tuple of str
        Files that could not be used, each with its reason.
    note : str
        What was decided on the user's behalf while reading, in one sentence; may be empty.
    """

    name: str
    n_features: int
    stream: Callable[[int], Iterator[Matrix]] = field(repr=False)
    known_rows: int | None = None
    whole: "Callable[[], Matrix | csr_matrix] | None" = field(default=None, repr=False)
    is_sparse: bool = False
    columns: tuple[str, ...] | None = field(default=None, repr=False)
    texts: tuple[str, ...] = ()
    frames: Callable[[int, frozenset[str]], Iterator[Frame]] | None = field(
        default=None, repr=False
    )
    image_shape: ImageShape | None = None
    labels: npt.NDArray[Any] | None = field(default=None, repr=False)
    files: tuple[str, ...] | None = field(default=None, repr=False)
    skipped: tuple[str, ...] = field(default=(), repr=False)
    note: str = ""

    @cached_property
    def n_rows(self) -> int:
        """Number of rows; a text file is read through once to count them."""
        if self.known_rows is not None:
            return self.known_rows
        if self.texts and self.frames is not None:
            return sum(len(frame) for frame in self.frames(8192, frozenset()))
        return sum(len(block) for block in self.blocks())

    def blocks(self, rows: int = 8192) -> Iterator[Matrix]:
        """Yield the rows in order, as float matrices in bounded memory.

        Parameters
        ----------
        rows : int, default=8192
            Rows in a block at most; fewer where the rows are very wide.

        Yields
        ------
        ndarray of shape (at most rows, n_features)

        Raises
        ------
        DataError
            If the data are damaged, or changed since they were opened.
        """
        seen = 0
        for block in self.stream(block_rows(rows, self.n_features)):
            seen += len(block)
            yield block
        if self.known_rows is not None and seen != self.known_rows:
            raise DataError(
                f"{self.name} gave {seen} rows where it promised {self.known_rows}: "
                f"it changed while it was read, or is damaged; write it anew"
            )

    def read(self) -> "Matrix | csr_matrix":
        """Read everything.

        Returns
        -------
        ndarray or scipy.sparse.csr_matrix of shape (n_rows, n_features)
            float32 or float64, as the data are; a read-only memory map where a large ``.npy``
            file needs no conversion; CSR where the file is sparse.
        """
        try:
            return self._joined() if self.whole is None else self.whole()
        except MemoryError:
            raise DataError(
                f"{self.name} does not fit into memory: read it in blocks, or fewer rows of it"
            ) from None

    def _joined(self) -> Matrix:
        blocks = self.blocks()
        if self.known_rows is None:
            return np.concatenate(list(blocks))
        first = next(blocks)
        matrix = np.empty((self.known_rows, self.n_features), first.dtype)
        start = 0
        for block in itertools.chain([first], blocks):
            if start + len(block) <= len(matrix):  # too many rows are reported by blocks()
                matrix[start : start + len(block)] = block
            start += len(block)
        return matrix


def block_rows(rows: int, n_features: int) -> int:
    """Return how many rows of ``n_features`` numbers a block of at most ``rows`` holds."""
    return max(1, min(rows, _LARGEST_BLOCK // n_features))


def regrouped(blocks: Iterable[Matrix], rows: int) -> Iterator[Matrix]:
    """Cut blocks of any height into blocks of exactly ``rows`` rows; the last may be shorter."""
    held: list[Matrix] = []
    height = 0
    for block in blocks:
        held.append(block)
        height += len(block)
        while height >= rows:
            joined = held[0] if len(held) == 1 else np.concatenate(held)
            yield joined[:rows]
            held, height = [joined[rows:]], height - rows
    if height:
        yield np.concatenate(held)


def array_source(
    name: str,
    array: npt.NDArray[Any],
    *,
    scale: float = 1.0,
    columns: tuple[str, ...] | None = None,
    image_shape: ImageShape | None = None,
    labels: npt.NDArray[Any] | None = None,
) -> Source:
    """Wrap an array that is in memory already.

    Parameters
    ----------
    name : str
        Name of the data set.
    array : ndarray of shape (n_rows, ...)
        Any numbers; everything after the first axis is flattened.
    scale : float, default=1.0
        Divisor that brings the numbers into [0, 1].
    columns, image_shape, labels
        See `Source`.
    """
    flat = array.reshape(len(array), -1)
    dtype = float_type(array.dtype)

    def stream(rows: int) -> Iterator[Matrix]:
        for start in range(0, len(flat), rows):
            block = flat[start : start + rows].astype(dtype)
            if scale != 1.0:
                block /= scale
            yield block

    return Source(
        name=name,
        n_features=flat.shape[1],
        stream=stream,
        known_rows=len(flat),
        columns=columns,
        image_shape=image_shape,
        labels=labels,
    )


def float_type(*dtypes: np.dtype[Any]) -> np.dtype[np.floating[Any]]:
    """Return float32 where it holds every number of the given types, else float64."""
    narrow = np.result_type(np.float32, *dtypes) == np.float32
    return np.dtype(np.float32) if narrow else np.dtype(np.float64)
