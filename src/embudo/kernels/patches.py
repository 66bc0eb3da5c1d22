"""A picture and a coarser one, joined patch by patch: convolutions as joints.

A picture's units stand in a row point by point, the channels of a point together.
"""

from dataclasses import dataclass, replace
from typing import NamedTuple, final

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import conv2d, conv_transpose2d, fold

from embudo.kernels.joints import Joint

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
        if self.fine.channels == 1 and not torch.compiler.is_exporting():
            # One product and a sum of patches: several times as fast as convolving for one channel.
            points = x.reshape(len(x), -1, self.coarse.channels) @ weight.flatten(1)
            size, steps = self.fine[:2], (self.stride, self.stride)
            found = fold(points.mT, size, (self.side, self.side), 1, _MARGIN, steps).flatten(1)
            return found if bias is None else found + bias
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
