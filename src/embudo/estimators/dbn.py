"""The deep belief network as an estimator."""

from dataclasses import dataclass
from functools import partial
from typing import Literal, final

import torch
from torch import Generator, Tensor

from embudo._types import PositiveFloat, PositiveInt, Sizes
from embudo.data.adapt import Table
from embudo.data.batches import Batch
from embudo.data.survey import Survey, survey, with_scale
from embudo.estimators.inputs import Admitted
from embudo.estimators.rates import unit_means
from embudo.estimators.rbm_parameters import RBMParameters
from embudo.estimators.stack import StackEstimator
from embudo.estimators.stages import Stage
from embudo.modules.dbn import DBNModule
from embudo.modules.learning import HiddenKind
from embudo.modules.measures import measures
from embudo.modules.rbm import RBMModule
from embudo.modules.trip import losses
from embudo.modules.up_down import up_down
from embudo.training.objective import Objective


@final
@dataclass(eq=False, repr=False, kw_only=True)
class DBN(StackEstimator, RBMParameters):
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
    fine_tune: Literal["up_down"] | None = None
    fine_tune_epochs: PositiveInt = 10
    fine_tune_rate: PositiveFloat = 0.01

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
        rates = unit_means(module.rbms[0], X.table, facts.mean, weight)
        mean, scale = facts.mean.to(device), facts.scale.to(device)
        module.rbms[0].initialise(mean, scale, rates, generator)
        return module

    def _stages(self, module: DBNModule) -> tuple[Stage, ...]:
        layers = tuple(self._layer_stage(module, depth) for depth in range(len(module.rbms)))
        return layers if self.fine_tune is None else (*layers, self._fine_tuning(module))

    def _layer_stage(self, module: DBNModule, depth: int) -> Stage:
        rbm = module.rbms[depth]
        return Stage(
            objectives=lambda one_batch: rbm.objectives(self._learning(rbm, one_batch)),
            measures=partial(measures, rbm),
            epochs=self.epochs,
            rate=self._rbm_rate(rbm),
            watched=self.watched,
            name=f"layer {depth + 1}",
            encode=partial(self._seen_by, module, depth) if depth else None,
            prepare=partial(_start, rbm) if depth else None,
        )

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

    def _seen_by(
        self,
        module: DBNModule,
        depth: int,
        x: Tensor,
        observed: Tensor | None,
        generator: Generator,
    ) -> Tensor:
        """Return the means that a layer above the lowest learns from."""
        return module.encode(x, observed, depth, generator if self.resample else None)


def _start(rbm: RBMModule, table: Table, weight: Tensor | None, generator: Generator) -> None:
    mean = with_scale(survey(table, weight), table, weight).mean
    rbm.initialise(mean, torch.ones_like(mean), mean, generator)


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
