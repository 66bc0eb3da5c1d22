"""From data that come to what their columns become: units of a visible layer."""

from typing import Literal, TypeAlias

import torch
from torch import Tensor

from embudo.data.adapt import Table
from embudo.data.kinds import softmax_layout
from embudo.data.layout import Kind, Layout
from embudo.data.survey import Survey, check_unit_interval, survey, with_scale
from embudo.estimators.inputs import Admitted

Visible: TypeAlias = Literal["auto", "bernoulli", "gaussian", "softmax"]


def surveyed(X: Admitted, weight: Tensor | None, visible: Visible) -> tuple[Survey, Layout]:
    """Look over the data and decide what their columns become.

    Raises
    ------
    DataError
        If a value does not fit the kind of its column; the message names row and column.
    """
    facts = survey(X.table, weight, X.names)
    layout = X.layout or _array_layout(facts, X, visible)
    if "gaussian" in layout.summary:
        facts = with_scale(facts, X.table, weight)
    if "bernoulli" in layout.summary and not facts.within_unit_interval:
        check_unit_interval(X.table, X.names, layout.columns_of("bernoulli"))
    return facts, layout


def _array_layout(facts: Survey, X: Admitted, visible: Visible) -> Layout:
    if visible == "softmax":
        return softmax_layout(X.table, X.names)
    kind: Kind = "bernoulli" if facts.within_unit_interval else "gaussian"
    return Layout.of_array(kind if visible == "auto" else visible, X.table.n_features)


def ranges(table: Table, weight: Tensor | None) -> tuple[Tensor, Tensor]:
    """Return the lowest and the highest observed value of each column.

    Rows of weight 0 do not count; a column without any value runs from 0 to 0.
    """
    low = torch.full((table.n_features,), torch.inf, dtype=torch.float64)
    high = -low
    for rows, block in table.blocks(torch.float64):
        some = block if weight is None else block[weight[rows] > 0]
        if len(some):
            low = torch.minimum(low, some.nan_to_num(torch.inf).amin(0))
            high = torch.maximum(high, some.nan_to_num(-torch.inf).amax(0))
    empty = low > high
    return low.masked_fill(empty, 0), high.masked_fill(empty, 0)
