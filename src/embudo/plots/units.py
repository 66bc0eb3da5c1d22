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
    from embudo.estimators.rbm import RBM

_SMALLEST_SIDE = 3  # four columns without names are a table rather than a picture


def holds_pictures(estimator: "RBM") -> bool:
    """Say whether the columns are likely pixels: nameless, of one kind, as many as in a square."""
    n_features = estimator.n_features_in_
    named = estimator.layout_.columns[0].name is not None
    layer = estimator.module_.layer
    plain = len(layer.groups) == 1 and "softmax" not in layer.kind_names
    square = guess_image_shape(n_features) is not None and math.isqrt(n_features) >= _SMALLEST_SIDE
    return square and plain and not named


def names_of_units(estimator: "RBM") -> tuple[npt.NDArray[np.intp], list[str]]:
    """Return the visible units in the order of the data's columns, and what each is called.

    A unit that stands for a category is called after the column and that category.

    Returns
    -------
    units : ndarray of int
        Where each stands in the layer.
    names : list of str
    """
    owner, names = [], []
    for index in estimator.module_.layer.order:
        called = _called(estimator.layout_.columns[index], index)
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


def states_of_rows(estimator: "RBM", X: Any) -> tuple[Tensor, Tensor]:
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

    device = estimator.module_.weight.device
    both = map_rows(admit(estimator, X, reset=False), encode, 2 * layer.n_units, device)
    v, observed = torch.from_numpy(both).float().to(device).chunk(2, 1)
    return v.contiguous(), observed.contiguous()
