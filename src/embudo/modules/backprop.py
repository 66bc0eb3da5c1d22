"""How a funnel learns: what it loses on the way down and up, and the slopes on the way back."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TypeAlias

import torch
from torch import Generator, Tensor

from embudo.kernels.contraction import Penalty
from embudo.kernels.feedforward import Dense, Passed, Strain, backward, dropping, error, forward
from embudo.modules.funnel import Funnel
from embudo.modules.learning import Rows
from embudo.training.objective import Objective, Slope

Damage: TypeAlias = Callable[[Tensor, Generator], Tensor]
"""From the units' states to what the encoder is shown of them."""


@dataclass(frozen=True)
class Backprop:
    """How a funnel is to learn.

    Attributes
    ----------
    precision : torch.dtype
        Of the matrix products.
    dropout : float
        Share of the units between that is left out, drawn anew for each row and step.
    damage : callable, optional
        What the rows go through before the encoder sees them; the whole ones are to come back.
    contraction : callable, optional
        A penalty on the slope of the encoder.
    weight : float
        Factor on that penalty.
    """

    precision: torch.dtype
    dropout: float = 0.0
    damage: Damage | None = None
    contraction: Penalty | None = None
    weight: float = 0.0


def objective(funnel: Funnel, how: Backprop) -> Objective:
    """Hand the loop ``-log p(row | code)`` of the observed entries, and the penalties, in nats.

    Both are means over the rows.
    """
    parameters = (*funnel.encoder.in_order, *funnel.decoder.in_order)
    return Objective("loss", parameters, partial(_gradient, funnel, how))


def _gradient(
    funnel: Funnel, how: Backprop, batch: Rows, generator: Generator
) -> tuple[Tensor, Sequence[Slope]]:
    wide = torch.promote_types(how.precision, torch.float32)
    v, seen = funnel.layer.encode(batch.x, batch.observed)
    share = _shares(batch, wide)
    drop = dropping(how.dropout, generator) if how.dropout else None
    lower, upper = (side.layers(how.precision) for side in (funnel.encoder, funnel.decoder))
    shown = v if how.damage is None else how.damage(v, generator)
    up = forward(funnel.centred(shown, seen).to(how.precision), lower, drop)
    crossing = funnel.bottleneck.cross(up[-1].output.to(wide), share, generator)
    down = forward(crossing.code.to(how.precision), upper, drop)
    value, slope = _loss(funnel, v, seen, down[-1].output.to(wide), share)
    strain = _strain(how, up, lower, share, generator)
    of_decoder, slope = backward(down, upper, slope.to(how.precision))
    slope = crossing.pull((slope @ upper[0].weight.t()).to(wide))
    of_encoder, _ = backward(up, lower, slope.to(how.precision), strain)
    value = value + crossing.penalty + (0 if strain is None else strain.value)
    return value, [part.float() for part in _own(funnel, of_encoder, of_decoder)]


def _shares(batch: Rows, dtype: torch.dtype) -> Tensor:
    if batch.weight is not None:
        return batch.weight.to(dtype)
    n = len(batch.x)
    return torch.full((n,), 1 / n, dtype=dtype, device=batch.x.device)


def _loss(
    funnel: Funnel, v: Tensor, seen: Tensor | None, field: Tensor, share: Tensor
) -> tuple[Tensor, Tensor]:
    v = v.to(field.dtype)
    seen = None if seen is None else seen.to(field.dtype)
    of_row = funnel.surprise(v, seen, field)
    slope = error(v, field, funnel.layer.unit)
    if seen is not None:
        slope = slope.mul_(seen)
    return of_row.dot(share), slope.mul_(share[:, None])


def _strain(
    how: Backprop,
    up: Sequence[Passed],
    layers: Sequence[Dense],
    share: Tensor,
    generator: Generator,
) -> Strain | None:
    if how.contraction is None:
        return None
    return how.contraction(up, layers, how.weight * share.to(how.precision), generator)


def _own(funnel: Funnel, of_encoder: list[Tensor], of_decoder: list[Tensor]) -> list[Tensor]:
    """Return the slopes by the parameters that there are, from those by the layers."""
    if len(funnel.decoder.weights):
        return [*of_encoder, *of_decoder]
    for mine, mirrored in zip(of_encoder[::2], reversed(of_decoder[::2]), strict=True):
        mine += mirrored.t()
    return [*of_encoder, *of_decoder[1::2]]
