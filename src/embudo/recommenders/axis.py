"""Models of ratings from either side: rows are users, who rate items, or items, rated by users."""

from abc import abstractmethod
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import scipy.sparse
import torch
from torch import Tensor

from embudo.data.ids import UNKNOWN
from embudo.recommenders.asking import Asked
from embudo.recommenders.support import confidence
from embudo.recommenders.trained import Trained

_RIDGE = 2.0  # of the fit of somebody new to the codes of items
_DOUBT = 20.0  # ratings that an item must have to be believed half of what is predicted of it


@dataclass(eq=False, repr=False, kw_only=True)
class Axis(Trained):
    """Which side the rows are.

    Parameters
    ----------
    axis : {"item", "user"}, default="item"
        Whether a row is an item with the ratings it got, or a user with the ratings given. Items
        are usually predicted better; rows of users take in somebody new as they take in anybody.
    """

    axis: Literal["item", "user"] = "item"

    @property
    def kind(self) -> str:
        """What :meth:`predict` answers."""
        return "score" if self.ratings_.is_implicit else "rating"

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
        """Return expected ratings, less what may be luck where few users rated an item.

        What is predicted of an item lies between the mean of what is predicted of all, without a
        rating of it, and the model's word, with very many.
        """
        values = self._values(asked)
        middle = values.mean(1, keepdim=True)
        return middle + (values - middle) * confidence(self.ratings_.support, _DOUBT)

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
            self._item_means = self._means_of_items()

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

    def _means_of_items(self) -> Tensor:
        """Return the mean of each item's ratings as the module sees them, drawn to that of all."""
        values = self._centred(self.ratings_.matrix, None)
        count = torch.from_numpy(self.ratings_.support.astype(np.float32))
        total = torch.from_numpy(np.asarray(values.sum(0), np.float32).ravel())
        overall = float(values.data.mean())
        return (total + _DOUBT * overall) / (count + _DOUBT)

    def _likeness(self) -> Tensor:
        if self.axis == "user":
            return super()._likeness()
        return (self._item_codes - self._item_codes.mean(0)).cpu()
