"""Rows of any kind as the numbers that all models are measured by."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from embudo.data.frames import library_of
from embudo.data.source import Matrix
from embudo.estimators.autoencoder import Autoencoder
from embudo.estimators.inputs import admit, map_rows
from embudo.modules.visible import VisibleLayer, expanded


@dataclass(frozen=True)
class Seen:
    """Rows as states of units.

    Numbers in [0, 1] are as they are, others standardised, categories ones among zeros; what is
    missing is 0.

    Parameters
    ----------
    values, present : ndarray of shape (n_rows, units)
    """

    values: Matrix
    present: npt.NDArray[np.bool_]


class Units:
    """Brings rows to units, with numbers standardised as these rows would have it.

    Parameters
    ----------
    rows : array, CSR matrix or data frame
    model : fitted estimator, optional
        Which knows what the columns are, also categories that these rows lack; by default they are
        what an autoencoder of the rows would take them for.
    """

    def __init__(self, rows: Any, model: Any = None) -> None:
        self._probe = probe = Autoencoder() if model is None else model
        admitted = admit(probe, rows, reset=model is None)
        facts, layout = probe._survey(admitted, None)
        if model is None:
            probe.layout_ = layout
        self._layer = VisibleLayer(expanded(layout.kinds))
        self._layer.place_on(facts.mean, facts.scale)

    def of(self, rows: Any) -> Seen:
        """Return rows as units."""
        layer, admitted = self._layer, admit(self._probe, rows, reset=False)

        def both(x: Tensor, observed: Tensor | None) -> Tensor:
            v, seen = layer.encode(x, observed)
            return torch.cat((v, torch.ones_like(v) if seen is None else seen), 1)

        found = map_rows(admitted, both, 2 * layer.n_units, torch.device("cpu"))
        values, present = np.split(found.astype(np.float32, copy=False), 2, axis=1)
        return Seen(values, present > 0)

    @property
    def numeric(self) -> npt.NDArray[np.bool_]:
        """Which units are numbers rather than categories."""
        numbers = np.ones(self._layer.n_units, bool)
        numbers[self._layer.stretch("softmax")] = False
        return numbers


def taken(rows: Any, places: npt.NDArray[np.intp]) -> Any:
    """Return some rows of an array, a matrix or a frame."""
    return rows.iloc[places] if library_of(rows) == "pandas" else rows[places]
