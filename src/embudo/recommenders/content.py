"""Recommending by what items are: texts, genres, years and numbers."""

from dataclasses import dataclass
from os import PathLike
from typing import Any, ClassVar

import numpy as np
import scipy.sparse
import torch
from numpy.typing import NDArray
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.preprocessing import normalize
from torch import Tensor

from embudo._types import NonNegativeFloat
from embudo.data.catalogue import Catalogue
from embudo.errors import DataError
from embudo.recommenders.asking import Asked
from embudo.recommenders.liking import Liking

_YEARS = 5  # that count as one time


@dataclass(eq=False, repr=False, kw_only=True)
class ContentRecommender(Liking):
    """Items like those that somebody likes, by what the table of items says of them.

    Genres and texts count by TF-IDF, years by spans of five, numbers by how far they lie from
    their mean; a person is the sum of the items liked, and near is who has a large cosine. Items
    that nobody rated are found as easily as others.

    Parameters
    ----------
    text_weight : float, default=0.3
        What the words of titles and descriptions count beside genres.
    year_weight : float, default=0.5
        What the time an item is of counts.
    number_weight : float, default=0.3
        What each column of numbers counts.
    """

    text_weight: NonNegativeFloat = 0.3
    year_weight: NonNegativeFloat = 0.5
    number_weight: NonNegativeFloat = 0.3

    _source: ClassVar[str] = "content"

    def _learn(self, resume: bool | str | PathLike[str]) -> None:
        if self.ratings_.catalogue is None:
            raise DataError(
                "a content recommender needs a table of items with titles, genres or texts: give "
                "it by Ratings.from_frame(..., items=...), or in a shell by --items"
            )
        self._vectors = self._features(self.ratings_.catalogue)

    def _score(self, asked: Asked) -> Tensor:
        profiles = normalize(self._rows(asked.histories) @ self._vectors)
        return torch.from_numpy((profiles @ self._vectors.T).toarray().astype(np.float32))

    def _voice(self, asked: Asked) -> Tensor:
        profiles = self._rows(asked.histories) @ self._vectors  # each liked item adds its likeness
        return torch.from_numpy((profiles @ self._vectors.T).toarray().astype(np.float32))

    def _informed(self, asked: Asked) -> NDArray[np.bool_]:
        profiles = self._rows(asked.histories) @ self._vectors
        return np.asarray(np.diff(scipy.sparse.csr_array(profiles).indptr) > 0)

    def _features(self, catalogue: Catalogue) -> scipy.sparse.csr_array:
        """Return a row of the norm 1 for each item of the ratings, empty where nothing is known."""
        blocks = [
            _tf_idf(catalogue.words, analyzer=list),
            self.year_weight * _spans(catalogue.years),
            self.text_weight * _tf_idf(catalogue.texts, stop_words="english", min_df=2),
            *(self.number_weight * _standing(cells) for cells in catalogue.numbers().values()),
        ]
        found = normalize(scipy.sparse.csr_array(scipy.sparse.hstack(blocks, format="csr")))
        places = self.ratings_.items.codes(catalogue.items)
        put = scipy.sparse.csr_array(
            (np.ones(len(places), np.float32), (places, np.arange(len(places)))),
            shape=(len(self.ratings_.items), len(places)),
        )
        return scipy.sparse.csr_array(put @ found, dtype=np.float32)

    def _likeness(self) -> Tensor:
        return torch.from_numpy(self._vectors.toarray())

    def _similarity(self, codes: NDArray[np.int64]) -> Tensor:
        return torch.from_numpy((self._vectors[codes] @ self._vectors.T).toarray())

    def _parts(self) -> tuple[dict[str, Tensor], dict[str, Any]]:
        return {}, {}  # all of it comes from the table of items

    def _restore(self, tensors: dict[str, Tensor], facts: dict[str, Any]) -> None:
        self._learn(False)


def _tf_idf(texts: Any, **how: Any) -> Any:
    try:
        return TfidfVectorizer(lowercase=False, **how).fit_transform(texts).astype(np.float32)
    except ValueError:  # no word is left
        return scipy.sparse.csr_array((len(texts), 0), dtype=np.float32)


def _spans(years: NDArray[np.float64]) -> Any:
    known = np.flatnonzero(~np.isnan(years))
    spans, column = np.unique(years[known] // _YEARS, return_inverse=True)
    ones = np.ones(len(known), np.float32)
    return scipy.sparse.csr_array((ones, (known, column)), shape=(len(years), len(spans)))


def _standing(cells: NDArray[np.float64]) -> Any:
    """Return two columns, how far above and how far below the mean a number lies."""
    known = ~np.isnan(cells)
    deviation = cells[known].std() if known.any() else 0.0
    if not deviation:
        return scipy.sparse.csr_array((len(cells), 0), dtype=np.float32)
    z = np.where(known, (cells - cells[known].mean()) / deviation, 0)
    return scipy.sparse.csr_array(np.stack([z.clip(0, 3), (-z).clip(0, 3)], 1).astype(np.float32))
