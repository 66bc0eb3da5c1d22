"""What all autoencoders declare alike, and how each is built and trained from it."""

import copy
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal, TypeAlias

import torch
from torch import Generator, Tensor

from embudo._types import Fraction, PositiveInt, Sizes
from embudo.data.survey import Survey
from embudo.estimators.autoencoding import AutoencodingEstimator, trip_measures
from embudo.estimators.backprop_parameters import (
    AUTO_RATE,
    BackpropParameters,
    adam_of,
    precision_of,
)
from embudo.estimators.columns import Visible
from embudo.estimators.handing_on import check_fits
from embudo.estimators.inputs import Admitted
from embudo.estimators.rates import unit_means
from embudo.estimators.stages import Stage
from embudo.modules.backprop import Backprop, objective
from embudo.modules.funnel import Funnel
from embudo.modules.network import ActivationName
from embudo.training.objective import Objective

Activation: TypeAlias = Literal["elu", "relu", "sigmoid", "tanh", "linear"]


@dataclass(eq=False, repr=False, kw_only=True)
class FunnelParameters(AutoencodingEstimator, BackpropParameters):
    """The network, and what its columns are.

    Parameters
    ----------
    n_components : int, default=30
        Units of the code.
    hidden : tuple of int or None, default=(512, 256)
        Units of each layer from the columns down to the code; the way up has them in reverse.
        None joins the columns straight to the code.
    activation : {"elu", "relu", "sigmoid", "tanh", "linear"}, default="elu"
        Of these layers.
    tied : bool, default=False
        Whether the way up has the weights of the way down, transposed; biases are its own.
    dropout : float, default=0.0
        Share of these layers' units that is left out in training, drawn anew for each row and
        update.
    visible : {"auto", "bernoulli", "gaussian", "softmax"}, default="auto"
        What the columns are. "auto" takes Bernoulli units if every observed value lies in [0, 1],
        and otherwise Gaussian units on internally standardised columns; of a frame with texts or
        with numbers beyond [0, 1], columns of two values become Bernoulli units, other texts
        Softmax units with a state for each category, other numbers Gaussian units. "softmax" takes
        the whole numbers 0, 1, ... of an array for states. What was chosen stands in ``layout_``.

    Attributes
    ----------
    visible_ : str
        The kind of units in use: "bernoulli", "gaussian", "softmax" or "mixed".
    module_ : Funnel
        The network, as torch tensors.
    """

    n_components: PositiveInt = 30
    hidden: Sizes | None = (512, 256)
    activation: Activation = "elu"
    tied: bool = False
    dropout: Fraction = 0.0
    visible: Visible = "auto"

    def _code(self) -> ActivationName:
        """Return the activation of the code."""
        return "linear"

    def _bottleneck(self) -> dict[str, Any]:
        """Return what stands between encoder and decoder."""
        return {"name": "plain"}

    def _backprop(self, module: Funnel, precision: torch.dtype) -> Backprop:
        """Return how the network is to learn."""
        # Double precision is for small models that follow weights of rows to the last digit.
        return Backprop(precision, self.dropout, merge=precision is torch.float64)

    def _build(
        self,
        X: Admitted,
        weight: Tensor | None,
        facts: Survey,
        device: torch.device,
        generator: Generator,
    ) -> Funnel:
        sizes = (tuple(self.hidden or ()), self.n_components, self.activation, self._code())
        module = Funnel(self.layout_.kinds, *sizes, self.tied, self._bottleneck())
        if self._unrolled is not None:
            check_fits(type(self).__name__, module.config, self._unrolled.config)
            return copy.deepcopy(self._unrolled).to(device)
        module = module.to(device)
        rates = unit_means(module, X.table, facts.mean, weight)
        module.initialise(facts.mean.to(device), facts.scale.to(device), rates, generator)
        return module

    def _stages(self, module: Funnel) -> tuple[Stage, ...]:
        return (
            Stage(
                objectives=partial(self._objectives, module),
                measures=partial(trip_measures, module),
                epochs=self.epochs,
                rate=AUTO_RATE if isinstance(self.learning_rate, str) else self.learning_rate,
                watched=self.watched,
                optimizer=adam_of,
            ),
        )

    def _objectives(self, module: Funnel, one_batch: bool) -> tuple[Objective, ...]:
        precision = precision_of(module.encoder, self.precision, self.batch_size, one_batch)
        return (objective(module, self._backprop(module, precision)),)
