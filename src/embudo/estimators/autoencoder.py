"""The deep autoencoder as an estimator."""

from dataclasses import dataclass, replace
from typing import final

import torch

from embudo._types import NonNegativeFloat, PositiveFloat
from embudo.estimators.code_parameters import CodeParameters
from embudo.modules.backprop import Backprop
from embudo.modules.funnel import Funnel


@final
@dataclass(eq=False, repr=False, kw_only=True)
class Autoencoder(CodeParameters):
    """Deep autoencoder.

    A network that leads down to a few numbers, the code, and a mirrored one that leads up again,
    trained by backprop to give every row back. What a column is decides how its error counts:
    cross-entropy for one of zeros and ones or of categories, half the squared error, in units of
    the column's variance, for one of real numbers. Missing entries take part neither in the
    input nor in the loss.

    :meth:`DBN.to_autoencoder` returns one that starts from a stack of restricted Boltzmann
    machines.

    Parameters
    ----------
    neighbours : float, default=0.0
        Factor on a term that has rows which are near each other get codes which are, too: the
        divergence of t-SNE within each batch (van der Maaten 2009), in nats beside the loss. For
        codes of two components, to be looked at, 300 and batches of 1,000 rows do well.
    perplexity : float, default=30.0
        How many neighbours a row has in that, of its batch.

    Examples
    --------
    >>> from embudo import Autoencoder
    >>> from sklearn.datasets import load_digits
    >>> X = load_digits().data / 16
    >>> auto = Autoencoder(n_components=8, hidden=(64, 32), epochs=5, random_state=0).fit(X)
    >>> auto.transform(X).shape
    (1797, 8)
    """

    neighbours: NonNegativeFloat = 0.0
    perplexity: PositiveFloat = 30.0

    def _backprop(self, module: Funnel, precision: torch.dtype) -> Backprop:
        how = super()._backprop(module, precision)
        return replace(how, neighbours=self.neighbours, perplexity=float(self.perplexity))
