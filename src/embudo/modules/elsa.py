"""ELSA as a module: items that speak for items through few factors.

Vančura, Alves, Kasalický and Kordík (2022), "Scalable linear shallow autoencoder for collaborative
filtering". The weights between items are ``A A' - I`` with rows of A of the norm 1, so that no item
speaks for itself, as in EASE, but only the factors are stored.
"""

import torch
from torch import Generator, Tensor, nn
from torch.nn.functional import embedding_bag, mse_loss, normalize

from embudo.data.rating_batches import Histories
from embudo.training.objective import Objective, autograd


class FactoredItems(nn.Module):
    """Factors of items.

    Parameters
    ----------
    n_columns, n_factors : int
    """

    def __init__(self, n_columns: int, n_factors: int) -> None:
        super().__init__()
        self.config = {"n_columns": n_columns, "n_factors": n_factors}
        self.factors = nn.Parameter(torch.zeros(n_columns, n_factors))

    def initialise(self, generator: Generator) -> None:
        """Start from random directions."""
        with torch.no_grad():
            self.factors.normal_(generator=generator)

    def objective(self) -> Objective:
        """Hand the loop the squared distance of rows from their scores, both of the norm 1."""

        def loss(batch: Histories, generator: Generator) -> Tensor:
            directions = normalize(self.factors, dim=1)
            row = torch.zeros(batch.n_rows, len(directions), device=directions.device)
            row[batch.row, batch.column] = batch.value
            scores = (row @ directions) @ directions.t() - row
            return (
                mse_loss(normalize(scores.relu(), dim=1), normalize(row, dim=1), reduction="sum")
                / batch.n_rows
            )

        return autograd("loss", self, loss)

    def encode(self, rows: Histories) -> Tensor:
        """Return the sums of the factors of what rows have, of shape (rows, factors)."""
        return embedding_bag(
            rows.column, self.likeness(), rows.first, mode="sum", per_sample_weights=rows.value
        )

    def decode(self, code: Tensor) -> Tensor:
        """Return a score of each item, of shape (rows, items), an item's own share included."""
        return code @ self.likeness().t()

    def likeness(self) -> Tensor:
        """Return a vector of the norm 1 for each item."""
        return normalize(self.factors.detach(), dim=1)
