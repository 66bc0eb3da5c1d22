"""How the units of two layers hang together: all with all, or patches of a picture with points.

A joint says which entries of a layer's matrix there are; the numbers are handed to it.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import final

import torch
from jaxtyping import Float
from torch import Tensor


class Joint(ABC):
    """The linear map of a layer, ``x W``, for weights given each time."""

    @property
    @abstractmethod
    def below(self) -> int:
        """Units that enter."""

    @property
    @abstractmethod
    def above(self) -> int:
        """Units that come out."""

    @property
    @abstractmethod
    def weight_shape(self) -> tuple[int, ...]:
        """Shape of the weights."""

    @property
    @abstractmethod
    def n_biases(self) -> int:
        """How many biases the units share."""

    @property
    @abstractmethod
    def n_joined(self) -> tuple[int, int]:
        """Units that one above, and that one below, is joined to."""

    @property
    def n_products(self) -> int:
        """Multiplications that a row takes."""
        return self.above * self.n_joined[0]

    @property
    @abstractmethod
    def turned(self) -> "Joint":
        """The joint of the transposed map, whose weights are :meth:`transposed`."""

    @abstractmethod
    def transposed(self, weight: Tensor) -> Tensor:
        """Return the weights of the transposed map, as a view."""

    @abstractmethod
    def field(
        self, x: Float[Tensor, "batch below"], weight: Tensor, bias: Tensor
    ) -> Float[Tensor, "batch above"]:
        """Return ``x W + b``."""

    @abstractmethod
    def up(self, x: Float[Tensor, "*batch below"], weight: Tensor) -> Float[Tensor, "*batch above"]:
        """Return ``x W``."""

    @abstractmethod
    def down(
        self, y: Float[Tensor, "*batch above"], weight: Tensor
    ) -> Float[Tensor, "*batch below"]:
        """Return ``y W'``."""

    @abstractmethod
    def pairs(self, x: Float[Tensor, "batch below"], y: Float[Tensor, "batch above"]) -> Tensor:
        """Return the slope of ``sum(y * (x W))`` by the weights."""

    @abstractmethod
    def of_biases(self, slope: Float[Tensor, "batch above"], dtype: torch.dtype) -> Tensor:
        """Return the slope by the biases from that by the fields."""

    def sizes(self, weight: Tensor) -> Float[Tensor, " above"]:
        """Return the sum of squares of each unit's weights."""
        ones = weight.new_ones((1, self.below))
        return self.up(ones, weight.square())[0]

    def of_sizes(self, weight: Tensor, mass: Float[Tensor, " above"]) -> Tensor:
        """Return the slope of ``sum(mass * sizes)`` by the weights."""
        ones = weight.new_ones((1, self.below))
        return 2 * weight * self.pairs(ones, mass[None])

    def gram(self, a: Float[Tensor, "*batch above"], weight: Tensor) -> Tensor:
        """Return ``a W' W``."""
        return self.up(self.down(a, weight), weight)

    def of_gram(
        self, t: Float[Tensor, "batch above"], a: Float[Tensor, "batch above"], weight: Tensor
    ) -> Tensor:
        """Return the slope of ``sum((t W') * (a W'))`` by the weights of the ``a``."""
        return self.pairs(self.down(t, weight), a)


@final
@dataclass(frozen=True)
class Full(Joint):
    """All units with all: weights of shape (below, above)."""

    n_below: int
    n_above: int

    @property
    def below(self) -> int:
        """Units that enter."""
        return self.n_below

    @property
    def above(self) -> int:
        """Units that come out."""
        return self.n_above

    @property
    def weight_shape(self) -> tuple[int, ...]:
        """Shape of the weights."""
        return (self.n_below, self.n_above)

    @property
    def n_biases(self) -> int:
        """One for each unit above."""
        return self.n_above

    @property
    def n_joined(self) -> tuple[int, int]:
        """All of them."""
        return (self.n_below, self.n_above)

    @property
    def turned(self) -> "Full":
        """The joint of the transposed map."""
        return Full(self.n_above, self.n_below)

    def transposed(self, weight: Tensor) -> Tensor:
        """Return the weights of the transposed map, as a view."""
        return weight.t()

    def field(self, x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        """Return ``x W + b``."""
        return torch.addmm(bias, x, weight)

    def up(self, x: Tensor, weight: Tensor) -> Tensor:
        """Return ``x W``."""
        return x @ weight

    def down(self, y: Tensor, weight: Tensor) -> Tensor:
        """Return ``y W'``."""
        return y @ weight.t()

    def pairs(self, x: Tensor, y: Tensor) -> Tensor:
        """Return ``x' y``."""
        return x.t() @ y

    def of_biases(self, slope: Tensor, dtype: torch.dtype) -> Tensor:
        """Return the sum over rows."""
        return slope.sum(0, dtype=dtype)

    def sizes(self, weight: Tensor) -> Tensor:
        """Return the sum of squares of each unit's weights."""
        return weight.square().sum(0)

    def of_sizes(self, weight: Tensor, mass: Tensor) -> Tensor:
        """Return the slope of ``sum(mass * sizes)`` by the weights."""
        return 2 * weight * mass

    def gram(self, a: Tensor, weight: Tensor) -> Tensor:
        """Return ``a W' W``, without ``a W'``."""
        return a @ (weight.t() @ weight)

    def of_gram(self, t: Tensor, a: Tensor, weight: Tensor) -> Tensor:
        """Return ``W t' a``."""
        return weight @ (t.t() @ a)
