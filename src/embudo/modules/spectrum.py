"""The singular values of the weights while they learn."""

import numpy as np
import torch
from numpy.typing import NDArray

from embudo.training.events import Callback
from embudo.training.run import Run


class SingularValues(Callback):
    """Keeps the singular values of the weights after every epoch.

    An RBM learns one direction after the other: its singular values leave the bulk of the small
    random ones where learning began, each in its turn (Decelle, Fissore and Furtlehner 2017).
    Where none rises any more, the structure has been found.

    Each epoch costs a singular value decomposition, which is why it has to be asked for.

    Attributes
    ----------
    values : array of shape (epochs, min(n_units, n_components))
        One row for each epoch heard of, the largest value first.
    """

    def __init__(self) -> None:
        self._rows: list[NDArray[np.float32]] = []

    @property
    def values(self) -> NDArray[np.float32]:
        """One row of singular values for each epoch."""
        return np.array(self._rows)

    def on_epoch(self, run: Run) -> None:
        """Decompose the weights."""
        weight = run.module.get_parameter("weight").detach()
        self._rows.append(torch.linalg.svdvals(weight).numpy(force=True))
