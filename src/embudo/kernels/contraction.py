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

from embudo.kernels.feedforward import Dense, Passed, Strain

Penalty: TypeAlias = Callable[
    [Sequence[Passed], Sequence[Dense], Float[Tensor, " batch"], Generator], Strain
]
"""From a batch's way through an encoder, and what each row counts, to a penalty and its slopes."""


def layerwise(
    passed: Sequence[Passed], layers: Sequence[Dense], share: Tensor, generator: Generator
) -> Strain:
    """Return the sum over layers of each one's own Jacobian's norm, in closed form.

    Of one layer that is the penalty itself, of several another objective.
    """
    values, weights, fields = [], [], []
    for here, layer in zip(passed, layers, strict=True):
        slope, bend = layer.activation.bend(here.field, here.output)
        size = layer.weight.square().sum(0)
        mass = share @ slope.square()
        values.append(mass @ size)
        weights.append(2 * layer.weight * mass)
        fields.append(2 * share[:, None] * slope * bend * size)
    return Strain(torch.stack(values).sum(), weights, fields)


def hutchinson(
    passed: Sequence[Passed], layers: Sequence[Dense], share: Tensor, generator: Generator
) -> Strain:
    """Return an unbiased estimate of the penalty, from one vector of signs for each row."""
    trail = _down(_signs(passed[-1].output, generator), passed, layers)
    g = trail[0].a @ layers[0].weight.t()
    t = 2 * share[:, None] * g
    return _up((t * g).sum() / 2, t @ layers[0].weight, _pairs(t, trail[0].a), trail, layers)


def exact(
    passed: Sequence[Passed], layers: Sequence[Dense], share: Tensor, generator: Generator
) -> Strain:
    """Return the penalty itself: every unit of the code probed, the Jacobian never formed.

    The rows of ``J`` are ``a_1 W_1'``, and their squared norms ``a_1 (W_1' W_1) a_1'``.
    """
    if len(layers) == 1:
        return layerwise(passed, layers, share, generator)
    code, weight = passed[-1].output, layers[0].weight
    unit = torch.eye(code.shape[1], dtype=code.dtype, device=code.device)
    trail = _down(unit[:, None].expand(-1, len(code), -1), passed, layers)
    a = trail[0].a
    r = 2 * share[:, None] * (a @ (weight.t() @ weight))
    by_weight = weight @ _pairs(2 * share[:, None] * a, a)
    return _up((r * a).sum() / 2, r, by_weight, trail, layers)


def curvature(
    here: Sequence[Passed],
    there: Sequence[Passed],
    layers: Sequence[Dense],
    share: Float[Tensor, " batch"],
    generator: Generator,
) -> tuple[Strain, Strain]:
    """Return an unbiased estimate of ``|J(x) - J(x')|^2``, and its slopes through both ways.

    With ``x'`` near ``x`` it charges the encoder for bending (Rifai et al. 2011, *Higher order
    contractive auto-encoder*). The value is that of the first; of the second it is 0.
    """
    u, weight = _signs(here[-1].output, generator), layers[0].weight
    one, other = (_down(u, passed, layers) for passed in (here, there))
    g = (one[0].a - other[0].a) @ weight.t()
    t = 2 * share[:, None] * g
    value, r = (t * g).sum() / 2, t @ weight
    first = _up(value, r, _pairs(t, one[0].a), one, layers)
    return first, _up(torch.zeros_like(value), -r, -_pairs(t, other[0].a), other, layers)


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
    u: Float[Tensor, "probes batch components"], passed: Sequence[Passed], layers: Sequence[Dense]
) -> list[_Step]:
    """Carry some vectors for each row from the code down to the fields of the first layer."""
    g, trail = u, []
    for number in reversed(range(len(layers))):
        slope, bend = layers[number].activation.bend(passed[number].field, passed[number].output)
        a = slope * g
        trail.append(_Step(slope, bend, g, a))
        if number:
            g = a @ layers[number].weight.t()
    return trail[::-1]


def _up(
    value: Tensor, r: Tensor, by_weight: Tensor, trail: Sequence[_Step], layers: Sequence[Dense]
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
            weights.append(_pairs(t, trail[number + 1].a))
            r = t @ layers[number + 1].weight
    return Strain(value, weights, fields)


def _pairs(t: Tensor, a: Tensor) -> Tensor:
    return t.flatten(0, 1).t() @ a.flatten(0, 1)
