"""The deep autoencoder as an estimator."""

import copy
from dataclasses import dataclass
from functools import partial
from typing import Literal, TypeAlias, final

import torch
from torch import Generator, Tensor

from embudo._types import PositiveInt, Sizes
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
from embudo.training.objective import Objective

Activation: TypeAlias = Literal["elu", "relu", "sigmoid", "tanh", "linear"]
Code: TypeAlias = Literal["linear", "elu", "relu", "sigmoid", "tanh", "truncated"]


@final
@dataclass(eq=False, repr=False, kw_only=True)
class Autoencoder(AutoencodingEstimator, BackpropParameters):
    """Deep autoencoder.

    A network that leads down to a few numbers, the code, and a mirrored one that leads up again,
    trained by backprop to give every row back. What a column is decides how its error counts:
    cross-entropy for one of zeros and ones or of categories, half the squared error, in units of
    the column's variance, for one of real numbers. Missing entries take part neither in the
    input nor in the loss.

    :meth:`DBN.to_autoencoder` returns one that starts from a stack of restricted Boltzmann
    machines.

    Parameters
    ----------
    n_components : int, default=30
        Units of the code.
    hidden : tuple of int or None, default=(512, 256)
        Units of each layer from the columns down to the code; the way up has them in reverse.
        None joins the columns straight to the code.
    activation : {"elu", "relu", "sigmoid", "tanh", "linear"}, default="elu"
        Of these layers.
    code : {"linear", "elu", "relu", "sigmoid", "tanh", "truncated"}, default="linear"
        Activation of the code; "truncated" is the mean of a Gaussian cut off at 0.
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

    Examples
    --------
    >>> from embudo import Autoencoder
    >>> from sklearn.datasets import load_digits
    >>> X = load_digits().data / 16
    >>> auto = Autoencoder(n_components=8, hidden=(64, 32), epochs=5, random_state=0).fit(X)
    >>> auto.transform(X).shape
    (1797, 8)
    """

    n_components: PositiveInt = 30
    hidden: Sizes | None = (512, 256)
    activation: Activation = "elu"
    code: Code = "linear"
    visible: Visible = "auto"

    def _build(
        self,
        X: Admitted,
        weight: Tensor | None,
        facts: Survey,
        device: torch.device,
        generator: Generator,
    ) -> Funnel:
        sizes = (tuple(self.hidden or ()), self.n_components, self.activation, self.code)
        module = Funnel(self.layout_.kinds, *sizes)
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
        sizes = (self.precision, self.batch_size, one_batch)
        return (objective(module, Backprop(precision_of(module.encoder, *sizes))),)
