"""A network of layers as a module: what unrolled stacks, autoencoders and classifiers share."""

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Literal, TypeAlias

import torch
from torch import Generator, Tensor, nn

from embudo.kernels.activations import ACTIVATIONS
from embudo.kernels.feedforward import Drop, Layer, backward, forward, through
from embudo.kernels.joints import Full, Joint

ActivationName: TypeAlias = Literal[
    "linear", "sigmoid", "tanh", "relu", "leaky", "elu", "truncated"
]
Loss: TypeAlias = Callable[[Tensor], tuple[Tensor, Tensor]]
"""From the last layer's fields to the loss (a scalar) and its slope by those fields."""


class Network(nn.Module):
    """Layers, each joined to the one below.

    Parameters
    ----------
    joints : sequence of Joint
        How each layer hangs together with the one below it.
    activations : sequence of {"linear", "sigmoid", "tanh", "relu", "leaky", "elu", "truncated"}
        One for each layer.
    mirrored : Network, optional
        One whose weights, transposed and in reverse, are this one's as well; of its last layer
        those of the first outputs, if it has more than this one has inputs.
    """

    def __init__(
        self,
        joints: Sequence[Joint],
        activations: Sequence[ActivationName],
        mirrored: "Network | None" = None,
    ) -> None:
        super().__init__()
        self.joints, self.activations = list(joints), list(activations)
        own = self.joints if mirrored is None else []
        self.weights = nn.ParameterList(nn.Parameter(torch.zeros(j.weight_shape)) for j in own)
        self.biases = nn.ParameterList(nn.Parameter(torch.zeros(j.n_biases)) for j in joints)
        self._mirrored = (mirrored,)  # in a tuple, or its parameters would count as this one's

    @property
    def matrices(self) -> list[Tensor]:
        """Weights of every layer, be they its own or not."""
        (mirrored,) = self._mirrored
        if mirrored is None:
            return list(self.weights)
        pairs = zip(reversed(mirrored.joints), reversed(mirrored.matrices), strict=True)
        first, *others = (joint.transposed(weight) for joint, weight in pairs)
        return [first[: self.joints[0].below], *others]

    def part(self, number: int, activation: ActivationName) -> "Network":
        """Return one of the layers as a network of its own, which learns the same parameters."""
        (mirrored,) = self._mirrored
        twin = None
        if mirrored is not None:
            twin = mirrored.part(len(self.joints) - 1 - number, "linear")
        part = Network([self.joints[number]], [activation], twin)
        part.biases[0] = self.biases[number]
        if twin is None:
            part.weights[0] = self.weights[number]
        return part

    def initialise(self, generator: Generator) -> None:
        """Draw the weights as Glorot and Bengio (2010) do, with a gain for each activation."""
        layers = zip(self.joints, self.weights, self.activations, strict=False)
        for joint, weight, name in layers:
            spread = ACTIVATIONS[name].gain * (6 / sum(joint.n_joined)) ** 0.5
            weight.data.uniform_(-spread, spread, generator=generator)
        for bias in self.biases:
            bias.data.zero_()

    def place(self, number: int, weight: Tensor, bias: Tensor) -> None:
        """Give a layer its weights and biases."""
        self.weights[number].data.copy_(weight)
        self.biases[number].data.copy_(bias)

    @property
    def in_order(self) -> tuple[nn.Parameter, ...]:
        """Weights, if they are its own, and biases, layer after layer."""
        if not self.weights:
            return tuple(self.biases)
        return tuple(p for pair in zip(self.weights, self.biases, strict=True) for p in pair)

    def layers(self, dtype: torch.dtype = torch.float32) -> list[Layer]:
        """Return the layers as plain tensors of a type."""
        plain = [
            layer._replace(weight=layer.weight.detach(), bias=layer.bias.detach())
            for layer in self._layers()
        ]
        return plain if dtype is torch.float32 else [layer.to(dtype) for layer in plain]

    def live(self, dtype: torch.dtype = torch.float32) -> list[Layer]:
        """Return the layers in a type, as autograd can follow them to the parameters."""
        layers = self._layers()
        return layers if dtype is torch.float32 else [layer.to(dtype) for layer in layers]

    def _layers(self) -> list[Layer]:
        parts = zip(self.joints, self.matrices, self.biases, self.activations, strict=True)
        return [Layer(j, weight, bias, ACTIVATIONS[name]) for j, weight, bias, name in parts]

    def forward(self, x: Tensor) -> Tensor:
        """Return what the last layer makes of rows; autograd can follow."""
        return through(x, self._layers())

    def slopes(
        self,
        x: Tensor,
        loss: Loss,
        dtype: torch.dtype,
        drop: Drop | None = None,
        *,
        first: int = 0,
    ) -> tuple[Tensor, list[Tensor]]:
        """Return a loss and its slopes by :attr:`in_order`, with matrix products of a type.

        Of the layers below ``first`` no slopes are found.
        """
        layers = self.layers(dtype)
        below, learning = layers[:first], layers[first:]
        passed = forward(through(x.to(dtype), below), learning, drop)
        value, slope = loss(passed[-1].output.to(torch.promote_types(dtype, torch.float32)))
        found, _ = backward(passed, learning, slope.to(dtype))
        return value, found if dtype is not torch.float64 else [part.float() for part in found]


def dense(sizes: Sequence[int]) -> list[Joint]:
    """Return the joints of layers of given sizes, the input's first, all units with all."""
    return [Full(below, above) for below, above in pairwise(sizes)]
