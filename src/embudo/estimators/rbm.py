"""The restricted Boltzmann machine as an estimator."""

from dataclasses import dataclass
from typing import final

import torch
from torch import Generator, Tensor

from embudo._types import PositiveInt
from embudo.data.batches import Batch
from embudo.data.survey import Survey
from embudo.estimators.density import DensityEstimator
from embudo.estimators.inputs import Admitted
from embudo.estimators.rates import unit_means
from embudo.estimators.rbm_parameters import RBMParameters
from embudo.modules.learning import HiddenKind
from embudo.modules.measures import measures
from embudo.modules.rbm import RBMModule
from embudo.training.objective import Objective


@final
@dataclass(eq=False, repr=False, kw_only=True)
class RBM(DensityEstimator, RBMParameters):
    """Restricted Boltzmann machine.

    A visible and a hidden layer without connections inside a layer. It encodes by
    ``y = sigmoid(x W + b_h)``, decodes by ``r = sigmoid(y W' + b_v)`` (for Gaussian units without
    the sigmoid), and learns the distribution of the data by following the difference between
    their moments (positive phase) and the model's own (negative phase).

    Parameters
    ----------
    n_components : int, default=256
        Number of hidden units.
    hidden : {"bernoulli", "relu", "gaussian"}, default="bernoulli"
        Kind of the hidden units: on or off, a Gaussian cut off at 0, or a Gaussian.

    Attributes
    ----------
    components_ : array of shape (n_components, n_features)
        The weights, one row for each hidden unit: ``W'``.
    intercept_hidden_ : array of shape (n_components,)
        Biases of the hidden units.
    intercept_visible_ : array of shape (n_features,)
        Biases of the visible units.
    module_ : RBMModule
        Parameters and chains as torch tensors.

    Examples
    --------
    >>> from embudo import RBM
    >>> from sklearn.datasets import load_digits
    >>> X = load_digits().data / 16
    >>> rbm = RBM(n_components=64, epochs=5, random_state=0).fit(X)
    >>> rbm.transform(X).shape
    (1797, 64)
    """

    n_components: PositiveInt = 256
    hidden: HiddenKind = "bernoulli"

    def _build(
        self,
        X: Admitted,
        weight: Tensor | None,
        facts: Survey,
        device: torch.device,
        generator: Generator,
    ) -> RBMModule:
        sizes = (self.n_components, self.hidden, *self._replicas)
        module = RBMModule(self.layout_.kinds, *sizes).to(device)
        rates = unit_means(module, X.table, facts.mean, weight)
        module.initialise(facts.mean.to(device), facts.scale.to(device), rates, generator)
        return module

    def _objectives(self, module: RBMModule, one_batch: bool) -> tuple[Objective, ...]:
        return module.objectives(self._learning(module, one_batch))

    def _rate(self, module: RBMModule) -> float:
        return self._rbm_rate(module)

    def _measures(
        self, module: RBMModule, train: Batch, validation: Batch | None
    ) -> dict[str, float]:
        return measures(module, train, validation)
