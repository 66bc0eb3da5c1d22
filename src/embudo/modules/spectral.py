"""Weights divided by their largest singular value, so that no layer stretches anything."""

import torch
from torch import Generator, Tensor, nn
from torch.nn.functional import normalize

from embudo.kernels.feedforward import Layer
from embudo.modules.network import Network


class SpectralNorm(nn.Module):
    """Follows the largest singular value of each weight matrix of a network.

    It takes one step of the power iteration for each update of the weights, as Miyato et al.
    (2018) do. A convolution counts as the matrix from patches to channels.

    Parameters
    ----------
    network : Network
    """

    def __init__(self, network: Network) -> None:
        super().__init__()
        for number, weight in enumerate(network.weights):
            self.register_buffer(f"side_{number}", torch.zeros(len(weight)))

    @property
    def sides(self) -> list[Tensor]:
        """One vector for each layer, near its first left singular vector."""
        return list(self.buffers())

    def initialise(self, generator: Generator) -> None:
        """Start anywhere."""
        for side in self.sides:
            side.normal_(generator=generator)
            side.copy_(normalize(side, dim=0))

    @torch.no_grad()
    def follow(self, network: Network) -> None:
        """Take a step of the power iteration."""
        for side, weight in zip(self.sides, network.weights, strict=True):
            matrix = weight.detach().flatten(1)
            side.copy_(normalize(matrix @ normalize(side @ matrix, dim=0), dim=0))

    def scaled(self, layers: list[Layer]) -> list[Layer]:
        """Return the layers with divided weights; autograd can follow."""
        pairs = zip(layers, self.sides, strict=True)
        return [layer._replace(weight=_divided(layer.weight, side)) for layer, side in pairs]


def _divided(weight: Tensor, side: Tensor) -> Tensor:
    matrix, left = weight.flatten(1), side.to(weight.dtype)
    right = normalize((left @ matrix).detach(), dim=0)
    found: Tensor = weight / (left @ (matrix @ right))
    return found
