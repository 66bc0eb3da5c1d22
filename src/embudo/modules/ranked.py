"""A visible layer whose numbers stand by their place among the others."""

from collections.abc import Sequence

import torch
from torch import Tensor

from embudo.kernels.quantiles import from_normal_scores, normal_scores, scores_of_knots
from embudo.modules.visible import ColumnKind, VisibleLayer


class RankedLayer(VisibleLayer):
    """Units for the columns of a table, Gaussian ones by the normal scores of their quantiles.

    So a column's units are normally distributed whatever its values are, a value that many rows
    have is met exactly, and none is given back that lies beyond those seen.

    Parameters
    ----------
    kinds : sequence of ColumnKind
        One for each column.
    n_knots : int
        Quantiles that each Gaussian column is described by.
    """

    knots: Tensor
    _scores: Tensor

    def __init__(self, kinds: Sequence[ColumnKind], n_knots: int) -> None:
        super().__init__(kinds)
        units = self.stretch("gaussian")
        self.register_buffer("knots", torch.zeros(units.stop - units.start, n_knots))
        self.register_buffer("_scores", scores_of_knots(n_knots), persistent=False)

    def nearest(self, v: Tensor) -> Tensor:
        """Return the scores that values have which these Gaussian units would be decoded to."""
        scale = self._scale(v.dtype)
        return normal_scores(from_normal_scores(v, *scale), *scale)

    def _scaled(self, v: Tensor) -> Tensor:
        units = self.stretch("gaussian")
        v[:, units] = normal_scores(v[:, units], *self._scale(v.dtype))
        return v

    def _unscaled(self, v: Tensor) -> Tensor:
        units = self.stretch("gaussian")
        v = v.clone()
        v[:, units] = from_normal_scores(v[:, units], *self._scale(v.dtype))
        return v

    def _scale(self, dtype: torch.dtype) -> tuple[Tensor, Tensor]:
        """Return the knots of each column, and their scores."""
        return self.knots.to(dtype), self._scores.to(dtype)
