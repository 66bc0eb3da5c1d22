"""Damage done to rows on purpose, which a denoising autoencoder learns to undo."""

from collections.abc import Callable
from typing import Literal, TypeAlias

import torch
from torch import Generator, Tensor
from torch.nn.functional import one_hot

from embudo.modules.visible import VisibleLayer

DamageName: TypeAlias = Literal["gaussian", "masking", "salt"]
Shown: TypeAlias = tuple[Tensor, Tensor | None]
Damage: TypeAlias = Callable[[Tensor, Tensor | None, Generator], Shown]
"""From states of the units, and where they are seen, to what the encoder is shown of both."""

_FAR = 2.0  # standard deviations from the mean, to which salt throws a number


def gaussian(layer: VisibleLayer, level: float) -> Damage:
    """Return what adds normal noise to every unit, of a deviation on the units' scale."""

    def damage(v: Tensor, seen: Tensor | None, generator: Generator) -> Shown:
        noisy = v + level * _normal(v, generator)
        return (noisy if seen is None else noisy * seen), seen

    return damage


def masking(layer: VisibleLayer, level: float) -> Damage:
    """Return what hides a share of the entries, as if they were missing."""

    def damage(v: Tensor, seen: Tensor | None, generator: Generator) -> Shown:
        kept = 1 - _hit(layer, v, level, generator)
        return v * kept, kept if seen is None else kept * seen

    return damage


def salt(layer: VisibleLayer, level: float) -> Damage:
    """Return what throws a share of the entries to states drawn without looking.

    Of a column of zeros and ones each is as likely, and so is each category of another; a number
    goes two standard deviations up or down.
    """

    def damage(v: Tensor, seen: Tensor | None, generator: Generator) -> Shown:
        hit = _hit(layer, v, level, generator)
        thrown = torch.where(hit.bool(), _anything(layer, v, generator), v)
        return (thrown if seen is None else thrown * seen), seen

    return damage


DAMAGES: dict[DamageName, Callable[[VisibleLayer, float], Damage]] = {
    "gaussian": gaussian,
    "masking": masking,
    "salt": salt,
}
"""Every kind of damage by its name: from a layer and a level to what does it."""


def _hit(layer: VisibleLayer, v: Tensor, share: float, generator: Generator) -> Tensor:
    """Return 1 for the units of the columns that are hit, 0 for the others."""
    columns = torch.rand(
        (len(v), len(layer.kinds)), generator=generator, dtype=v.dtype, device=v.device
    )
    return layer.spread((columns < share).to(v.dtype))


def _anything(layer: VisibleLayer, v: Tensor, generator: Generator) -> Tensor:
    parts = []
    for kind, count in layer.groups:
        n_states = max(kind.n_states, 2)
        state = torch.randint(0, n_states, (len(v), count), generator=generator, device=v.device)
        if kind.name == "softmax":
            state = one_hot(state, kind.n_states).flatten(1)
        part = state.to(v.dtype)
        parts.append(_FAR * (2 * part - 1) if kind.name == "gaussian" else part)
    return torch.cat(parts, 1)


def _normal(v: Tensor, generator: Generator) -> Tensor:
    return torch.randn(v.shape, generator=generator, dtype=v.dtype, device=v.device)
