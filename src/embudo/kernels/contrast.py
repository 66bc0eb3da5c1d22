"""The gradient of the negative log-likelihood, and its centred form.

    d(-log p)/dW = <v h>_model - <v h>_data     (and likewise for both biases)

The data's moments are the positive phase, the model's moments the negative one.
"""

from functools import lru_cache
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor


class Moments(NamedTuple):
    """Averages of ``v h``, ``v`` and ``h``; equally, a gradient for ``W``, ``a`` and ``b``."""

    weight: Float[Tensor, "visible hidden"]
    visible: Float[Tensor, " visible"]
    hidden: Float[Tensor, " hidden"]


class Phase(NamedTuple):
    """Paired states of both layers: data with their hidden means, or chains of the model.

    Rows count equally unless weighted. Weights need not sum to 1: a batch may count for more or
    less than its share.
    """

    v: Float[Tensor, "batch visible"]
    h: Float[Tensor, "batch hidden"]
    row_weight: Float[Tensor, " batch"] | None = None

    def shares(self) -> Float[Tensor, " batch"]:
        """Return what each row counts, in float32 at least."""
        if self.row_weight is not None:
            return self.row_weight
        return _equal_shares(len(self.v), self.v.dtype, self.v.device)


def moments(phase: Phase, out: Float[Tensor, "visible hidden"] | None = None) -> Moments:
    """Return the moments of a phase.

    ``out`` takes the product, so that training need not allocate (and page in) a matrix of the
    size of ``W`` at every step.
    """
    return _moments(phase.v, phase.h, phase.shares(), out)


def contrast(
    data: Phase, model: Phase, out: Float[Tensor, "visible hidden"] | None = None
) -> Moments:
    """Return the gradient: the moments of both phases at once, with the data counted negatively.

    Stacked, the two phases take one product in place of two, and the difference no pass at all.
    """
    v, h = torch.cat((data.v, model.v)), torch.cat((data.h, model.h))
    if data.row_weight is None and model.row_weight is None:
        shares = _opposite_shares(len(data.v), len(model.v), v.dtype, v.device)
    else:
        shares = torch.cat((-data.shares(), model.shares()))
    return _moments(v, h, shares, out)


def _equal_shares(n: int, dtype: torch.dtype, device: torch.device) -> Tensor:
    wide = torch.promote_types(dtype, torch.float32)
    return torch.full((n,), 1 / n, dtype=wide, device=device)


@lru_cache(maxsize=8)
def _opposite_shares(n_data: int, n_model: int, dtype: torch.dtype, device: torch.device) -> Tensor:
    data, model = (_equal_shares(n, dtype, device) for n in (n_data, n_model))
    return torch.cat((-data, model))


def _moments(v: Tensor, h: Tensor, shares: Tensor, out: Tensor | None) -> Moments:
    counted = h * shares[:, None]
    return Moments(
        torch.mm(v.t(), counted.to(h.dtype), out=out),
        torch.mv(v.t().to(shares.dtype), shares),
        counted.sum(0),
    )


def difference(data: Moments, model: Moments) -> Moments:
    """Return the gradient where the model's moments are already known."""
    return Moments(*(m - d for m, d in zip(model, data, strict=True)))


def thin(
    model: Moments,
    row_weight: Float[Tensor, " batch"] | None,
    observed: Float[Tensor, "batch visible"] | None,
) -> Moments:
    """Return the model's moments as far as each visible unit was present in a batch.

    A unit that is missing from part of the rows' weight drops out of the negative phase in the
    same measure as it did from the positive one.
    """
    if row_weight is None:
        if observed is None:
            return model
        row_weight = observed.new_full((len(observed),), 1 / len(observed))
    total = row_weight.sum()
    share = (
        total.expand_as(model.visible)
        if observed is None
        else row_weight @ observed.to(row_weight.dtype)
    )
    return Moments(model.weight * share[:, None], model.visible * share, model.hidden * total)


def centre(
    gradient: Moments,
    visible_offset: Float[Tensor, " visible"],
    hidden_offset: Float[Tensor, " hidden"],
) -> Moments:
    """Return the centred gradient, expressed for the plain parameters.

    With offsets m and l, the machine is rewritten in ``(v - m)`` and ``(h - l)``; its gradient is
    taken there and carried back. It leaves the model class as it is and makes learning
    indifferent to flipped bits (Montavon and Müller 2012; Melchior, Fischer and Wiskott 2016).
    """
    weight, visible, hidden = gradient
    left = torch.stack((visible_offset, visible), 1)
    right = torch.stack((hidden, hidden_offset))
    weight = torch.addmm(weight, left, right, alpha=-1, out=weight)
    return Moments(weight, visible - weight @ hidden_offset, hidden - visible_offset @ weight)
