"""What a hidden layer of a network makes of its field, and how a slope comes back through it."""

import math
from collections.abc import Callable
from functools import partial
from typing import NamedTuple, TypeAlias

import torch
from torch import Tensor

from embudo.kernels.units import Relu

Pull: TypeAlias = Callable[[Tensor, Tensor, Tensor], Tensor]
"""From the slope by the outputs, the fields and the outputs to the slope by the fields."""


Bend: TypeAlias = Callable[[Tensor, Tensor], tuple[Tensor, Tensor]]
"""From fields and outputs to the first and the second derivative."""


class Activation(NamedTuple):
    """A function of the field.

    Attributes
    ----------
    value : callable
        From fields to outputs; it may use their memory, so that both are the same tensor after.
    pull : callable
        The way back; ``aten`` has each of them as one pass over memory.
    gain : float
        What Glorot's deviation of the weights is multiplied by: it keeps the spread of the
        outputs from layer to layer (Glorot and Bengio 2010; He et al. 2015 for "relu").
    bend : callable
        First and second derivative, which a penalty on the network's own slope asks for.
    """

    value: Callable[[Tensor], Tensor]
    pull: Pull
    gain: float
    bend: Bend


_LEAK = 0.2  # slope of "leaky" below 0, as Radford, Metz and Chintala (2016) have it


def _linear(field: Tensor) -> Tensor:
    return field


def _pulled_through_linear(slope: Tensor, field: Tensor, output: Tensor) -> Tensor:
    return slope


def _pulled_through_sigmoid(slope: Tensor, field: Tensor, output: Tensor) -> Tensor:
    pulled: Tensor = torch.ops.aten.sigmoid_backward(slope, output)
    return pulled


def _pulled_through_tanh(slope: Tensor, field: Tensor, output: Tensor) -> Tensor:
    pulled: Tensor = torch.ops.aten.tanh_backward(slope, output)
    return pulled


def _pulled_through_relu(slope: Tensor, field: Tensor, output: Tensor) -> Tensor:
    pulled: Tensor = torch.ops.aten.threshold_backward(slope, output, 0)
    return pulled


def _pulled_through_leaky(slope: Tensor, field: Tensor, output: Tensor) -> Tensor:
    pulled: Tensor = torch.ops.aten.leaky_relu_backward(slope, output, _LEAK, True)
    return pulled


def _pulled_through_elu(slope: Tensor, field: Tensor, output: Tensor) -> Tensor:
    pulled: Tensor = torch.ops.aten.elu_backward(slope, 1.0, 1.0, 1.0, True, output)
    return pulled


def _pulled_through_truncated(slope: Tensor, field: Tensor, output: Tensor) -> Tensor:
    """Multiply by the variance of a unit Gaussian cut off at 0, which is its mean's slope."""
    wide = field.to(torch.promote_types(field.dtype, torch.float32))
    mean = output.to(wide.dtype)
    variance = (1 - mean * (mean - wide)).clamp_(0, 1)
    return slope * variance.to(slope.dtype)


def _bend_of_linear(field: Tensor, output: Tensor) -> tuple[Tensor, Tensor]:
    return torch.ones_like(output), torch.zeros_like(output)


def _bend_of_sigmoid(field: Tensor, output: Tensor) -> tuple[Tensor, Tensor]:
    slope = output * (1 - output)
    return slope, slope * (1 - 2 * output)


def _bend_of_tanh(field: Tensor, output: Tensor) -> tuple[Tensor, Tensor]:
    slope = 1 - output.square()
    return slope, -2 * output * slope


def _bend_of_relu(field: Tensor, output: Tensor) -> tuple[Tensor, Tensor]:
    return (output > 0).to(output.dtype), torch.zeros_like(output)


def _bend_of_leaky(field: Tensor, output: Tensor) -> tuple[Tensor, Tensor]:
    return torch.ones_like(output).masked_fill_(output <= 0, _LEAK), torch.zeros_like(output)


def _bend_of_elu(field: Tensor, output: Tensor) -> tuple[Tensor, Tensor]:
    falling = output.clamp(max=0) + 1  # exp(field) where it is below 0
    return falling, torch.where(output > 0, 0, falling)


def _bend_of_truncated(field: Tensor, output: Tensor) -> tuple[Tensor, Tensor]:
    """Return the variance and the third central moment of a unit Gaussian cut off at 0."""
    beyond = output - field
    slope = (1 - output * beyond).clamp(0, 1)
    return slope, output * (1 - slope) - beyond * slope


ACTIVATIONS: dict[str, Activation] = {
    "linear": Activation(_linear, _pulled_through_linear, 1.0, _bend_of_linear),
    "sigmoid": Activation(torch.sigmoid_, _pulled_through_sigmoid, 4.0, _bend_of_sigmoid),
    "tanh": Activation(torch.tanh_, _pulled_through_tanh, 1.0, _bend_of_tanh),
    "relu": Activation(torch.relu_, _pulled_through_relu, math.sqrt(2), _bend_of_relu),
    "leaky": Activation(
        partial(torch.nn.functional.leaky_relu_, negative_slope=_LEAK),
        _pulled_through_leaky,
        math.sqrt(2 / (1 + _LEAK**2)),
        _bend_of_leaky,
    ),
    "elu": Activation(torch.nn.functional.elu_, _pulled_through_elu, 1.0, _bend_of_elu),
    "truncated": Activation(
        Relu().mean, _pulled_through_truncated, math.sqrt(2), _bend_of_truncated
    ),
}
"""Every activation by its name; "truncated" is the mean of :class:`Relu` units."""
