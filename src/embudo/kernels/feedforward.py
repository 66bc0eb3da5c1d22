"""A network of layers: the way through it, and the slope of a loss on the way back.

The way back is written out, for it costs a fifth less than recording and replaying the way there,
and a small network half of it: every activation has its slope in one pass over its outputs, and
the slope of an exponential family's log-density by its field is what was expected minus what came.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeAlias

import torch
from jaxtyping import Float
from torch import Generator, Tensor

from embudo.kernels.activations import Activation
from embudo.kernels.joints import Joint
from embudo.kernels.noise import fast_bernoulli
from embudo.kernels.units import Unit

Drop: TypeAlias = Callable[[Tensor], Tensor | None]
"""From the outputs of a hidden layer to their factors, 0 where dropped; None keeps them all."""


class Layer(NamedTuple):
    """A layer as plain tensors: ``activation(x W + b)``."""

    joint: Joint
    weight: Tensor
    bias: Tensor
    activation: Activation

    def to(self, dtype: torch.dtype) -> "Layer":
        """Return the layer in another precision."""
        return self._replace(weight=self.weight.to(dtype), bias=self.bias.to(dtype))

    def field(self, x: Float[Tensor, "batch below"]) -> Float[Tensor, "batch above"]:
        """Return ``x W + b``."""
        return self.joint.field(x, self.weight, self.bias)

    def up(self, x: Float[Tensor, "*batch below"]) -> Float[Tensor, "*batch above"]:
        """Return ``x W``."""
        return self.joint.up(x, self.weight)

    def down(self, y: Float[Tensor, "*batch above"]) -> Float[Tensor, "*batch below"]:
        """Return ``y W'``."""
        return self.joint.down(y, self.weight)

    def pairs(self, x: Float[Tensor, "*batch below"], y: Float[Tensor, "*batch above"]) -> Tensor:
        """Return the slope of ``sum(y * (x W))`` by the weights."""
        return self.joint.pairs(x.flatten(0, -2), y.flatten(0, -2))


class Passed(NamedTuple):
    """What a layer keeps of the way there for the way back."""

    entered: Float[Tensor, "batch below"]
    field: Float[Tensor, "batch above"]
    output: Float[Tensor, "batch above"]
    factor: Float[Tensor, "batch above"] | None


class Strain(NamedTuple):
    """What a penalty on the network itself adds on the way back, layer after layer."""

    value: Float[Tensor, ""]
    weights: Sequence[Tensor]
    fields: Sequence[Float[Tensor, "batch _"]]


def joined(one: Strain, other: Strain) -> Strain:
    """Return what two penalties add together."""
    sides = zip((one.weights, one.fields), (other.weights, other.fields), strict=True)
    return Strain(
        one.value + other.value,
        *([a + b for a, b in zip(mine, others, strict=True)] for mine, others in sides),
    )


def dropping(share: float, generator: Generator) -> Callable[[Tensor], Tensor]:
    """Return what drops a share of the outputs and scales the others up, so that the mean stays."""
    kept = 1 - share

    def drop(output: Tensor) -> Tensor:
        return fast_bernoulli(torch.full_like(output, kept), generator).div_(kept)

    return drop


def through(x: Float[Tensor, "batch below"], layers: Sequence[Layer]) -> Tensor:
    """Return what the last layer makes of rows; autograd can follow."""
    for layer in layers:
        x = layer.activation.value(layer.field(x))
    return x


def forward(
    x: Float[Tensor, "batch below"], layers: Sequence[Layer], drop: Drop | None = None
) -> list[Passed]:
    """Take rows through the layers and keep what the way back needs.

    Parameters
    ----------
    x : Tensor of shape (batch, below)
    layers : sequence of Layer
    drop : callable, optional
        What is left of the outputs of every layer but the last (Srivastava et al. 2014).
    """
    passed: list[Passed] = []
    for number, layer in enumerate(layers, start=1):
        field = layer.field(x)
        output = layer.activation.value(field)
        factor = drop(output) if drop is not None and number < len(layers) else None
        passed.append(Passed(x, field, output, factor))
        x = output if factor is None else output * factor
    return passed


def backward(
    passed: Sequence[Passed],
    layers: Sequence[Layer],
    slope: Float[Tensor, "batch above"],
    strain: Strain | None = None,
) -> tuple[list[Tensor], Float[Tensor, "batch _"]]:
    """Return a loss's slopes by weights and biases, layer after layer, in at least float32.

    The second is the slope by the fields of the first layer, from which another network below it
    can go on.

    Parameters
    ----------
    passed : sequence of Passed
        What :func:`forward` returned.
    layers : sequence of Layer
    slope : Tensor of shape (batch, above)
        Of the loss by the last layer's outputs.
    strain : Strain, optional
        Of a penalty that is part of the loss.
    """
    wide = torch.promote_types(slope.dtype, torch.float32)
    found: list[Tensor] = []
    for number in reversed(range(len(layers))):
        here, layer = passed[number], layers[number]
        slope = here.factor * slope if here.factor is not None else slope
        slope = layer.activation.pull(slope, here.field, here.output)
        if strain is not None:
            slope = slope + strain.fields[number]
        by_weight = layer.pairs(here.entered, slope).to(wide)
        if strain is not None:
            by_weight += strain.weights[number]
        found += [layer.joint.of_biases(slope, wide), by_weight]
        if number:
            slope = layer.down(slope)
    return found[::-1], slope


def surprise(
    state: Float[Tensor, "batch units"], field: Float[Tensor, "batch units"], unit: Unit
) -> Float[Tensor, " batch"]:
    """Return ``-log p(state | field)`` of a layer of units, in nats.

    Its slope by the field is the mean minus the state: :func:`error`.
    """
    return unit.log_normaliser(field) + (unit.base(state) - field * state).sum(1)


def error(
    state: Float[Tensor, "batch units"], field: Float[Tensor, "batch units"], unit: Unit
) -> Float[Tensor, "batch units"]:
    """Return ``E[x | field] - state``; the field's memory may be used for it."""
    return unit.mean(unit.given_(field)).sub(state)
