"""The deep belief network that classifies, as an estimator."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import final

import torch
from torch import Generator, Tensor, nn

from embudo._types import Fraction, PositiveFloat, PositiveInt, Sizes, WholeNumber
from embudo.data.adapt import Table
from embudo.data.survey import Survey
from embudo.estimators.backprop_parameters import adam_of, precision_of
from embudo.estimators.greedy import GreedyParameters
from embudo.estimators.handing_on import check_fits
from embudo.estimators.inputs import Admitted
from embudo.estimators.rates import unit_means
from embudo.estimators.stack_classifier import StackClassifier
from embudo.estimators.stages import Stage
from embudo.modules.dbn import DBNModule
from embudo.modules.stack_classifier import (
    StackClassifierModule,
    label_measures,
    spread_out,
)
from embudo.training.objective import Objective
from embudo.training.optimizers import FusedAdam

_AUTO_RATE = 0.01  # of Adam, on sigmoid layers
_BETA = 0.9  # of Adam; ``momentum`` is that of pretraining


@final
@dataclass(eq=False, repr=False, kw_only=True)
class DBNClassifier(StackClassifier, GreedyParameters):
    """Deep belief network that classifies.

    A stack of restricted Boltzmann machines learns from all rows, labelled or not; then a softmax
    of the classes is put on top, and backprop goes on from the stack's weights with the labels
    (Hinton, Osindero and Teh 2006; Bengio et al. 2007). With few labels and many rows, that is
    worth the most. ``pretrain=False`` trains the same network from random weights.

    Parameters
    ----------
    hidden : tuple of int, default=(128, 64)
        Units of each hidden layer, from the lowest to the topmost; all are sigmoid units.
    pretrain : bool, default=True
        Whether the hidden layers start from a stack; otherwise at random weights with the spread
        of Glorot and Bengio (2010).
    pretrain_epochs : int, default=10
        Passes over the data for each layer of the stack.
    pretrain_rate : float, default=0.02
        Step size of that.
    top_epochs : int, default=0
        Passes over the labelled data in which the softmax learns alone, before backprop reaches
        the layers below. With few labels that spares them what a random softmax would send down.
    dropout : float, default=0.0
        Share of the hidden units that backprop leaves out, drawn anew for each row and update.
    visible_dropout : float, default=0.0
        The same of the visible units.
    unlabelled : int, str or None, default=None
        The value of ``y`` that marks a row without a label, such as -1; None if all have one. The
        stack learns from such a row, backprop does not.
    epochs : int, default=20
        Passes over the labelled data by backprop.
    learning_rate : float or "auto", default="auto"
        Step size of backprop, which is done with Adam; "auto" is 0.01.
    momentum : float, default=0.5
        Share of the last update that is carried into the next one; of pretraining.
    early_stopping : bool, default=False
        Whether to end when held-out rows are no longer met better, and go back to the best epoch.
        Backprop watches ``log p(label | row)``, each layer of the stack its own
        pseudo-log-likelihood.

    Attributes
    ----------
    classes_ : array of shape (n_classes,)
        The labels, in order.
    module_ : StackClassifierModule
        Stack and network, as torch tensors.

    Examples
    --------
    >>> from embudo import DBNClassifier
    >>> from sklearn.datasets import load_digits
    >>> X, y = load_digits(return_X_y=True)
    >>> model = DBNClassifier(hidden=(64, 32), epochs=5, random_state=0).fit(X / 16, y)
    >>> model.predict_proba(X / 16).shape
    (1797, 10)
    """

    hidden: Sizes = (128, 64)
    pretrain: bool = True
    pretrain_epochs: PositiveInt = 10
    pretrain_rate: PositiveFloat = 0.02
    top_epochs: WholeNumber = 0
    dropout: Fraction = 0.0
    visible_dropout: Fraction = 0.0
    unlabelled: int | str | None = None

    def _build(
        self,
        X: Admitted,
        weight: Tensor | None,
        facts: Survey,
        device: torch.device,
        generator: Generator,
    ) -> StackClassifierModule:
        sizes = (self.hidden, len(self.classes_), *self._replicas, self.pretrain)
        module = StackClassifierModule(self.layout_.kinds, *sizes).to(device)
        rates = unit_means(module, X.table, facts.mean, weight)
        module.initialise(facts.mean.to(device), facts.scale.to(device), rates, generator)
        if self._learned is not None:
            learned = {name: self._learned.config[name] for name in ("columns", "hidden")}
            check_fits(type(self).__name__, module.config, learned)
            module.start_from(self._learned)
        return module

    def _stages(self, module: StackClassifierModule) -> tuple[Stage, ...]:
        stack, depth, below = module.stack, len(self.hidden), []
        if stack is not None:
            below = [self._pretraining(stack, d) for d in range(depth)]
        takes_over = stack is not None and self._learned is None
        if not self.top_epochs:
            return (*below, self._backprop(module, "backprop" if below else "", takes_over))
        classes = self._backprop(module, "classes", takes_over, first=depth)
        once = replace(classes, epochs=self.top_epochs, once=True)
        return (*below, once, self._backprop(module, "backprop", False))

    def _pretraining(self, stack: DBNModule, depth: int) -> Stage:
        planned = (self.pretrain_epochs, self.pretrain_rate)
        stage = self._layer_stage(stack, depth, *planned)
        return replace(stage, once=True, done=self._learned is not None)

    def _start(
        self,
        stack: DBNModule,
        depth: int,
        table: Table,
        weight: Tensor | None,
        generator: Generator,
    ) -> None:
        """Start a layer above the lowest from the means that it will learn from."""
        super()._start(stack, depth, table, weight, generator)
        spread_out(stack.rbms[depth], generator)

    def _backprop(
        self, module: StackClassifierModule, name: str, takes_over: bool, *, first: int = 0
    ) -> Stage:
        """Return the stage in which the layers from ``first`` on learn from labels."""

        def prepare(table: Table, weight: Tensor | None, generator: Generator) -> None:
            assert module.stack is not None
            module.take_over(module.stack)

        return Stage(
            objectives=partial(self._objectives, module, first),
            measures=partial(label_measures, module),
            epochs=self.epochs,
            rate=_AUTO_RATE if isinstance(self.learning_rate, str) else self.learning_rate,
            watched=self.watched,
            name=name,
            prepare=prepare if takes_over else None,
            labelled=True,
            optimizer=_adam,
        )

    def _objectives(
        self, module: StackClassifierModule, first: int, one_batch: bool
    ) -> tuple[Objective, ...]:
        joint, device = module.network.joints[0], module.centre.device
        precision = precision_of(joint, device, self.precision, self.batch_size, one_batch)
        return (module.objective(precision, self.dropout, self.visible_dropout, first=first),)


def _adam(
    parameters: Sequence[nn.Parameter],
    *,
    learning_rate: float,
    momentum: float,
    weight_decay: float,
) -> FusedAdam:
    return adam_of(
        parameters, learning_rate=learning_rate, momentum=_BETA, weight_decay=weight_decay
    )
