"""How a funnel learns: what it loses on the way down and up, and the slopes on the way back."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import torch
from torch import Generator, Tensor

from embudo.kernels.contraction import Penalty, curvature
from embudo.kernels.embedding import affinities, divergence
from embudo.kernels.feedforward import (
    Layer,
    Passed,
    Strain,
    backward,
    dropping,
    error,
    forward,
    joined,
)
from embudo.modules.damage import Damage
from embudo.modules.funnel import Funnel
from embudo.modules.learning import Rows
from embudo.modules.shares import merged, shared
from embudo.training.objective import Objective, Slope

_NEARBY = 0.1  # deviation of what is added to a row, in the units' scale, to see the encoder bend


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
    bending : bool
        Whether the encoder's curvature has the same price.
    neighbours : float
        Factor on the divergence between who is near whom among rows and among codes.
    perplexity : float
        How many neighbours a row has in that.
    resample : bool
        Whether values of Bernoulli units are probabilities, from which states are drawn first.
    merge : bool
        Whether rows that are alike are taken as one that counts for all of them: what is drawn
        for it is then the same whether it stands there twice or counts twice.
    """

    precision: torch.dtype
    dropout: float = 0.0
    damage: Damage | None = None
    contraction: Penalty | None = None
    weight: float = 0.0
    bending: bool = False
    neighbours: float = 0.0
    perplexity: float = 30.0
    resample: bool = False
    merge: bool = False


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
    rows = merged(batch) if how.merge else shared(batch)
    share = rows.weight.to(wide)
    v, seen = funnel.layer.encode(rows.x, rows.observed)
    if how.resample:
        v = funnel.layer.resample(v, generator)
        v = v if seen is None else v * seen
    drop = dropping(how.dropout, generator) if how.dropout else None
    lower, upper = (side.layers(how.precision) for side in (funnel.encoder, funnel.decoder))
    shown = (v, seen) if how.damage is None else how.damage(v, seen, generator)
    up = forward(funnel.centred(*shown).to(how.precision), lower, drop)
    crossing = funnel.bottleneck.cross(up[-1].output.to(wide), share, generator)
    if funnel.revival is not None:
        funnel.revival.note(crossing.code)
    down = forward(crossing.code.to(how.precision), upper, drop)
    value, slope = _loss(funnel, v, seen, down[-1].output.to(wide), share)
    strain, beside = _strains(how, up, lower, share, generator)
    of_decoder, slope = backward(down, upper, slope.to(how.precision))
    slope = upper[0].down(slope).to(wide)
    if how.neighbours:
        far, away = _estrangement(how, funnel.centred(v, seen), crossing.code, share)
        value, slope = value + far, slope + away
    slope = crossing.pull(slope)
    of_encoder, _ = backward(up, lower, slope.to(how.precision), strain)
    if funnel.revival is not None:
        funnel.revival.revive(funnel.encoder, up[-1], generator)
    if beside is not None:
        for mine, more in zip(of_encoder, beside, strict=True):
            mine += more
    value = value + crossing.penalty + (0 if strain is None else strain.value)
    return value, [part.float() for part in _own(funnel, of_encoder, of_decoder)]


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


def _estrangement(how: Backprop, v: Tensor, code: Tensor, share: Tensor) -> tuple[Tensor, Tensor]:
    """Return what codes pay for not being near where rows are, and its slope by the codes."""
    p = affinities(v.to(share.dtype), share, how.perplexity)
    far, away = divergence(p, code)
    return how.neighbours * far, how.neighbours * away


def _strains(
    how: Backprop,
    up: Sequence[Passed],
    layers: Sequence[Layer],
    share: Tensor,
    generator: Generator,
) -> tuple[Strain | None, list[Tensor] | None]:
    """Return what the penalties add on the encoder's way back, and what comes from beside it."""
    if how.contraction is None:
        return None, None
    price = how.weight * share.to(how.precision)
    strain = how.contraction(up, layers, price, generator)
    if not how.bending:
        return strain, None
    x = up[0].entered
    noise = torch.randn(x.shape, generator=generator, device=x.device).to(x.dtype)
    near = forward(x + _NEARBY * noise, layers)
    here, there = curvature(up, near, layers, price / _NEARBY**2, generator)
    slopes, _ = backward(near, layers, torch.zeros_like(near[-1].output), there)
    return joined(strain, here), slopes


def _own(funnel: Funnel, of_encoder: list[Tensor], of_decoder: list[Tensor]) -> list[Tensor]:
    """Return the slopes by the parameters that there are, from those by the layers."""
    if len(funnel.decoder.weights):
        return [*of_encoder, *of_decoder]
    pairs = zip(funnel.decoder.joints, of_decoder[::2], strict=True)
    turned = [joint.transposed(slope) for joint, slope in pairs]
    for mine, mirrored in zip(of_encoder[::2], reversed(turned), strict=True):
        mine[:, : mirrored.shape[1]] += mirrored
    return [*of_encoder, *of_decoder[1::2]]
