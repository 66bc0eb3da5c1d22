"""The deep belief network as an estimator."""

from dataclasses import dataclass, replace
from functools import partial
from itertools import pairwise
from typing import Literal, final

import torch
from sklearn.utils.validation import check_is_fitted
from torch import Generator, Tensor

from embudo._types import PositiveFloat, PositiveInt, Sizes
from embudo.data.adapt import Table
from embudo.data.batches import Batch
from embudo.data.survey import Survey
from embudo.errors import ParameterError
from embudo.estimators.autoencoder import Autoencoder
from embudo.estimators.dbn_classifier import DBNClassifier
from embudo.estimators.greedy import GreedyParameters
from embudo.estimators.handing_on import CAREFUL, check_lowest
from embudo.estimators.inputs import Admitted
from embudo.estimators.onwards import classifier_on
from embudo.estimators.rates import unit_means
from embudo.estimators.stack import StackEstimator
from embudo.estimators.stages import Stage
from embudo.estimators.unrolled import unrolled
from embudo.modules.dbn import DBNModule
from embudo.modules.learning import HiddenKind
from embudo.modules.trip import losses
from embudo.modules.up_down import up_down
from embudo.training.objective import Objective


@final
@dataclass(eq=False, repr=False, kw_only=True)
class DBN(StackEstimator, GreedyParameters):
    """Deep belief network.

    A stack of restricted Boltzmann machines, trained greedily from the lowest to the topmost: each
    learns the distribution of what the one below makes of the data (Hinton, Osindero and Teh
    2006). The stack encodes layer by layer, decodes layer by layer, and dreams: the topmost
    machine's Gibbs chain, then one pass down.

    Parameters
    ----------
    hidden : tuple of int, default=(256, 128)
        Units of each hidden layer, from the lowest to the topmost.
    top : {"bernoulli", "relu", "gaussian"}, default="bernoulli"
        Kind of the topmost layer's units; those between are on or off.
    initial : {"random", "transposed"}, default="random"
        Where a layer starts: at small random weights, or at the transposed weights of the one
        below, which leaves the bound on the likelihood where it was. For that it must have at
        least as many units as the layer two below, and those must be on or off. Large steps would
        undo such a start: ``learning_rate="auto"`` is then 0.03 of what it is for the lowest.
    fine_tune : {"up_down"} or None, default=None
        Whether all layers learn together after the last one, by the up-down algorithm; the way up
        then gets weights of its own.
    fine_tune_epochs : int, default=10
        Passes over the data for that.
    fine_tune_rate : float, default=0.01
        Step size of that.
    resample : bool, default=False
        Whether to take values of Bernoulli columns, and the means that each layer hands to the
        next, as probabilities, from which states are drawn anew each time that a row is shown.
        Slightly noisier, it is what the lower bound on the likelihood asks for.
    epochs : int, default=20
        Passes over the data for each layer.

    Attributes
    ----------
    module_ : DBNModule
        The machines, as torch tensors.

    Examples
    --------
    >>> from embudo import DBN
    >>> from sklearn.datasets import load_digits
    >>> X = load_digits().data / 16
    >>> dbn = DBN(hidden=(64, 32), epochs=5, random_state=0).fit(X)
    >>> dbn.transform(X).shape, dbn.transform(X, layer=0).shape
    ((1797, 32), (1797, 64))
    """

    hidden: Sizes = (256, 128)
    top: HiddenKind = "bernoulli"
    initial: Literal["random", "transposed"] = "random"
    fine_tune: Literal["up_down"] | None = None
    fine_tune_epochs: PositiveInt = 10
    fine_tune_rate: PositiveFloat = 0.01

    def to_autoencoder(self) -> Autoencoder:
        """Unroll the stack into an autoencoder, to be fine-tuned by backprop.

        The way up and the way down become one network, as Hinton and Salakhutdinov (2006) do it.
        What is returned is fitted: it encodes and decodes as the stack does. Its ``fit`` goes on
        from these weights, again each time that it is called; a clone of it starts anew.

        Returns
        -------
        auto : Autoencoder

        Examples
        --------
        >>> from embudo import DBN
        >>> from sklearn.datasets import load_digits
        >>> X = load_digits().data / 16
        >>> dbn = DBN(hidden=(64, 8), top="gaussian", epochs=5, random_state=0).fit(X)
        >>> auto = dbn.to_autoencoder().set_params(epochs=5).fit(X)
        >>> auto.transform(X).shape
        (1797, 8)
        """
        check_is_fitted(self)
        return unrolled(self)

    def to_classifier(self) -> DBNClassifier:
        """Hand the stack on to a classifier, to be fitted with labels by backprop.

        The stack is trained once, on all rows; of the labelled ones there may be few, and other
        labels may follow. A clone of what is returned starts anew, with a stack of its own.

        Returns
        -------
        model : DBNClassifier
            Not fitted; it has this stack's ``hidden``, ``visible``, ``device`` and seed.

        Raises
        ------
        ParameterError
            If the topmost units are not on or off, as those of the network are.

        Examples
        --------
        >>> from embudo import DBN
        >>> from sklearn.datasets import load_digits
        >>> X, y = load_digits(return_X_y=True)
        >>> dbn = DBN(hidden=(64, 32), epochs=5, random_state=0).fit(X / 16)
        >>> few = dbn.to_classifier().set_params(epochs=50).fit(X[:100] / 16, y[:100])
        >>> few.predict(X / 16).shape
        (1797,)
        """
        check_is_fitted(self)
        if self.top != "bernoulli":
            raise ParameterError(
                f"the layers of a DBNClassifier are sigmoid units, but top is {self.top!r}: train "
                "the stack with top='bernoulli'"
            )
        return classifier_on(self, self.module_)

    def _build(
        self,
        X: Admitted,
        weight: Tensor | None,
        facts: Survey,
        device: torch.device,
        generator: Generator,
    ) -> DBNModule:
        untied = self.fine_tune is not None
        stack = (self.hidden, self.top, *self._replicas, untied)
        module = DBNModule(self.layout_.kinds, *stack).to(device)
        if self.initial == "transposed":
            _check_transposable(module)
        rates = unit_means(module.rbms[0], X.table, facts.mean, weight)
        mean, scale = facts.mean.to(device), facts.scale.to(device)
        module.rbms[0].initialise(mean, scale, rates, generator)
        if self._learned is not None:
            check_lowest(self, module, self._learned)
            module.rbms[0].learn_from(self._learned)
        return module

    def _stages(self, module: DBNModule) -> tuple[Stage, ...]:
        layers = [
            self._layer_stage(module, depth, self.epochs, self._layer_rate(module, depth))
            for depth in range(len(module.rbms))
        ]
        layers[0] = replace(layers[0], done=self._learned is not None)
        return tuple(layers) if self.fine_tune is None else (*layers, self._fine_tuning(module))

    def _layer_rate(self, module: DBNModule, depth: int) -> float:
        careful = depth and self.initial == "transposed" and isinstance(self.learning_rate, str)
        return self._rbm_rate(module.rbms[depth]) * (CAREFUL if careful else 1.0)

    def _fine_tuning(self, module: DBNModule) -> Stage:
        def objectives(one_batch: bool) -> tuple[Objective, ...]:
            lowest, top = (self._learning(module.rbms[i], one_batch) for i in (0, -1))
            return (up_down(module, lowest, top),)

        return Stage(
            objectives=objectives,
            measures=partial(_trip_measures, module),
            epochs=self.fine_tune_epochs,
            rate=self.fine_tune_rate,
            watched="validation_score",
            name="up-down",
            prepare=lambda table, weight, generator: module.untie(),
        )

    def _start(
        self,
        module: DBNModule,
        depth: int,
        table: Table,
        weight: Tensor | None,
        generator: Generator,
    ) -> None:
        """Start a layer above the lowest from the means that it will learn from."""
        super()._start(module, depth, table, weight, generator)
        if self.initial == "transposed":
            module.mirror(depth, generator)


def _check_transposable(module: DBNModule) -> None:
    for depth, (below, rbm) in enumerate(pairwise(module.rbms), start=1):
        units = below.layer.unit.name
        if rbm.n_hidden < below.layer.n_units or units != "bernoulli":
            raise ParameterError(
                f"initial='transposed' needs hidden[{depth}] to be at least "
                f"{below.layer.n_units}, the number of units two layers below, and these to be "
                f"bernoulli, but they are {units} and hidden[{depth}] is {rbm.n_hidden}; change it "
                "or take "
                "initial='random'"
            )


def _trip_measures(module: DBNModule, train: Batch, validation: Batch | None) -> dict[str, float]:
    """Return what a trip up and down the whole stack loses."""
    depth = len(module.rbms)

    def lost(rows: Batch) -> dict[str, float]:
        h = module.encode(rows.x, rows.observed, depth)
        return losses(module.layer, rows, module.decode(h, depth))

    found = lost(train)
    if validation is not None:
        found["validation_score"] = -lost(validation)["kl_divergence"]
    return found
