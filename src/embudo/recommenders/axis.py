"""Models of ratings from either side: rows are users, who rate items, or items, rated by users."""

from abc import abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np
import scipy.sparse
import torch
from torch import Tensor

from embudo.data.ids import UNKNOWN
from embudo.recommenders.asking import Asked
from embudo.recommenders.liking import liked_above
from embudo.recommenders.support import item_means
from embudo.recommenders.trained import Trained

_RIDGE = 2.0  # of the fit of somebody new to the codes of items
_DOUBT = 20.0  # ratings at the mean of all that each item starts with
_SPREAD = 0.22  # of ratings about the one expected, as a share of the scale


@dataclass(eq=False, repr=False, kw_only=True)
class Axis(Trained):
    """Which side the rows are.

    Parameters
    ----------
    axis : {"item", "user"}, default="item"
        Whether a row is an item with the ratings it got, or a user with the ratings given. Items
        are usually predicted better; rows of users take in somebody new as they take in anybody.
    """

    predicts_ratings: ClassVar[bool] = True

    axis: Literal["item", "user"] = "item"

    def _matrix(self) -> Any:
        values = self._centred(self.ratings_.matrix, None)
        return scipy.sparse.csr_array(values.T) if self.axis == "item" else values

    def _centred(self, histories: Any, base: Any) -> Any:
        """Return ratings as the module sees them; here as they are."""
        return histories

    @abstractmethod
    def _base(self, asked: Asked) -> Any:
        """Return what is expected of each row and item before the module speaks."""

    def _values(self, asked: Asked) -> Tensor:
        """Return the rating expected of each item, within the scale."""
        values = self._voice(asked)
        scale = self.ratings_.scale
        return values if scale is None else values.clamp(scale[0], scale[-1])

    def _voice(self, asked: Asked) -> Tensor:
        """Return what is expected of each item, beyond the ends of the scale too."""
        base = self._base(asked)
        found: Tensor = self._deviations(asked, base) + base
        return found

    def _score(self, asked: Asked) -> Tensor:
        """Return how likely each row is to meet an item, and to like it.

        An item is met as often as anybody meets it, by the share of users who rated it; ratings
        lie about the one expected as normal numbers do. What few people rated cannot lead.
        """
        ratings = self.ratings_
        assert ratings.scale is not None
        spread = _SPREAD * max(ratings.scale[-1] - ratings.scale[0], 1e-6)
        liked: Tensor = torch.special.ndtr(
            (self._voice(asked) - liked_above(ratings.scale)) / spread
        )
        return liked * torch.from_numpy(ratings.support / max(len(ratings.users), 1)).float()

    def _deviations(self, asked: Asked, base: Any) -> Tensor:
        with torch.no_grad():
            if self.axis == "user":
                rows = self._centred(asked.histories, base)
                deviations: Tensor = self.module_.decode(self._encoded(rows))
                return deviations.cpu()
            found = torch.empty(asked.histories.shape)
            known = torch.from_numpy(asked.codes != UNKNOWN)
            columns = torch.from_numpy(asked.codes)[known]
            found[known] = self.module_.decode(self._item_codes, columns).t().cpu()
            for row in (~known).nonzero()[:, 0].tolist():
                found[row] = self._of_stranger(asked.some(slice(row, row + 1)), base)
            return found

    def _prepare(self) -> None:
        if self.axis == "item" and not self.ratings_.is_implicit:
            self._item_codes = self._encoded(self._matrix())
            self._item_means = item_means(self._centred(self.ratings_.matrix, None), _DOUBT)

    def _of_stranger(self, asked: Asked, base: Any) -> Tensor:
        """Return what somebody new would deviate by, who has no unit of the module's.

        A ridge regression of the ratings on the codes of their items stands in for it.
        """
        row = self._centred(asked.histories, base)
        codes = self._item_codes.cpu() - self._item_codes.mean(0).cpu()
        mean = self._item_means
        mine = torch.from_numpy(row.indices.astype(np.int64))
        A, y = codes[mine], torch.from_numpy(row.data.astype(np.float32)) - mean[mine]
        A = torch.cat([A, torch.ones(len(A), 1)], 1)
        gram = A.t() @ A + _RIDGE * torch.eye(A.shape[1])
        weights = torch.linalg.solve(gram, A.t() @ y)
        deviations: Tensor = mean + codes @ weights[:-1] + weights[-1]
        return deviations

    def _likeness(self) -> Tensor:
        if self.axis == "user":
            return super()._likeness()
        return (self._item_codes - self._item_codes.mean(0)).cpu()
