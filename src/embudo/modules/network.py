"""A network of dense layers as a module: what unrolled stacks, autoencoders, classifiers share."""

from collections.abc import Callable, Sequence
from typing import Literal, TypeAlias

import torch
from torch import Generator, Tensor, nn

from embudo.kernels.activations import ACTIVATIONS
from embudo.kernels.feedforward import Dense, Drop, backward, forward, through

ActivationName: TypeAlias = Literal["linear", "sigmoid", "tanh", "relu", "elu", "truncated"]
Loss: TypeAlias = Callable[[Tensor], tuple[Tensor, Tensor]]
"""From the last layer's fields to the loss (a scalar) and its slope by those fields."""


class Network(nn.Module):
    """Layers of given sizes, each joined to all of the one below.

    Parameters
    ----------
    sizes : sequence of int
        Units of each layer, the input's first.
    activations : sequence of {"linear", "sigmoid", "tanh", "relu", "elu", "truncated"}
        One for each layer but the input's.
    mirrored : Network, optional
        One whose weights, transposed and in reverse, are this one's as well; of its last layer
        those of the first outputs, if it has more than this one has inputs.
    """

    def __init__(
        self,
        sizes: Sequence[int],
        activations: Sequence[ActivationName],
        mirrored: "Network | None" = None,
    ) -> None:
        super().__init__()
        self.activations = list(activations)
        self.n_inputs = sizes[0]
        shapes = list(zip(sizes[:-1], sizes[1:], strict=True))
        own = shapes if mirrored is None else []
        self.weights = nn.ParameterList(nn.Parameter(torch.zeros(shape)) for shape in own)
        self.biases = nn.ParameterList(nn.Parameter(torch.zeros(above)) for _, above in shapes)
        self._mirrored = (mirrored,)  # in a tuple, or its parameters would count as this one's

    @property
    def matrices(self) -> list[Tensor]:
        """Weights of shape (below, above), layer after layer, be they its own or not."""
        (mirrored,) = self._mirrored
        if mirrored is None:
            return list(self.weights)
        found = [weight.t() for weight in reversed(mirrored.matrices)]
        return [found[0][: self.n_inputs], *found[1:]]

    def initialise(self, generator: Generator) -> None:
        """Draw the weights as Glorot and Bengio (2010) do, with a gain for each activation."""
        for weight, name in zip(self.weights, self.activations, strict=False):
            spread = ACTIVATIONS[name].gain * (6 / sum(weight.shape)) ** 0.5
            weight.data.uniform_(-spread, spread, generator=generator)
        for bias in self.biases:
            bias.data.zero_()

    def place(self, number: int, weight: Tensor, bias: Tensor) -> None:
        """Give a layer its weights, of shape (below, above), and biases."""
        self.weights[number].data.copy_(weight)
        self.biases[number].data.copy_(bias)

    @property
    def in_order(self) -> tuple[nn.Parameter, ...]:
        """Weights, if they are its own, and biases, layer after layer."""
        if not self.weights:
            return tuple(self.biases)
        return tuple(p for pair in zip(self.weights, self.biases, strict=True) for p in pair)

    def layers(self, dtype: torch.dtype = torch.float32) -> list[Dense]:
        """Return the layers as plain tensors of a type."""
        parts = zip(self.matrices, self.biases, self.activations, strict=True)
        plain = [Dense(w.detach(), b.detach(), ACTIVATIONS[name]) for w, b, name in parts]
        return plain if dtype is torch.float32 else [layer.to(dtype) for layer in plain]

    def forward(self, x: Tensor) -> Tensor:
        """Return what the last layer makes of rows; autograd can follow."""
        parts = zip(self.matrices, self.biases, self.activations, strict=True)
        return through(x, [Dense(w, b, ACTIVATIONS[name]) for w, b, name in parts])

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
