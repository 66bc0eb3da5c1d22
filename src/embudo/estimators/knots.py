"""The quantiles of a table's numbers."""

import torch
from torch import Tensor

from embudo.data.adapt import Table
from embudo.kernels.quantiles import knots_of

_MOST_ROWS = 200_000


def column_knots(table: Table, columns: list[int], weight: Tensor | None, n_knots: int) -> Tensor:
    """Return the quantiles of some columns over the rows in which they are observed.

    Of a long table as many rows are looked at as tell the quantiles well.

    Parameters
    ----------
    table : Table
    columns : list of int
        Their places.
    weight : Tensor of shape (rows,), optional
        What each row counts.
    n_knots : int

    Returns
    -------
    Tensor of shape (columns, n_knots)
    """
    every = -(-table.n_rows // _MOST_ROWS)
    parts = [(block[::every, columns], rows) for rows, block in table.blocks()]
    values = torch.cat([part for part, _ in parts])
    mass = torch.ones(table.n_rows) if weight is None else weight.cpu()
    mass = torch.cat([mass[rows][::every] for _, rows in parts])
    found = []
    for column in values.T:
        counted = ~column.isnan() & (mass > 0)
        found.append(knots_of(column[counted], mass[counted], n_knots))
    return torch.stack(found) if found else torch.zeros(0, n_knots)
