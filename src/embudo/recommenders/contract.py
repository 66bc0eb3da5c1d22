"""What a recommender has to say of itself, for everything that is common to all of them."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from os import PathLike
from typing import Any, ClassVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import normalize

from embudo.data.ratings import Ratings
from embudo.declarations.docstrings import Documented
from embudo.errors import ParameterError
from embudo.recommenders.asking import Asked

_SCORES_AT_ONCE = 2**24


class Contract(Documented, ABC):
    """How a model learns from ``ratings_``, and how it scores items for rows of histories."""

    learns_from: ClassVar[frozenset[str]] = frozenset({"ratings", "implicit"})
    """Kinds of feedback that it can use."""

    _source: ClassVar[str] = "collaborative"

    ratings_: Ratings

    @property
    def kind(self) -> str:
        """What is predicted: a "rating" on the scale of the data, or a "score"."""
        return "score"

    @abstractmethod
    def _learn(self, resume: bool | str | PathLike[str]) -> None:
        """Learn from ``ratings_``."""

    @abstractmethod
    def _score(self, asked: Asked) -> Tensor:
        """Return a score of each item for each row, higher being better, of float32 or float64."""

    @abstractmethod
    def _likeness(self) -> Tensor:
        """Return a vector for each item; those of alike items point in like directions."""

    @abstractmethod
    def _parts(self) -> tuple[dict[str, Tensor], dict[str, Any]]:
        """Return what was learned, as tensors and JSON values."""

    @abstractmethod
    def _restore(self, tensors: dict[str, Tensor], facts: dict[str, Any]) -> None:
        """Take over what :meth:`_parts` returned."""

    def _prepare(self) -> None:  # noqa: B027 -- few models have anything to prepare
        """Work out, after learning or reading, what all answers need."""

    def _values(self, asked: Asked) -> Tensor:
        """Return what :meth:`predict` answers for each row and item."""
        return self._score(asked)

    def _voice(self, asked: Asked) -> Tensor:
        """Return the scores that an explanation splits into what each entry of a row adds."""
        return self._score(asked)

    def _of_nothing(self, row: NDArray[np.float64]) -> float:
        """Return what is predicted for an item that nobody knows, given the row of all others."""
        return float(row.min())

    def _informed(self, asked: Asked) -> NDArray[np.bool_]:
        """Say which rows have anything that the model can go by."""
        found: NDArray[np.bool_] = np.diff(self._rows(asked.histories).indptr) > 0
        return found

    def _rows(self, histories: Any) -> Any:
        """Return what the model sees of what people have."""
        return histories

    def _similarity(self, codes: NDArray[np.int64]) -> Tensor:
        """Return how alike items are to all items, of shape (codes, items)."""
        vectors = normalize(self._likeness(), dim=1)
        return vectors[torch.from_numpy(codes)] @ vectors.t()

    def _sources(self) -> NDArray[np.str_]:
        """Return where the score of each item comes from."""
        return np.full(len(self.ratings_.items), self._source)

    def _blocks(self, asked: Asked, function: Callable[[Asked], Tensor]) -> Iterable[Tensor]:
        for start in self._starts(len(asked)):
            yield function(asked.some(start))

    def _starts(self, n_rows: int) -> Iterable[slice]:
        size = max(1, _SCORES_AT_ONCE // len(self.ratings_.items))
        return [slice(start, start + size) for start in range(0, n_rows, size)]

    def _check_fitted(self) -> None:
        if not hasattr(self, "ratings_"):
            raise ParameterError(f"this {type(self).__name__} is not fitted yet: call fit first")
