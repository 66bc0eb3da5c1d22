"""The picture in a row, over which convolutions go."""

import math
from collections.abc import Sequence

from embudo.data.images import guess_image_shape
from embudo.errors import ParameterError
from embudo.kernels.bottlenecks import Bottleneck


def picture_in(
    kinds: Sequence[tuple[str, int, int]],
    image_shape: tuple[int, ...] | None,
    channels: tuple[int, ...],
) -> tuple[int, ...]:
    """Return height, width and channels of the picture in a row.

    Parameters
    ----------
    kinds : sequence of (name, n_states, count)
        Of the columns, equal neighbours counted together.
    image_shape : (height, width) or (height, width, channels), optional
        By default a square without colours.
    channels : tuple of int
        What the convolutions are to make of it, each at half its size.

    Raises
    ------
    ParameterError
        If the columns are no picture of that shape, or it is too small.
    """
    n_columns = sum(count for _, _, count in kinds)
    if len(kinds) > 1 or kinds[0][0] == "softmax":
        raise ParameterError(
            "architecture='conv' is for pictures, whose columns are all numbers of one kind, but "
            "these are not: take architecture='dense'"
        )
    shape = image_shape or guess_image_shape(n_columns)
    if shape is None or len(shape) not in (2, 3) or math.prod(shape) != n_columns:
        raise ParameterError(
            f"image_shape={image_shape} does not say how {n_columns} columns are a picture: give "
            "(height, width) or (height, width, 3), whose product is their number"
        )
    smallest = 2 ** len(channels)
    if min(shape[:2]) < smallest:
        raise ParameterError(
            f"channels={channels} halves a picture of {shape[0]} x {shape[1]} {len(channels)} "
            f"times, for which both sides need at least {smallest} pixels: give fewer channels"
        )
    return (*shape, 1) if len(shape) == 2 else shape


def code_channels(shape: tuple[int, ...], channels: tuple[int, ...], n_components: int) -> int:
    """Return the channels of a code that is a picture.

    Raises
    ------
    ParameterError
        If so many components are no picture of the size that the convolutions leave.
    """
    height, width = shape[0] >> len(channels), shape[1] >> len(channels)
    points = height * width
    if n_components % points:
        fewer = max(1, n_components // points) * points
        raise ParameterError(
            f"n_components={n_components}, but architecture='fully_conv' leaves {height} x {width} "
            f"points, of which the code has a number of channels: take a multiple of {points}, "
            f"such as {fewer}"
        )
    return n_components // points


def check_pictured(hidden: tuple[int, ...] | None, bottleneck: Bottleneck) -> None:
    """Refuse a code that is a picture where something needs one of separate units.

    Raises
    ------
    ParameterError
        If there are layers of all units below it, or units are drawn or revived one by one.
    """
    if hidden:
        raise ParameterError(
            f"architecture='fully_conv' has convolutions only, but hidden={hidden}: take "
            "hidden=None, or architecture='conv', where these layers follow the convolutions"
        )
    if bottleneck.width != 1 or bottleneck.loses_units:
        raise ParameterError(
            "architecture='fully_conv' makes a code whose units share their weights, which this "
            "model cannot draw or revive one by one: take architecture='conv'"
        )
