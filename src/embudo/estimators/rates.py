"""The means of visible units under the data, from which their biases start."""

from typing import Protocol

import torch
from torch import Tensor

from embudo.data.adapt import Table
from embudo.modules.visible import VisibleLayer


class HasLayer(Protocol):
    """A module that sees data through a visible layer."""

    @property
    def layer(self) -> VisibleLayer:
        """Columns on one side, units on the other."""


def unit_means(
    module: HasLayer, table: Table, mean: Tensor, weight: Tensor | None = None
) -> Tensor:
    """Return the mean of each visible unit over the rows in which it is observed.

    Parameters
    ----------
    module : nn.Module with a VisibleLayer
        Knows which units stand for which columns.
    table : Table
    mean : Tensor of shape (columns,)
        Means of the columns, which is all that is needed where a column is a unit.
    weight : Tensor of shape (rows,), optional
        What each row counts.

    Returns
    -------
    Tensor of shape (units,), float64
        Of a state of a Softmax block, its frequency.
    """
    layer = module.layer
    if "softmax" not in layer.kind_names:
        return layer.in_order_of_units(mean)
    total = torch.zeros(layer.n_units, dtype=torch.float64)
    mass = torch.zeros_like(total)
    for rows, block in table.blocks(elements=_ELEMENTS_AT_ONCE // layer.n_units * table.n_features):
        missing = block.isnan()
        v, seen = layer.encode(block.nan_to_num(0).to(layer.shift), (~missing).to(layer.shift))
        assert seen is not None
        share = torch.ones(len(block)) if weight is None else weight[rows]
        total += share.double() @ v.double().cpu()
        mass += share.double() @ seen.double().cpu()
    return total / mass.clamp(min=torch.finfo(torch.float64).tiny)


_ELEMENTS_AT_ONCE = 2**22  # of the units' states
