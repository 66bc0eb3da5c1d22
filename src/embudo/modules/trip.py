"""What a trip down the funnel and up again lost, measured the same for every model."""

from torch import Tensor

from embudo.modules.learning import Rows
from embudo.modules.visible import VisibleLayer


def divergences(layer: VisibleLayer, x: Tensor, observed: Tensor | None, mean: Tensor) -> Tensor:
    """Return KL(input || reconstruction) of each entry, in nats, 0 where one is missing.

    Parameters
    ----------
    layer : VisibleLayer
    x, observed : Tensor of shape (rows, columns)
        As :meth:`VisibleLayer.encode` takes them.
    mean : Tensor of shape (rows, units)
        Means of the units in the reconstruction.

    Returns
    -------
    Tensor of shape (rows, columns)
        With a Bernoulli or Softmax column's state certain, minus its log-likelihood; half the
        squared error of a Gaussian one, in units of its variance.
    """
    v, seen = layer.encode(x, observed)
    divergence = layer.unit.divergence(v, mean)
    return layer.sum_by_column(divergence if seen is None else divergence * seen)


def losses(layer: VisibleLayer, rows: Rows, mean: Tensor) -> dict[str, float]:
    """Return a batch's mean Kullback-Leibler divergence and squared error.

    ``kl_divergence``
        KL between input and reconstruction, summed over columns, in nats.
    ``reconstruction_error``
        Mean squared error of an entry, on the data's scale.
    """
    v, seen = layer.encode(rows.x, rows.observed)
    divergence = layer.unit.divergence(v, mean)
    error = ((mean - v) * layer.log_scale.exp()).square()
    if seen is not None:
        divergence, error = divergence * seen, error * seen
    entries = rows.x.numel() if rows.observed is None else rows.observed.sum()
    return {
        "kl_divergence": float(divergence.sum(1).mean()),
        "reconstruction_error": float(error.sum() / entries),
    }
