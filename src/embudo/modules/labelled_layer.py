"""A visible layer that has a label behind the columns of a table."""

from collections.abc import Sequence
from typing import final

import torch
from torch import Tensor

from embudo.modules.visible import ColumnKind, VisibleLayer


@final
class LabelledLayer(VisibleLayer):
    """Units for the columns of a table, and a block for the label after all of them.

    Rows come and go without the label: it is missing from those that are encoded, unless it is
    given beside them, and left out of those that are decoded.

    Parameters
    ----------
    kinds : sequence of ColumnKind
        One for each column; the last one is the label's.
    """

    def __init__(self, kinds: Sequence[ColumnKind]) -> None:
        super().__init__(kinds)
        n_classes = self.kinds[-1].n_states
        self.label = slice(self.n_units - n_classes, self.n_units)

    def encode(
        self, x: Tensor, observed: Tensor | None = None, labels: Tensor | None = None
    ) -> tuple[Tensor, Tensor | None]:
        """Carry rows and their labels to states of the units, and say which units are observed.

        Parameters
        ----------
        x, observed : Tensor of shape (rows, columns)
            As other layers take them, without the label.
        labels : Tensor of shape (rows,), optional
            Classes from 0, -1 where one is not known; by default none is.

        Returns
        -------
        v : Tensor of shape (rows, units)
            0 where missing.
        observed : Tensor of shape (rows, units) or None
        """
        if labels is None:
            labels = torch.full((x.shape[0],), -1, device=x.device)
        known = (labels >= 0)[:, None]
        joint = torch.cat((x, labels.clamp(min=0)[:, None].to(x.dtype)), 1)
        if observed is None and bool(known.all()):
            return super().encode(joint)
        seen = torch.ones_like(x) if observed is None else observed
        return super().encode(joint, torch.cat((seen, known.to(seen.dtype)), 1))

    def decode(self, v: Tensor) -> Tensor:
        """Carry states or means of the units back to columns, without the label."""
        return super().decode(v)[:, :-1]

    @staticmethod
    def arranged(kinds: Sequence[ColumnKind]) -> list[int]:
        """Return the order in which the columns' units stand: the label's are the last."""
        return [*VisibleLayer.arranged(kinds[:-1]), len(kinds) - 1]
