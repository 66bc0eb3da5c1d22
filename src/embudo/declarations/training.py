"""The parameters of a training, which are the same for every model that has one."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from embudo._types import PositiveFloat, PositiveInt, Seed
from embudo.declarations.docstrings import Documented
from embudo.training.events import Callback


@dataclass(eq=False, repr=False, kw_only=True)
class RunParameters(Documented):
    """How long, how fast, where and from which seed to train.

    Parameters
    ----------
    epochs : int, default=20
        Passes over the data.
    batch_size : int, default=64
        Rows for each update.
    learning_rate : float or "auto", default="auto"
        Step size.
    schedule : {"constant", "linear", "cosine"}, default="constant"
        How the learning rate falls, to 0 at the end of training unless it is constant.
    callbacks : sequence of Callback, default=()
        Told of start, steps, epochs and end of training; not saved with the model.
    device : str, default="auto"
        Where to train, such as "cpu" or "cuda:0"; "auto" is a GPU if there is one.
    random_state : int, RandomState instance or None, default=None
        Seed; the same one gives the same bits on the same machine and number of threads.
    verbose : int, default=0
        1 writes a line after every epoch.

    Attributes
    ----------
    history_ : History
        One row for each epoch; ``history_["epoch"]`` is a column.
    n_iter_ : int
        Epochs trained.
    module_ : torch.nn.Module
        What was learned, as torch tensors.
    """

    epochs: PositiveInt = 20
    batch_size: PositiveInt = 64
    learning_rate: PositiveFloat | Literal["auto"] = "auto"
    schedule: Literal["constant", "linear", "cosine"] = "constant"
    callbacks: Sequence[Callback] = ()
    device: str = "auto"
    random_state: Seed | np.random.RandomState | None = None
    verbose: int = 0
