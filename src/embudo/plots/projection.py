"""What a unit of a hidden layer does to the data: its filter, projected down through the layers."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor

from embudo.errors import ParameterError
from embudo.estimators.inputs import Floats, as_array
from embudo.estimators.sampling import chained
from embudo.plots.units import device_of

if TYPE_CHECKING:
    from embudo.estimators.layered import LayeredEstimator

_DREAMS, _SWEEPS = 100, 200  # where there are no data
_GLANCE, _LOOK = 8, 100  # rows beside which all units are compared, and those shown are drawn
_STATES = 4096  # of a layer that are decoded at a time

Decode = Callable[[Tensor], Tensor]


def rows_beside(estimator: "LayeredEstimator", X: Any, random_state: int) -> Any:
    """Return rows beside which units are seen: evenly spaced ones, or dreams of the model.

    Raises
    ------
    ParameterError
        If there are no data, and the model does not draw any.
    """
    if X is not None:
        return X[:: max(1, X.shape[0] // _LOOK)][:_LOOK]
    draw: Any = getattr(estimator, "sample", None)
    if draw is None:
        raise ParameterError(
            f"what a unit does is seen beside rows, and {type(estimator).__name__} draws none "
            "itself: give some as X"
        )
    return draw(_DREAMS, random_state=random_state, **chained(estimator, _SWEEPS))


@torch.no_grad()
def strongest_projections(
    estimator: "LayeredEstimator", layer: int, rows: Any, n: int
) -> tuple[Tensor, Floats]:
    """Return how up to ``n`` units of a layer move the means of the visible units.

    It is the mean over rows of ``E[v | h_j = 1, others] - E[v | h_j = 0, others]`` on the model's
    own way down, the other units of the layer being as each row has them.

    Parameters
    ----------
    estimator : fitted estimator of several layers
    layer : int
        Counted from 0 upwards.
    rows : array, CSR matrix or data frame of shape (n_rows, n_features)
    n : int
        Those that move them most, as seen beside a few of the rows.

    Returns
    -------
    units : Tensor of shape (n,)
        The one that moves most first.
    filters : ndarray of shape (n, visible units)
    """
    codes = np.asarray(estimator.transform(rows, layer=layer), np.float32)
    h = torch.from_numpy(codes).to(device_of(estimator))

    def decode(states: Tensor) -> Tensor:
        return estimator.module_.decode(states, layer + 1)

    few = h[:: max(1, len(h) // _GLANCE)][:_GLANCE]
    glance = moved(decode, few, torch.arange(h.shape[1], device=h.device))
    likely = glance.norm(dim=1).argsort(descending=True, stable=True)[:n]
    found = moved(decode, h, likely)
    order = found.norm(dim=1).argsort(descending=True, stable=True)
    return likely[order], as_array(found[order])


def moved(decode: Decode, h: Tensor, units: Tensor) -> Tensor:
    """Return what is decoded with each unit at 1, minus what is with it at 0, averaged over rows.

    Parameters
    ----------
    decode : callable
        From states of a layer to means of the visible units.
    h : Tensor of shape (rows, units of the layer)
    units : Tensor of shape (n,)

    Returns
    -------
    Tensor of shape (n, visible units)
    """
    found = []
    for some in units.split(max(1, _STATES // len(h))):
        off = h.repeat(len(some), 1)
        place = some.repeat_interleave(len(h))[:, None]
        off.scatter_(1, place, 0)
        change = decode(off.scatter(1, place, 1)) - decode(off)
        found.append(change.unflatten(0, (len(some), len(h))).mean(1))
    return torch.cat(found)
