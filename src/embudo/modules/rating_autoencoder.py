"""AutoRec as a module: an autoencoder of ratings that sees, and is judged by, those that exist.

Sedhain, Menon, Sanner and Xie (2015), "AutoRec: autoencoders meet collaborative filtering".
"""

import torch
from torch import Generator, Tensor, nn
from torch.nn.functional import embedding_bag

from embudo.data.rating_batches import Histories
from embudo.training.objective import Objective, autograd


class RatingAutoencoder(nn.Module):
    """One hidden layer of logistic units between what a row rated and all columns.

    Parameters
    ----------
    n_columns, n_hidden : int
    """

    def __init__(self, n_columns: int, n_hidden: int) -> None:
        super().__init__()
        self.config = {"n_columns": n_columns, "n_hidden": n_hidden}
        self.encoder = nn.Parameter(torch.zeros(n_columns, n_hidden))
        self.hidden_bias = nn.Parameter(torch.zeros(n_hidden))
        self.decoder = nn.Parameter(torch.zeros(n_columns, n_hidden))
        self.visible_bias = nn.Parameter(torch.zeros(n_columns))

    def initialise(self, generator: Generator) -> None:
        """Start from small weights, as Glorot and Bengio (2010) draw them."""
        with torch.no_grad():
            for weight in (self.encoder, self.decoder):
                limit = (6 / sum(weight.shape)) ** 0.5
                weight.uniform_(-limit, limit, generator=generator)

    def objective(self, regularization: float, n_rows: int) -> Objective:
        """Hand the loop the squared error of existing ratings, a mean over rows, and the penalty.

        Equation 2 of the paper, divided by the number of rows: ``regularization / 2`` times the
        squared weights goes with the sum of squared errors over all rows.
        """

        def loss(batch: Histories, generator: Generator) -> Tensor:
            code = self.encode(batch)
            mean = (self.decoder[batch.column] * code[batch.row]).sum(1)
            error = (mean + self.visible_bias[batch.column] - batch.value).square().sum()
            weights = self.encoder.square().sum() + self.decoder.square().sum()
            return error / batch.n_rows + regularization / (2 * n_rows) * weights

        return autograd("loss", self, loss)

    def encode(self, rows: Histories) -> Tensor:
        """Return the hidden units' values, of shape (rows, units)."""
        field = embedding_bag(
            rows.column, self.encoder, rows.first, mode="sum", per_sample_weights=rows.value
        )
        return (field + self.hidden_bias).sigmoid()

    def decode(self, codes: Tensor, columns: slice | Tensor = slice(None)) -> Tensor:
        """Return the values expected of columns, of shape (rows, columns)."""
        return codes @ self.decoder[columns].t() + self.visible_bias[columns]

    def likeness(self) -> Tensor:
        """Return a vector for each column."""
        return self.decoder.detach()
