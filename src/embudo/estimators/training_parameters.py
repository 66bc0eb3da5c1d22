"""The parameters of training that all estimators have."""

from dataclasses import dataclass
from typing import Literal

from embudo._types import Fraction, NonNegativeFloat, PositiveInt
from embudo.declarations.training import RunParameters


@dataclass(eq=False, repr=False, kw_only=True)
class TrainingParameters(RunParameters):
    """Momentum, decay and precision, and what is held out to stop by.

    Parameters
    ----------
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

    Attributes
    ----------
    layout_ : Layout
        What each column became, with its name, type and categories if it was one of a frame.
    n_features_in_ : int
        Number of columns seen in ``fit``.
    feature_names_in_ : array of str
        Their names, if X had any.
    """

    momentum: Fraction = 0.5
    weight_decay: NonNegativeFloat = 0.0
    precision: Literal["auto", "float32", "bfloat16"] = "auto"
    validation_fraction: Fraction | None = None
    early_stopping: bool = False
    patience: PositiveInt = 5
