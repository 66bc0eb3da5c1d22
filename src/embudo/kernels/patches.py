"""A picture and a coarser one, joined patch by patch: convolutions as joints.

A picture's units stand in a row point by point, the channels of a point together.
"""

from dataclasses import dataclass, replace
from typing import NamedTuple, final

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import conv2d, conv_transpose2d

from embudo.kernels.joints import Joint

_MARGIN = 1  # zeros around a picture
_FEW_CHANNELS = 4


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
        few = self.fine.channels <= _FEW_CHANNELS and self.side % self.stride == 0
        if few and not torch.compiler.is_exporting():  # in a graph a convolution stays one
            found = self._laid_over(x, weight)
            return (found if bias is None else found + bias).flatten(1)
        lost = (self._beyond(self.fine.height), self._beyond(self.fine.width))
        picture = _picture(x, self.coarse)
        return _row(conv_transpose2d(picture, weight, bias, self.stride, _MARGIN, lost))

    def _laid_over(self, x: Tensor, weight: Tensor) -> Tensor:
        """Return the fine picture, channels last, as one product whose patches are summed up.

        Of few channels that is several times as fast as what convolutions do.
        """
        (height, width, channels), stride = self.coarse, self.stride
        points = x.reshape(-1, channels) @ weight.flatten(1)
        patches = points.view(-1, height, width, self.fine.channels, self.side, self.side)
        over = self.side - stride
        tall, wide = height * stride, width * stride
        sheet = points.new_zeros(len(x), tall + over, wide + over, self.fine.channels)
        for down in range(0, self.side, stride):
            for right in range(0, self.side, stride):
                part = patches[..., down : down + stride, right : right + stride]
                part = part.permute(0, 1, 4, 2, 5, 3).reshape(-1, tall, wide, self.fine.channels)
                sheet[:, down : down + tall, right : right + wide] += part
        shown = (
            slice(_MARGIN, _MARGIN + self.fine.height),
            slice(_MARGIN, _MARGIN + self.fine.width),
        )
        return sheet[:, shown[0], shown[1]]

    def _beyond(self, length: int) -> int:
        """Return how many points of a length the last patch does not reach."""
        return (length + 2 * _MARGIN - self.side) % self.stride


def _picture(x: Float[Tensor, "batch units"], shape: Picture) -> Float[Tensor, "batch c h w"]:
    return x.reshape(-1, *shape).permute(0, 3, 1, 2)


def _row(picture: Float[Tensor, "batch c h w"]) -> Float[Tensor, "batch units"]:
    return picture.permute(0, 2, 3, 1).flatten(1)
