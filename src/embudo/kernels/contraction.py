"""The contractive penalty: the squared Frobenius norm of an encoder's Jacobian, and its slopes.

With ``a_l = s'_l * g_l`` and ``g_(l-1) = a_l W_l'``, started at ``g_L = u``, ``g_0`` is the row
``u' J`` of the Jacobian. Its squared norm, summed over unit vectors ``u``, is the penalty itself;
the mean over vectors of random signs is the same (Hutchinson 1990), from one vector a row. The
slopes are written out: they cost one more way up the encoder. Rifai et al. (2011).
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeAlias

import torch
from jaxtyping import Float
from torch import Generator, Tensor

from embudo.kernels.feedforward import Layer, Passed, Strain

Penalty: TypeAlias = Callable[
    [Sequence[Passed], Sequence[Layer], Float[Tensor, " batch"], Generator], Strain
]
"""From a batch's way through an encoder, and what each row counts, to a penalty and its slopes."""


def layerwise(
    passed: Sequence[Passed], layers: Sequence[Layer], share: Tensor, generator: Generator
) -> Strain:
    """Return the sum over layers of each one's own Jacobian's norm, in closed form.

    Of one layer that is the penalty itself, of several another objective.
    """
    values, weights, fields = [], [], []
    for here, layer in zip(passed, layers, strict=True):
        slope, bend = layer.activation.bend(here.field, here.output)
        size = layer.joint.sizes(layer.weight)
        mass = share @ slope.square()
        values.append(mass @ size)
        weights.append(layer.joint.of_sizes(layer.weight, mass))
        fields.append(2 * share[:, None] * slope * bend * size)
    return Strain(torch.stack(values).sum(), weights, fields)


def hutchinson(
    passed: Sequence[Passed], layers: Sequence[Layer], share: Tensor, generator: Generator
) -> Strain:
    """Return an unbiased estimate of the penalty, from one vector of signs for each row."""
    trail = _down(_signs(passed[-1].output, generator), passed, layers)
    g = layers[0].down(trail[0].a)
    t = 2 * share[:, None] * g
    by_weight = layers[0].pairs(t, trail[0].a)
    return _up((t * g).sum() / 2, layers[0].up(t), by_weight, trail, layers)


def exact(
    passed: Sequence[Passed], layers: Sequence[Layer], share: Tensor, generator: Generator
) -> Strain:
    """Return the penalty itself: every unit of the code probed, the Jacobian never formed.

    The rows of ``J`` are ``a_1 W_1'``, and their squared norms ``a_1 (W_1' W_1) a_1'``.
    """
    if len(layers) == 1:
        return layerwise(passed, layers, share, generator)
    code, (joint, weight, *_) = passed[-1].output, layers[0]
    unit = torch.eye(code.shape[1], dtype=code.dtype, device=code.device)
    trail = _down(unit[:, None].expand(-1, len(code), -1), passed, layers)
    a = trail[0].a
    t = 2 * share[:, None] * a
    r = joint.gram(t, weight)
    by_weight = joint.of_gram(t.flatten(0, 1), a.flatten(0, 1), weight)
    return _up((r * a).sum() / 2, r, by_weight, trail, layers)


def curvature(
    here: Sequence[Passed],
    there: Sequence[Passed],
    layers: Sequence[Layer],
    share: Float[Tensor, " batch"],
    generator: Generator,
) -> tuple[Strain, Strain]:
    """Return an unbiased estimate of ``|J(x) - J(x')|^2``, and its slopes through both ways.

    With ``x'`` near ``x`` it charges the encoder for bending (Rifai et al. 2011, *Higher order
    contractive auto-encoder*). The value is that of the first; of the second it is 0.
    """
    u, first = _signs(here[-1].output, generator), layers[0]
    one, other = (_down(u, passed, layers) for passed in (here, there))
    g = first.down(one[0].a - other[0].a)
    t = 2 * share[:, None] * g
    value, r = (t * g).sum() / 2, first.up(t)
    of_there = _up(torch.zeros_like(value), -r, -first.pairs(t, other[0].a), other, layers)
    return _up(value, r, first.pairs(t, one[0].a), one, layers), of_there


class _Step(NamedTuple):
    """What the way down through a layer leaves for the way up."""

    slope: Float[Tensor, "batch above"]
    bend: Float[Tensor, "batch above"]
    g: Float[Tensor, "probes batch above"]
    a: Float[Tensor, "probes batch above"]


def _signs(code: Tensor, generator: Generator) -> Float[Tensor, "1 batch components"]:
    signs = torch.randint(0, 2, code.shape, generator=generator, device=code.device)
    return signs.to(code.dtype).mul_(2).sub_(1)[None]


def _down(
    u: Float[Tensor, "probes batch components"], passed: Sequence[Passed], layers: Sequence[Layer]
) -> list[_Step]:
    """Carry some vectors for each row from the code down to the fields of the first layer."""
    g, trail = u, []
    for number in reversed(range(len(layers))):
        slope, bend = layers[number].activation.bend(passed[number].field, passed[number].output)
        a = slope * g
        trail.append(_Step(slope, bend, g, a))
        if number:
            g = layers[number].down(a)
    return trail[::-1]


def _up(
    value: Tensor, r: Tensor, by_weight: Tensor, trail: Sequence[_Step], layers: Sequence[Layer]
) -> Strain:
    """Return a penalty and its slopes, from those by the first layer's ``a`` and weights.

    The way back through what led to it goes up the encoder: ``r_l = t_(l-1) W_l`` is the slope by
    ``a_l``, and ``t_l = s'_l * r_l`` that by ``g_l``.
    """
    weights, fields = [by_weight], []
    for number, step in enumerate(trail):
        fields.append((r * step.g).sum(0) * step.bend)
        if number + 1 < len(layers):
            t = step.slope * r
            weights.append(layers[number + 1].pairs(t, trail[number + 1].a))
            r = layers[number + 1].up(t)
    return Strain(value, weights, fields)
