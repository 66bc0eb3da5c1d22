"""Autoencoders of what users have, as draws from one distribution over all items.

Liang, Krishnan, Hoffman and Jebara (2018), "Variational autoencoders for collaborative filtering":
Mult-DAE, whose input loses entries at random, and Mult-VAE, whose code is drawn, too.
"""

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Generator, Tensor, nn
from torch.nn.functional import embedding_bag

from embudo.data.rating_batches import Histories
from embudo.kernels.noise import fast_bernoulli
from embudo.training.objective import Objective, autograd

_BIAS_DEVIATION = 0.001


class MultinomialAutoencoder(nn.Module):
    """Layers of tanh units down to a code and up again; what comes out is a logit for each item.

    Parameters
    ----------
    n_columns : int
    sizes : sequence of int
        Units of the layers down to the code, whose size is the last; those up mirror them.
    variational : bool
        Whether the code is normal, with a mean and a variance of its own for each row.
    """

    progress: Tensor

    def __init__(self, n_columns: int, sizes: Sequence[int], variational: bool) -> None:
        super().__init__()
        self.config = {
            "n_columns": n_columns,
            "sizes": list(sizes),
            "variational": variational,
        }
        self.variational = variational
        widths = [n_columns, *sizes]
        up = widths[::-1]
        if variational:
            widths[-1] *= 2
        self.entrance = nn.Parameter(torch.zeros(n_columns, widths[1]))
        self.entrance_bias = nn.Parameter(torch.zeros(widths[1]))
        self.down = _layers(widths[1:])
        self.up = _layers(up)
        self.register_buffer("progress", torch.zeros((), dtype=torch.float64))

    def initialise(self, generator: Generator) -> None:
        """Start as the paper does: weights by Glorot and Bengio (2010), and tiny biases."""
        with torch.no_grad():
            for parameter in self.parameters():
                if parameter.ndim == 2:
                    deviation = (2 / sum(parameter.shape)) ** 0.5
                    parameter.normal_(0, deviation, generator=generator)
                else:
                    nn.init.trunc_normal_(parameter, std=_BIAS_DEVIATION, generator=generator)

    def objective(self, dropout: float, beta: float, annealing_steps: int) -> Objective:
        """Hand the loop minus the multinomial log-likelihood, a mean over rows, in nats.

        A variational one adds the divergence of the code from the standard normal, times a factor
        that grows from 0 to ``beta`` over the first ``annealing_steps``.
        """

        def loss(batch: Histories, generator: Generator) -> Tensor:
            code, divergence = self._code(batch, generator, dropout)
            logits = self.decode(code)
            on_items = logits.logsumexp(1)[batch.row] - logits[batch.row, batch.column]
            factor = beta * min(1.0, self.progress.item() / max(1, annealing_steps))
            return on_items.sum() / batch.n_rows + factor * divergence

        def advance() -> None:
            self.progress.add_(1)

        return autograd("loss", self, loss, after_step=advance)

    def encode(self, rows: Histories) -> Tensor:
        """Return the codes of rows, of shape (rows, units); the means of variational ones."""
        with torch.no_grad():
            output = self._descend(rows, _evenly(rows))
            return output.chunk(2, 1)[0] if self.variational else output.tanh()

    def decode(self, code: Tensor) -> Tensor:
        """Return a logit of each item, of shape (rows, items)."""
        for number, layer in enumerate(self.up):
            code = layer(code if number == 0 else code.tanh())
        return code

    def likeness(self) -> Tensor:
        """Return a vector for each item."""
        last = self.up[-1]
        assert isinstance(last, nn.Linear)
        return last.weight.detach()

    def _code(
        self, batch: Histories, generator: Generator, dropout: float
    ) -> tuple[Tensor, Tensor | float]:
        shown = _evenly(batch)
        if dropout:
            kept = fast_bernoulli(torch.full_like(shown, 1 - dropout), generator)
            shown = shown * kept / (1 - dropout)
        output = self._descend(batch, shown)
        if not self.variational:
            return output.tanh(), 0.0
        mean, log_variance = output.chunk(2, 1)
        noise = torch.empty_like(mean).normal_(generator=generator)
        divergence = (mean.square() + log_variance.exp() - 1 - log_variance).sum(1).mean() / 2
        return mean + (log_variance / 2).exp() * noise, divergence

    def _descend(self, rows: Histories, shown: Tensor) -> Tensor:
        output = embedding_bag(
            rows.column, self.entrance, rows.first, mode="sum", per_sample_weights=shown
        )
        output = output + self.entrance_bias
        for layer in self.down:
            output = layer(output.tanh())
        return output


def _layers(widths: Sequence[int]) -> nn.ModuleList:
    return nn.ModuleList(
        nn.utils.skip_init(nn.Linear, below, above) for below, above in pairwise(widths)
    )


def _evenly(rows: Histories) -> Tensor:
    """Return what each entry counts: the same within a row, and rows have the norm 1."""
    counts = torch.bincount(rows.row, minlength=rows.n_rows)
    return counts.clamp(min=1).to(rows.value.dtype).rsqrt()[rows.row]
