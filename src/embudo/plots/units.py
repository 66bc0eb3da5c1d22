"""The visible units of a model: what they are called, and the states that rows put them in."""

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from embudo.data.images import guess_image_shape
from embudo.data.layout import Column
from embudo.estimators.inputs import admit, map_rows

if TYPE_CHECKING:
    from embudo.estimators.base import Estimator

_SMALLEST_SIDE = 3  # four columns without names are a table rather than a picture


def holds_pictures(estimator: "Estimator") -> bool:
    """Say whether the columns are likely pixels: nameless, of one kind, as many as in a square."""
    n_features = estimator.n_features_in_
    named = estimator.layout_.columns[0].name is not None
    plain = len(estimator.layout_.summary) == 1 and "softmax" not in estimator.layout_.summary
    square = guess_image_shape(n_features) is not None and math.isqrt(n_features) >= _SMALLEST_SIDE
    return square and plain and not named


def names_of_units(estimator: "Estimator") -> tuple[npt.NDArray[np.intp], list[str]]:
    """Return the visible units in the order of the data's columns, and what each is called.

    A unit that stands for a category is called after the column and that category.

    Returns
    -------
    units : ndarray of int
        Where each stands in the layer.
    names : list of str
    """
    owner, names = [], []
    columns = estimator.layout_.columns
    layer = getattr(estimator.module_, "layer", None)  # without one each column is a unit
    order = range(len(columns)) if layer is None else layer.order
    for index in order[: len(columns)]:  # some layers add a label at last
        called = _called(columns[index], index)
        owner += [index] * len(called)
        names += called
    units = np.argsort(owner, kind="stable")
    return units, [names[unit] for unit in units]


def _called(column: Column, index: int) -> list[str]:
    name = f"x{index}" if column.name is None else str(column.name)
    if column.kind == "softmax":
        states = range(column.n_states) if column.categories is None else column.categories
        return [f"{name} = {state}" for state in states]
    if column.categories is not None:  # two of them: the unit is on for the second one
        return [f"{name} = {column.categories[-1]}"]
    return [name]


def device_of(estimator: "Estimator") -> torch.device:
    """Return where the parameters of a fitted estimator are."""
    device: torch.device = next(estimator.module_.parameters()).device
    return device


def states_of_rows(estimator: "Estimator", X: Any) -> tuple[Tensor, Tensor]:
    """Return the states that rows put the visible units in, and 1 for each that is observed.

    Returns
    -------
    v, observed : Tensor of shape (rows, units)
        ``v`` is 0 where an entry is missing.
    """
    layer = estimator.module_.layer

    def encode(x: Tensor, observed: Tensor | None) -> Tensor:
        v, seen = layer.encode(x, observed)
        return torch.cat([v, torch.ones_like(v) if seen is None else seen], 1)

    device = device_of(estimator)
    both = map_rows(admit(estimator, X, reset=False), encode, 2 * layer.n_units, device)
    v, observed = torch.from_numpy(both).float().to(device).chunk(2, 1)
    return v.contiguous(), observed.contiguous()
