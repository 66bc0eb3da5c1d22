"""From a row to the code that a generator would have made it of."""

import torch
from torch import Generator, Tensor

from embudo.kernels.descent import descend
from embudo.modules.adversaries import Adversaries

_STARTS = 64  # codes for each class, of which the one that makes the nearest row is set out from


def projected(
    module: Adversaries, x: Tensor, observed: Tensor | None, labels: Tensor | None, steps: int
) -> tuple[Tensor, Tensor | None]:
    """Return the codes, and the classes, whose made rows come nearest to given ones.

    It is taken in double precision, so that a row's code does not hang on the rows beside it.

    Parameters
    ----------
    module : Adversaries
    x, observed : Tensor of shape (rows, columns), or None where all are observed
    labels : Tensor of shape (rows,), optional
        By default, where there are classes, that of the nearest row to set out from.
    steps : int
        Of the descent, on the squared distance of the units.
    """
    v, seen = module.layer.encode(x.double(), None if observed is None else observed.double())
    seen = torch.ones_like(v) if seen is None else seen
    layers = module.average.layers(torch.float64)
    z, told = _starts(module, x.device)
    apart = _squared_distances(v, seen, module.means(z, told, layers))
    if told is not None and labels is not None:
        apart = apart.masked_fill(told != labels[:, None], torch.inf)
    nearest = apart.argmin(1)
    found = None if told is None else told[nearest]

    def cost(code: Tensor) -> Tensor:
        return ((module.means(code, found, layers) - v) * seen).square().sum(1)

    return descend(cost, z[nearest], steps), found


def _starts(module: Adversaries, device: torch.device) -> tuple[Tensor, Tensor | None]:
    generator = Generator(device).manual_seed(0)
    z = module.codes(_STARTS, generator).double()
    if not module.n_classes:
        return z, None
    classes = torch.arange(module.n_classes, device=device)
    return z.repeat(module.n_classes, 1), classes.repeat_interleave(_STARTS)


def _squared_distances(v: Tensor, seen: Tensor, made: Tensor) -> Tensor:
    """Return the squared distances from rows to made ones, over what is observed."""
    return (
        (v.square() * seen).sum(1)[:, None] - 2 * (v * seen) @ made.t() + seen @ made.square().t()
    )
