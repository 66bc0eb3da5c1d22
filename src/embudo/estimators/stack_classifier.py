"""What a network that stands on a stack can do once it is fitted."""

from typing import Any, ClassVar

import torch
from sklearn.utils.metaestimators import available_if

from embudo.estimators.classifier import Classifier
from embudo.estimators.inputs import RowFunction
from embudo.estimators.layered import LayeredEstimator
from embudo.modules.dbn import DBNModule
from embudo.modules.stack_classifier import StackClassifierModule


def _pretrained(estimator: Any) -> bool:
    """Say whether there is a stack, which knows the way back to the columns."""
    return bool(estimator.pretrain)


class StackClassifier(Classifier, LayeredEstimator):
    """Base of the classifiers whose network starts from a stack.

    Codes are what the network's hidden layers make of rows; the way back is the stack's own.
    """

    module_: StackClassifierModule
    module_class: ClassVar[type[StackClassifierModule]] = StackClassifierModule
    watched: ClassVar[str] = "validation_log_posterior"
    pretrain: bool
    _learned: DBNModule | None = None
    """The stack that ``fit`` starts from in place of training one."""

    inverse_transform = available_if(_pretrained)(LayeredEstimator.inverse_transform)
    reconstruct = available_if(_pretrained)(LayeredEstimator.reconstruct)
    score_samples = available_if(_pretrained)(LayeredEstimator.score_samples)
    score_columns = available_if(_pretrained)(LayeredEstimator.score_columns)

    def _log_probabilities(self, dtype: torch.dtype) -> RowFunction:
        return self.module_.log_posterior
