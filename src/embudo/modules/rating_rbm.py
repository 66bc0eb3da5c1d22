"""The restricted Boltzmann machine of ratings as a module: parameters, and a gradient for them."""

from collections.abc import Sequence
from functools import partial

import torch
from torch import Generator, Tensor, nn
from torch.nn.functional import embedding_bag

from embudo.data.rating_batches import Histories
from embudo.kernels.noise import fast_bernoulli
from embudo.kernels.rated import (
    Contrast,
    Rated,
    RatedWeights,
    expected_field,
    hidden_field,
    rating_mean,
)
from embudo.training.objective import Objective, Slope

_INITIAL_DEVIATION = 0.01  # of the weights; Hinton's practical guide (2010), section 8
_PSEUDO_COUNTS = 5  # of all ratings, that a column's own are smoothed by


class RatingRBM(nn.Module):
    """A machine that sees a row's ratings, one softmax unit for each column that has one.

    Parameters
    ----------
    n_columns : int
    scale : sequence of float
        The levels of a rating, ascending.
    n_hidden : int
    conditional : bool
        Whether the hidden units also hear which columns were rated, whatever the ratings are.
    """

    weight: nn.Parameter
    visible_bias: nn.Parameter
    hidden_bias: nn.Parameter
    presence_weight: nn.Parameter
    levels: Tensor

    def __init__(
        self, n_columns: int, scale: Sequence[float], n_hidden: int, conditional: bool
    ) -> None:
        super().__init__()
        self.config = {
            "n_columns": n_columns,
            "scale": list(scale),
            "n_hidden": n_hidden,
            "conditional": conditional,
        }
        shapes = {
            "weight": (n_columns, len(scale), n_hidden),
            "visible_bias": (n_columns, len(scale)),
            "hidden_bias": (n_hidden,),
        }
        if conditional:
            shapes["presence_weight"] = (n_columns, n_hidden)
        for name, shape in shapes.items():
            setattr(self, name, nn.Parameter(torch.zeros(shape), requires_grad=False))
        self.conditional = conditional
        self.register_buffer("levels", torch.tensor(scale, dtype=torch.float32))

    def initialise(self, all_rows: Histories, generator: Generator) -> None:
        """Start from the data: small weights, and each column's frequencies."""
        self.weight.normal_(0, _INITIAL_DEVIATION, generator=generator)
        counts = torch.zeros_like(self.visible_bias)
        lit = all_rows.column * len(self.levels) + self._level(all_rows.value)
        counts.view(-1).index_add_(0, lit, torch.ones_like(all_rows.value))
        overall = counts.sum(0) + 1
        smoothed = counts + _PSEUDO_COUNTS * overall / overall.sum()
        self.visible_bias.copy_((smoothed / smoothed.sum(1, keepdim=True)).log())

    def objective(self, steps: int) -> Objective:
        """Hand the loop the contrastive divergence of ``steps`` Gibbs steps, a mean over rows.

        The value reported is the mean negative log-probability that a rating has after the first
        step, in nats.
        """
        parameters = [self.weight, self.visible_bias, self.hidden_bias]
        if self.conditional:
            parameters.append(self.presence_weight)
        return Objective("reconstruction", tuple(parameters), partial(self._gradient, steps))

    def _gradient(
        self, steps: int, batch: Histories, generator: Generator
    ) -> tuple[Tensor, Sequence[Slope]]:
        rated, weights = self._rated(batch), self._weights()
        present = self._present(batch)
        data = (hidden_field(rated, weights) + present).sigmoid()
        then, value = data, data.new_zeros(())
        for step in range(steps):
            mean = rating_mean(rated, fast_bernoulli(then, generator), weights)
            then = (expected_field(rated, mean, weights) + present).sigmoid()
            if step == 0:
                value = -mean.gather(1, rated.level[:, None]).log().mean()
        found = Contrast(rated, data, mean, then, self.weight, 1 / batch.n_rows)
        slopes: list[Slope] = [found, found.visible_bias, found.hidden_bias]
        if self.conditional:
            pull = (then - data)[batch.row] / batch.n_rows
            slopes.append(torch.zeros_like(self.presence_weight).index_add_(0, batch.column, pull))
        return value, slopes

    def encode(self, rows: Histories) -> Tensor:
        """Return the means of the hidden units given rows, of shape (rows, units)."""
        return (hidden_field(self._rated(rows), self._weights()) + self._present(rows)).sigmoid()

    def decode(self, codes: Tensor, columns: slice | Tensor = slice(None)) -> Tensor:
        """Return the ratings expected given hidden means, of shape (rows, columns)."""
        weight, bias = self.weight[columns], self.visible_bias[columns]
        fields = (codes @ weight.flatten(0, 1).t()).unflatten(1, bias.shape) + bias
        expected: Tensor = fields.softmax(2) @ self.levels
        return expected

    def likeness(self) -> Tensor:
        """Return a vector for each column: what sets its levels apart for the hidden units."""
        centred = self.weight.detach() - self.weight.detach().mean(1, keepdim=True)
        return centred.flatten(1)

    def _present(self, rows: Histories) -> Tensor | float:
        if not self.conditional:
            return 0.0
        return embedding_bag(rows.column, self.presence_weight, rows.first, mode="sum")

    def _rated(self, rows: Histories) -> Rated:
        return Rated(rows.row, rows.column, self._level(rows.value), rows.first)

    def _level(self, value: Tensor) -> Tensor:
        """Return the level nearest to each value."""
        middles = (self.levels[1:] + self.levels[:-1]) / 2
        return torch.bucketize(value, middles)

    def _weights(self) -> RatedWeights:
        return RatedWeights(self.weight, self.visible_bias, self.hidden_bias)
