"""The restricted Boltzmann machine of what people have, one yes/no unit an item."""

from typing import Any

import torch
from torch import Generator, Tensor

from embudo.data.rating_batches import Histories
from embudo.kernels.energies import hidden_given
from embudo.modules.rbm import RBMModule

_HIDDEN_BIAS = -1.0  # at first; few units speak for a row, as few items are had


class LikingRBM(RBMModule):
    """An RBM whose visible units are items, which are had or not.

    Parameters
    ----------
    n_items, n_hidden : int
    """

    def __init__(self, n_items: int, n_hidden: int) -> None:
        super().__init__([("bernoulli", 1, n_items)], n_hidden, "bernoulli", n_chains=1)
        self.config: dict[str, Any] = {"n_items": n_items, "n_hidden": n_hidden}

    def begin(self, rates: Tensor, generator: Generator) -> None:
        """Start from the data: each item's share of the rows, and small weights."""
        self.initialise(rates, torch.ones_like(rates), rates, generator)
        self.hidden_bias.fill_(_HIDDEN_BIAS)

    def encode(self, rows: Histories) -> Tensor:
        """Return the means of the hidden units given rows, of shape (rows, units)."""
        v = torch.zeros(rows.n_rows, len(self.weight), device=self.weight.device)
        v[rows.row, rows.column] = rows.value
        machine = self.machine()
        return machine.hidden.mean(hidden_given(v, machine))

    def decode(self, codes: Tensor) -> Tensor:
        """Return the field of each item, the logit of having it, of shape (rows, items)."""
        return torch.addmm(self.visible_bias, codes, self.weight.t())

    def likeness(self) -> Tensor:
        """Return a vector for each item."""
        return self.weight.detach()
