"""How the units of two layers hang together: all with all, or patches of a picture with points.

A joint says which entries of a layer's matrix there are; the numbers are handed to it. Rows stay
flat: a picture's units stand point by point, the channels of a point together.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from typing import NamedTuple, final

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import conv2d, conv_transpose2d

_MARGIN = 1  # zeros around a picture


class Picture(NamedTuple):
    """The shape of a picture whose units a row holds."""

    height: int
    width: int
    channels: int

    @property
    def n_units(self) -> int:
        """How many units it has."""
        return self.height * self.width * self.channels

    def halved(self, channels: int) -> "Picture":
        """Return the shape of a picture of half the size."""
        return Picture(self.height // 2, self.width // 2, channels)


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


@final
@dataclass(frozen=True)
class Patches(Joint):
    """Every unit of a picture with a patch of a finer one: a convolution.

    Weights have the shape (channels of the coarse one, channels of the fine one, side, side), also
    where the map is the transposed one and leads from the coarse picture to the fine one.

    Attributes
    ----------
    fine, coarse : Picture
    side : int
        Of a patch, in points of the fine picture.
    stride : int
        How far apart patches are. A side that strides divide leaves no chequers.
    refines : bool
        Whether it leads from the coarse picture to the fine one.
    """

    fine: Picture
    coarse: Picture
    side: int
    stride: int
    refines: bool = False

    @property
    def below(self) -> int:
        """Units that enter."""
        return self._entering.n_units

    @property
    def above(self) -> int:
        """Units that come out."""
        return self._leaving.n_units

    @property
    def weight_shape(self) -> tuple[int, ...]:
        """Shape of the weights."""
        return (self.coarse.channels, self.fine.channels, self.side, self.side)

    @property
    def n_biases(self) -> int:
        """One for each channel that comes out."""
        return self._leaving.channels

    @property
    def n_joined(self) -> tuple[int, int]:
        """A patch's units, and the patches that a unit lies in."""
        patch = self.side**2 * self.fine.channels
        covering = (self.side // self.stride) ** 2 * self.coarse.channels
        return (covering, patch) if self.refines else (patch, covering)

    @property
    def turned(self) -> "Patches":
        """The joint of the transposed map."""
        return replace(self, refines=not self.refines)

    def transposed(self, weight: Tensor) -> Tensor:
        """Return the weights as they are: they know both directions."""
        return weight

    def field(self, x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        """Return ``x W + b``."""
        return self._refined(x, weight, bias) if self.refines else self._patched(x, weight, bias)

    def up(self, x: Tensor, weight: Tensor) -> Tensor:
        """Return ``x W``."""
        flat = x.flatten(0, -2)
        found = self._refined(flat, weight) if self.refines else self._patched(flat, weight)
        return found.view(*x.shape[:-1], -1)

    def down(self, y: Tensor, weight: Tensor) -> Tensor:
        """Return ``y W'``."""
        return self.turned.up(y, weight)

    def pairs(self, x: Tensor, y: Tensor) -> Tensor:
        """Return the slope of ``sum(y * (x W))`` by the weights."""
        fine, coarse = (y, x) if self.refines else (x, y)
        found: Tensor = torch.ops.aten.convolution_backward(
            _picture(coarse, self.coarse),
            _picture(fine, self.fine),
            fine.new_empty(self.weight_shape),
            None,
            (self.stride, self.stride),
            (_MARGIN, _MARGIN),
            (1, 1),
            False,
            (0, 0),
            1,
            (False, True, False),
        )[1]
        return found

    def of_biases(self, slope: Tensor, dtype: torch.dtype) -> Tensor:
        """Return the sum over rows and points."""
        return slope.reshape(-1, self.n_biases).sum(0, dtype=dtype)

    @property
    def _entering(self) -> Picture:
        return self.coarse if self.refines else self.fine

    @property
    def _leaving(self) -> Picture:
        return self.fine if self.refines else self.coarse

    def _patched(self, x: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
        picture = _picture(x, self.fine)
        return _row(conv2d(picture, weight, bias, self.stride, _MARGIN))

    def _refined(self, x: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
        lost = (self._beyond(self.fine.height), self._beyond(self.fine.width))
        picture = _picture(x, self.coarse)
        return _row(conv_transpose2d(picture, weight, bias, self.stride, _MARGIN, lost))

    def _beyond(self, length: int) -> int:
        """Return how many points of a length the last patch does not reach."""
        return (length + 2 * _MARGIN - self.side) % self.stride


def _picture(x: Float[Tensor, "batch units"], shape: Picture) -> Float[Tensor, "batch c h w"]:
    return x.reshape(-1, *shape).permute(0, 3, 1, 2)


def _row(picture: Float[Tensor, "batch c h w"]) -> Float[Tensor, "batch units"]:
    return picture.permute(0, 2, 3, 1).flatten(1)
