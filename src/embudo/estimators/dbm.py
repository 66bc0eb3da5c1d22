"""The deep Boltzmann machine as an estimator."""

from dataclasses import dataclass, replace
from functools import partial
from typing import ClassVar, Literal, final

import torch
from torch import Generator, Tensor

from embudo._types import PositiveFloat, PositiveInt, Sizes, WholeNumber
from embudo.data.adapt import Table
from embudo.data.survey import Survey, survey, with_scale
from embudo.estimators.chain_parameters import ChainParameters
from embudo.estimators.deep import DeepEstimator
from embudo.estimators.handing_on import check_lowest
from embudo.estimators.inputs import Admitted
from embudo.estimators.rates import unit_means
from embudo.estimators.stages import Stage
from embudo.modules.dbm import DBMModule
from embudo.modules.deep_measures import measures
from embudo.modules.learning import Learning
from embudo.modules.twin_rbm import TwinRBMModule
from embudo.training.objective import Objective

_SHARE = 0.2  # of an RBM's learning rate, at which the upper layers stay in use


@final
@dataclass(eq=False, repr=False, kw_only=True)
class DBM(DeepEstimator, ChainParameters):
    """Deep Boltzmann machine.

    Layers of units, each joined in both directions to the one below and the one above
    (Salakhutdinov and Hinton 2009). What a hidden unit says of a row depends on what the layer
    above makes of it too: mean field finds the hidden layers' means given the row, persistent
    chains between even and odd layers give the model's own. The layers are pretrained one by one,
    then all learn together by the centred gradient (Montavon and Müller 2012).

    Parameters
    ----------
    hidden : tuple of int, default=(256, 128)
        Units of each hidden layer, from the lowest to the topmost; all are on or off.
    mean_field_sweeps : int, default=10
        How often mean field goes through the layers for each update; what is asked of the fitted
        model goes on until nothing moves.
    pretrain_epochs : int, default=5
        Passes over the data that each layer is pretrained for; at 0, or with one hidden layer,
        none is.
    pretrain_rate : float, default=0.05
        Step size of that.
    algorithm : {"pcd", "pt", "exact"}, default="pcd"
        Where the negative phase comes from: persistent chains, persistent chains that exchange
        their states with replicas at higher temperatures (parallel tempering), or enumeration of
        all states, for machines with at most 20 units in the even or in the odd layers.
        Pretraining always takes persistent chains.
    learning_rate : float or "auto", default="auto"
        Step size of all layers together. "auto" is a fifth of an RBM's, 0.02 or less with Gaussian
        columns: at higher rates the upper layers fall out of use. With one hidden layer it is
        that of an RBM.
    early_stopping : bool, default=False
        Whether to end when held-out rows are no longer better given back, and go back to the best
        epoch.

    Attributes
    ----------
    module_ : DBMModule
        Parameters and chains as torch tensors.

    Examples
    --------
    >>> from embudo import DBM
    >>> from sklearn.datasets import load_digits
    >>> X = load_digits().data / 16
    >>> dbm = DBM(hidden=(64, 32), epochs=5, random_state=0).fit(X)
    >>> dbm.transform(X).shape, dbm.transform(X, layer=0).shape
    ((1797, 32), (1797, 64))
    """

    hidden: Sizes = (256, 128)
    mean_field_sweeps: PositiveInt = 10
    pretrain_epochs: WholeNumber = 5
    pretrain_rate: PositiveFloat = 0.05
    algorithm: Literal["pcd", "pt", "exact"] = "pcd"

    watched: ClassVar[str] = "validation_score"

    def _build(
        self,
        X: Admitted,
        weight: Tensor | None,
        facts: Survey,
        device: torch.device,
        generator: Generator,
    ) -> DBMModule:
        sizes = (self.hidden, *self._replicas, self.pretrain_epochs > 0)
        module = DBMModule(self.layout_.kinds, *sizes).to(device)
        rates = unit_means(module, X.table, facts.mean, weight)
        module.initialise(facts.mean.to(device), facts.scale.to(device), rates, generator)
        if self._learned is not None:
            check_lowest(self, module, self._learned)
            module.start_from(self._learned, generator)
        return module

    def _stages(self, module: DBMModule) -> tuple[Stage, ...]:
        depths = range(len(module.pretraining))
        return (*(self._pretraining(module, depth) for depth in depths), self._together(module))

    def _pretraining(self, module: DBMModule, depth: int) -> Stage:
        rbm = module.pretraining[depth]

        def objectives(one_batch: bool) -> tuple[Objective, ...]:
            learning = self._learning(rbm, one_batch, "pcd")
            return rbm.objectives(replace(learning, learned_variance=False))

        return Stage(
            objectives=objectives,
            measures=rbm.measures,
            epochs=self.pretrain_epochs,
            rate=self.pretrain_rate,
            watched=self.watched,
            name=f"pretraining {depth + 1}",
            encode=partial(self._seen_by, module, depth) if depth else None,
            anew=self.resample,
            prepare=partial(_start, rbm) if depth else None,
            once=True,
        )

    def _together(self, module: DBMModule) -> Stage:
        def prepare(table: Table, weight: Tensor | None, generator: Generator) -> None:
            module.compose(generator)

        pretrained = bool(module.pretraining)
        return Stage(
            objectives=lambda one_batch: module.objectives(self._joint_learning(module, one_batch)),
            measures=partial(measures, module),
            epochs=self.epochs,
            rate=self._joint_rate(module),
            watched=self.watched,
            name="together" if pretrained else "",
            prepare=prepare if pretrained else None,
        )

    def _joint_learning(self, module: DBMModule, one_batch: bool) -> Learning:
        learning = self._learning(module, one_batch)
        return replace(learning, mean_field=self.mean_field_sweeps)

    def _joint_rate(self, module: DBMModule) -> float:
        rate, is_deep = self._rbm_rate(module), len(self.hidden) > 1
        return _SHARE * rate if is_deep and isinstance(self.learning_rate, str) else rate

    def _seen_by(
        self,
        module: DBMModule,
        depth: int,
        x: Tensor,
        observed: Tensor | None,
        generator: Generator,
    ) -> Tensor:
        """Return the means that a layer above the lowest is pretrained on."""
        lowest, *rest = module.pretraining[:depth]
        if self.resample:
            x = lowest.layer.resample(x.clone(), generator)
        h = lowest.code(x, observed)
        for rbm in rest:
            h = rbm.code(h)
        return h


def _start(rbm: TwinRBMModule, table: Table, weight: Tensor | None, generator: Generator) -> None:
    mean = with_scale(survey(table, weight), table, weight).mean
    rbm.initialise(mean, torch.ones_like(mean), mean, generator)
