"""How networks are trained by backprop: Adam, and the precision of their products."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import nn

from embudo._types import Fraction, PositiveInt
from embudo.estimators.training_parameters import TrainingParameters
from embudo.kernels.joints import Joint
from embudo.training.hardware import Precision, choose_precision
from embudo.training.optimizers import FusedAdam, adam

AUTO_RATE = 1e-3  # of Adam; Kingma and Ba (2015)


@dataclass(eq=False, repr=False, kw_only=True)
class BackpropParameters(TrainingParameters):
    """Backprop with Adam.

    Parameters
    ----------
    batch_size : int, default=128
        Rows for each update.
    learning_rate : float or "auto", default="auto"
        Step size of Adam; "auto" is 0.001.
    momentum : float, default=0.9
        Adam's memory of past gradients, its first beta.
    """

    batch_size: PositiveInt = 128
    momentum: Fraction = 0.9


def adam_of(
    parameters: Sequence[nn.Parameter],
    *,
    learning_rate: float,
    momentum: float,
    weight_decay: float,
) -> FusedAdam:
    """Return Adam with an estimator's settings."""
    betas = (momentum, 0.999)
    return adam(parameters, learning_rate=learning_rate, betas=betas, weight_decay=weight_decay)


def precision_of(
    joint: Joint, device: torch.device, name: Precision, batch_size: int, one_batch: bool
) -> torch.dtype:
    """Return the type of the matrix products, by those of the first layer, mostly the largest."""
    return choose_precision(name, device, batch_size * joint.n_products, one_batch)
