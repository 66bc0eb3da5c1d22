"""Greedy training: the layers of a stack one after the other, from the lowest to the topmost."""

from dataclasses import dataclass
from functools import partial

import torch
from torch import Generator, Tensor

from embudo.data.adapt import Table
from embudo.data.survey import survey, with_scale
from embudo.estimators.chain_parameters import ChainParameters
from embudo.estimators.rbm_parameters import RBMParameters
from embudo.estimators.stages import Stage
from embudo.modules.dbn import DBNModule
from embudo.modules.measures import measures


@dataclass(eq=False, repr=False, kw_only=True)
class GreedyParameters(RBMParameters):
    """How the machines of a stack are trained, each on what the one below makes of the data."""

    def _layer_stage(self, stack: DBNModule, depth: int, epochs: int, rate: float) -> Stage:
        """Return the stage in which the layer ``depth`` (from 0) learns."""
        rbm = stack.rbms[depth]
        return Stage(
            objectives=lambda one_batch: rbm.objectives(self._learning(rbm, one_batch)),
            measures=partial(measures, rbm),
            epochs=epochs,
            rate=rate,
            watched=ChainParameters.watched,
            name=f"layer {depth + 1}",
            encode=partial(self._seen_by, stack, depth) if depth else None,
            anew=self.resample,
            prepare=partial(self._start, stack, depth) if depth else None,
        )

    def _start(
        self,
        stack: DBNModule,
        depth: int,
        table: Table,
        weight: Tensor | None,
        generator: Generator,
    ) -> None:
        """Start a layer above the lowest from the means that it will learn from."""
        mean = with_scale(survey(table, weight), table, weight).mean
        stack.rbms[depth].initialise(mean, torch.ones_like(mean), mean, generator)

    def _seen_by(
        self,
        stack: DBNModule,
        depth: int,
        x: Tensor,
        observed: Tensor | None,
        generator: Generator,
    ) -> Tensor:
        """Return the means that a layer above the lowest learns from."""
        return stack.encode(x, observed, depth, generator if self.resample else None)
