"""From a model that has learned without labels to a classifier that goes on with them."""

import copy

from embudo.errors import ParameterError
from embudo.estimators.contract import Contract
from embudo.estimators.dbn_classifier import DBNClassifier
from embudo.estimators.handing_on import shared_parameters
from embudo.modules.dbn import DBNModule
from embudo.modules.funnel import Funnel
from embudo.modules.unroll import stacked


def classifier_on(giver: Contract, stack: DBNModule) -> DBNClassifier:
    """Return a classifier, not fitted, whose hidden layers start from a stack of sigmoid units."""
    model = DBNClassifier(hidden=stack.hidden_sizes, **shared_parameters(giver))
    model._learned = copy.deepcopy(stack)
    return model


def stack_of(funnel: Funnel) -> DBNModule:
    """Return the encoder of an autoencoder as a stack.

    Raises
    ------
    ParameterError
        If it has layers that are no dense sigmoid ones.
    """
    names = sorted(set(funnel.encoder.activations))
    if names != ["sigmoid"] or funnel.config["channels"]:
        layers = "convolutions" if funnel.config["channels"] else f"{' and '.join(names)} layers"
        raise ParameterError(
            "a DBNClassifier has dense sigmoid layers, code included, but this encoder has "
            f"{layers}: train it with activation='sigmoid' and code='sigmoid', or put a "
            "classifier on its codes"
        )
    return stacked(funnel)
