"""What each row of a batch counts, and rows that are alike taken as one."""

from typing import NamedTuple

import torch
from torch import Tensor

from embudo.modules.learning import Rows


class Shared(NamedTuple):
    """Rows, and the share of the batch that each of them has, in float64."""

    x: Tensor
    observed: Tensor | None
    weight: Tensor
    labels: Tensor | None


def shared(batch: Rows) -> Shared:
    """Return the rows as they come, with equal shares where nobody weighed them."""
    weight, n = batch.weight, len(batch.x)
    if weight is None:
        weight = torch.full((n,), 1 / n, dtype=torch.float64, device=batch.x.device)
    return Shared(batch.x, batch.observed, weight, batch.labels)


def merged(batch: Rows) -> Shared:
    """Return the rows that differ, each with the shares of all that are like it.

    What is drawn for a row is then the same whether it stands there twice or counts twice.
    """
    x, observed, weight, labels = shared(batch)
    n = x.shape[1]
    parts = [x, observed, None if labels is None else labels[:, None].to(x.dtype)]
    rows, places = torch.cat([p for p in parts if p is not None], 1).unique(
        dim=0, return_inverse=True
    )
    total = weight.new_zeros(len(rows)).index_add_(0, places, weight)
    return Shared(
        rows[:, :n],
        None if observed is None else rows[:, n : 2 * n],
        total,
        None if labels is None else rows[:, -1].long(),
    )
