"""The gradient of the negative log-likelihood, and its centred form.

    d(-log p)/dW = <v h>_model - <v h>_data     (and likewise for both biases)

The data's moments are the positive phase, the model's moments the negative one.
"""

from functools import lru_cache
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from embudo.kernels.outer import Outer, plus


class Moments(NamedTuple):
    """Averages of ``v h``, ``v`` and ``h``; equally, a gradient for ``W``, ``a`` and ``b``."""

    weight: Tensor | Outer
    visible: Float[Tensor, " visible"]
    hidden: Float[Tensor, " hidden"]

    def dense(
        self, out: Float[Tensor, "visible hidden"] | None = None
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Return the three as tensors; ``out`` may take the first."""
        weight = self.weight.dense(out) if isinstance(self.weight, Outer) else self.weight
        return weight, self.visible, self.hidden


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


def moments(phase: Phase) -> Moments:
    """Return the moments of a phase."""
    return _moments(phase.v, phase.h.clone(), phase.shares())


def contrast(data: Phase, model: Phase) -> Moments:
    """Return the gradient: the moments of both phases at once, with the data counted negatively.

    Stacked, the two phases take one product in place of two.
    """
    v, h = torch.cat((data.v, model.v)), torch.cat((data.h, model.h))
    if data.row_weight is None and model.row_weight is None:
        shares = _opposite_shares(len(data.v), len(model.v), v.dtype, v.device)
    else:
        shares = torch.cat((-data.shares(), model.shares()))
    return _moments(v, h, shares)


def difference(data: Moments, model: Moments) -> Moments:
    """Return the gradient where the model's moments are already known."""
    return Moments(*(m - d for m, d in zip(model.dense(), data.dense(), strict=True)))


def add(gradient: Moments, penalty: Moments, factor: float) -> Moments:
    """Return ``gradient + factor * penalty``; the penalty's matrix must be in factors."""
    assert isinstance(penalty.weight, Outer)
    return Moments(
        plus(gradient.weight, *penalty.weight, factor),
        gradient.visible + factor * penalty.visible,
        gradient.hidden + factor * penalty.hidden,
    )


def centre(
    gradient: Moments,
    visible_offset: Float[Tensor, " visible"],
    hidden_offset: Float[Tensor, " hidden"],
    links: Float[Tensor, "visible hidden"] | None = None,
) -> Moments:
    """Return the centred gradient, expressed for the plain parameters.

    With offsets m and l, the machine is rewritten in ``(v - m)`` and ``(h - l)``; its gradient is
    taken there and carried back. It leaves the model class as it is and makes learning
    indifferent to flipped bits (Montavon and Müller 2012; Melchior, Fischer and Wiskott 2016).
    Where ``links`` is 0 there is no weight, and so no slope.
    """
    weight, visible, hidden = gradient
    left = torch.stack((visible_offset, visible))
    right = torch.stack((hidden, hidden_offset))
    weight = linked(plus(weight, left, right, -1.0), links)
    return Moments(weight, visible - weight @ hidden_offset, hidden - weight.t() @ visible_offset)


def linked(weight: Tensor | Outer, links: Tensor | None) -> Tensor | Outer:
    """Return a gradient's matrix with 0 where ``links`` is 0; None joins all units."""
    if links is None:
        return weight
    return (weight.dense() if isinstance(weight, Outer) else weight) * links


def _equal_shares(n: int, dtype: torch.dtype, device: torch.device) -> Tensor:
    wide = torch.promote_types(dtype, torch.float32)
    return torch.full((n,), 1 / n, dtype=wide, device=device)


@lru_cache(maxsize=8)
def _opposite_shares(n_data: int, n_model: int, dtype: torch.dtype, device: torch.device) -> Tensor:
    data, model = (_equal_shares(n, dtype, device) for n in (n_data, n_model))
    return torch.cat((-data, model))


def _moments(v: Tensor, h: Tensor, shares: Tensor) -> Moments:
    """Return weighted sums over paired states; the memory of ``h`` is used."""
    if h.dtype == shares.dtype:
        visible, hidden = torch.mv(v.t(), shares), torch.mv(h.t(), shares)
        return Moments(Outer(v, h.mul_(shares[:, None])), visible, hidden)
    counted = h * shares[:, None]
    visible = torch.mv(v.t().to(shares.dtype), shares)
    return Moments(Outer(v, counted.to(h.dtype)), visible, counted.sum(0))
