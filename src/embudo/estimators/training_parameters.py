"""The parameters of training, which are the same for every model."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from embudo._types import Fraction, NonNegativeFloat, PositiveFloat, PositiveInt, Seed
from embudo.estimators.declaration import Documented
from embudo.training.events import Callback


@dataclass(eq=False, repr=False, kw_only=True)
class TrainingParameters(Documented):
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
    momentum : float, default=0.5
        Share of the last update that is carried into the next one.
    weight_decay : float, default=0.0
        L2 penalty on the weights, never on the biases.
    precision : {"auto", "float32", "bfloat16"}, default="auto"
        Precision of matrix products while training; "auto" takes bfloat16 where the processor
        multiplies it faster, and float64 where all rows make one batch of a small model.
        Parameters stay in float32.
    validation_fraction : float, optional
        Share of the rows held out to measure on; by default 0.1 with early stopping, else 0.
    early_stopping : bool, default=False
        Whether to end when the held-out rows are no longer met better, and go back to the best
        epoch.
    patience : int, default=5
        Epochs without improvement before early stopping ends training.
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
    layout_ : Layout
        What each column became, with its name, type and categories if it was one of a frame.
    history_ : History
        One row for each epoch; ``history_["epoch"]`` is a column.
    n_iter_ : int
        Epochs trained.
    n_features_in_ : int
        Number of columns seen in ``fit``.
    feature_names_in_ : array of str
        Their names, if X had any.
    module_ : torch.nn.Module
        What was learned, as torch tensors.
    """

    epochs: PositiveInt = 20
    batch_size: PositiveInt = 64
    learning_rate: PositiveFloat | Literal["auto"] = "auto"
    schedule: Literal["constant", "linear", "cosine"] = "constant"
    momentum: Fraction = 0.5
    weight_decay: NonNegativeFloat = 0.0
    precision: Literal["auto", "float32", "bfloat16"] = "auto"
    validation_fraction: Fraction | None = None
    early_stopping: bool = False
    patience: PositiveInt = 5
    callbacks: Sequence[Callback] = ()
    device: str = "auto"
    random_state: Seed | np.random.RandomState | None = None
    verbose: int = 0
