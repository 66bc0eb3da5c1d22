"""The restricted Boltzmann machine that knows labels, as an estimator."""

from dataclasses import dataclass, replace
from typing import ClassVar, Literal, final

import torch
from torch import Generator, Tensor

from embudo._types import PositiveFloat, PositiveInt
from embudo.data.batches import Batch
from embudo.data.survey import Survey
from embudo.errors import ParameterError
from embudo.estimators.inputs import Admitted
from embudo.estimators.labelled import LabelledEstimator
from embudo.estimators.rates import unit_means
from embudo.estimators.rbm_parameters import RBMParameters
from embudo.estimators.stages import Stage
from embudo.modules.label_measures import label_measures
from embudo.modules.label_rbm import LabelRBMModule
from embudo.modules.learning import HiddenKind
from embudo.training.objective import Objective

_OF_LABELS = 10.0  # times the rate of the contrast: where a cross-entropy learns as fast


@final
@dataclass(eq=False, repr=False, kw_only=True)
class RBMClassifier(LabelledEstimator, RBMParameters):
    """Restricted Boltzmann machine that knows labels.

    The label is one more visible variable, beside the columns of the data, so that one model holds
    the joint distribution ``p(x, y)``. What it says of the label of a row is exact,
    ``p(y | x) = softmax_y(d_y + sum_j log(1 + exp(b_j + x W_j + U_yj)))``, and so is the slope of
    its logarithm (Larochelle and Bengio 2008). It may learn the joint distribution (a generative
    model), the label given the row (a discriminative one), or both at once.

    Parameters
    ----------
    n_components : int, default=500
        Number of hidden units.
    hidden : {"bernoulli", "relu", "gaussian"}, default="bernoulli"
        Kind of the hidden units: on or off, a Gaussian cut off at 0, or a Gaussian.
    objective : {"hybrid", "discriminative", "generative"}, default="hybrid"
        What is learned: ``log p(x, y)`` by the contrast of an RBM ("generative"),
        ``log p(y | x)`` by its exact slope ("discriminative"), or
        ``log p(y | x) + generative_weight * log p(x, y)`` ("hybrid").
    generative_weight : float, default=0.05
        Share of the generative part in the hybrid objective: it keeps the model from learning the
        labels by heart, and is all that rows without a label are learned from.
    unlabelled : int, str or None, default=None
        The value of ``y`` that marks a row without a label, such as -1; None if all have one. The
        generative part learns ``log p(x)`` from such a row, the discriminative part nothing.
    learning_rate : float or "auto", default="auto"
        Step size. "auto" is that of :class:`embudo.RBM` with the generative objective, and ten
        times as much with the others, whose slopes are smaller.
    sparsity_weight : float, default=0.0
        How strongly, as the factor on the Kullback-Leibler divergence from target to activation;
        part of the generative objective.
    early_stopping : bool, default=False
        Whether to end when ``log p(y | x)`` of held-out rows no longer rises, and go back to the
        best epoch.

    Attributes
    ----------
    classes_ : array of shape (n_classes,)
        The labels, in order.
    components_ : array of shape (n_components, n_features)
        The weights of the columns, one row for each hidden unit.
    components_label_ : array of shape (n_components, n_classes)
        The weights of the label.
    intercept_hidden_ : array of shape (n_components,)
        Biases of the hidden units.
    intercept_visible_ : array of shape (n_features,)
        Biases of the columns' units.
    intercept_label_ : array of shape (n_classes,)
        Biases of the label's units.
    module_ : LabelRBMModule
        Parameters and chains as torch tensors.

    Examples
    --------
    >>> from embudo import RBMClassifier
    >>> from sklearn.datasets import load_digits
    >>> X, y = load_digits(return_X_y=True)
    >>> model = RBMClassifier(n_components=64, epochs=5, random_state=0).fit(X / 16, y)
    >>> model.predict_proba(X / 16).shape
    (1797, 10)
    >>> model.sample(4, y=3).shape
    (4, 64)
    """

    n_components: PositiveInt = 500
    hidden: HiddenKind = "bernoulli"
    objective: Literal["hybrid", "discriminative", "generative"] = "hybrid"
    generative_weight: PositiveFloat = 0.05
    unlabelled: int | str | None = None

    watched: ClassVar[str] = "validation_log_posterior"

    def _build(
        self,
        X: Admitted,
        weight: Tensor | None,
        facts: Survey,
        device: torch.device,
        generator: Generator,
    ) -> LabelRBMModule:
        sizes = (len(self.classes_), self.n_components, self.hidden, *self._replicas)
        module = LabelRBMModule(self.layout_.kinds, *sizes).to(device)
        rates = unit_means(module, X.table, facts.mean, weight)
        module.initialise(facts.mean.to(device), facts.scale.to(device), rates, generator)
        return module

    def _stages(self, module: LabelRBMModule) -> tuple[Stage, ...]:
        labelled = self.objective == "discriminative"
        return tuple(replace(stage, labelled=labelled) for stage in super()._stages(module))

    def _objectives(self, module: LabelRBMModule, one_batch: bool) -> tuple[Objective, ...]:
        learning = self._learning(module, one_batch)
        if self.objective == "generative":
            return module.objectives(learning)
        if self.objective == "hybrid":
            return module.discriminative(learning, self.generative_weight)
        if self.sparsity_weight:
            raise ParameterError(
                f"sparsity_weight={self.sparsity_weight:g} is part of the generative objective: "
                "take objective='hybrid' or sparsity_weight=0"
            )
        return module.discriminative(learning)

    def _rate(self, module: LabelRBMModule) -> float:
        own = isinstance(self.learning_rate, str) and self.objective != "generative"
        return self._rbm_rate(module) * (_OF_LABELS if own else 1)

    def _measures(
        self, module: LabelRBMModule, train: Batch, validation: Batch | None
    ) -> dict[str, float]:
        density = self.objective != "discriminative"
        return label_measures(module, train, validation, density=density)
