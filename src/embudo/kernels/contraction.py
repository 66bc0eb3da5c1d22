"""The contractive penalty: the squared Frobenius norm of an encoder's Jacobian, and its slopes.

With ``a_l = s'_l * g_l`` and ``g_(l-1) = a_l W_l'``, started at ``g_L = u``, ``g_0`` is the row
``u' J`` of the Jacobian. Its squared norm, summed over unit vectors ``u``, is the penalty itself;
the mean over vectors of random signs is the same (Hutchinson 1990), from one vector a row. The
slopes are written out: they cost one more way up the encoder. Rifai et al. (2011).
"""

from collections.abc import Callable, Sequence
from typing import TypeAlias

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
    code = passed[-1].output
    signs = torch.randint(0, 2, code.shape, generator=generator, device=code.device)
    return _probed(signs.to(code.dtype).mul_(2).sub_(1)[None], passed, layers, share, _directly)


def exact(
    passed: Sequence[Passed], layers: Sequence[Dense], share: Tensor, generator: Generator
) -> Strain:
    """Return the penalty itself: every unit of the code probed, the Jacobian never formed."""
    if len(layers) == 1:
        return layerwise(passed, layers, share, generator)
    code = passed[-1].output
    unit = torch.eye(code.shape[1], dtype=code.dtype, device=code.device)
    return _probed(unit[:, None].expand(-1, len(code), -1), passed, layers, share, _by_gram)


_First: TypeAlias = Callable[[Tensor, Tensor, Tensor], tuple[Tensor, Tensor, Tensor]]
"""From slopes by the first layer's fields, its weights and the rows' shares to the penalty, and its
slopes by both."""


def _directly(
    a: Float[Tensor, "probes batch first"], weight: Tensor, share: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    g = a @ weight.t()
    t = 2 * share[:, None] * g
    return (t * g).sum() / 2, t @ weight, _pairs(t, a)


def _by_gram(
    a: Float[Tensor, "probes batch first"], weight: Tensor, share: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    r = 2 * share[:, None] * (a @ (weight.t() @ weight))
    pairs = _pairs(2 * share[:, None] * a, a)
    return (r * a).sum() / 2, r, weight @ pairs


def _pairs(t: Tensor, a: Tensor) -> Tensor:
    return t.flatten(0, 1).t() @ a.flatten(0, 1)


def _probed(
    u: Float[Tensor, "probes batch components"],
    passed: Sequence[Passed],
    layers: Sequence[Dense],
    share: Tensor,
    first: _First,
) -> Strain:
    """Return the penalty as seen by some vectors for each row, and its slopes.

    The way back through what led to it goes up the encoder: ``r_l = t_(l-1) W_l`` is the slope by
    ``a_l``, and ``t_l = s'_l * r_l`` that by ``g_l``.
    """
    bends = [d.activation.bend(p.field, p.output) for p, d in zip(passed, layers, strict=True)]
    g, down = u, []
    for number in reversed(range(len(layers))):
        a = bends[number][0] * g
        down.append((g, a))
        if number:
            g = a @ layers[number].weight.t()
    down.reverse()
    value, r, by_weight = first(down[0][1], layers[0].weight, share)
    weights, fields = [by_weight], []
    for number, ((slope, bend), (g, _)) in enumerate(zip(bends, down, strict=True)):
        fields.append((r * g).sum(0) * bend)
        if number + 1 < len(layers):
            t, a = slope * r, down[number + 1][1]
            weights.append(_pairs(t, a))
            r = t @ layers[number + 1].weight
    return Strain(value, weights, fields)
