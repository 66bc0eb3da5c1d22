"""Greedy training: the layers of a stack one after the other, from the lowest to the topmost."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TypeAlias

import torch
from torch import Generator, Tensor

from embudo.data.adapt import Table
from embudo.data.survey import survey, with_scale
from embudo.estimators.chain_parameters import ChainParameters
from embudo.estimators.rbm_parameters import RBMParameters
from embudo.estimators.stages import Prepare, Stage
from embudo.modules.dbn import DBNModule
from embudo.modules.learning import Learning
from embudo.modules.measures import measures
from embudo.modules.rbm import RBMModule

How: TypeAlias = Callable[[RBMModule, bool], Learning]
"""From a machine, and whether an epoch is one batch, to how it is to learn."""


@dataclass(eq=False, repr=False, kw_only=True)
class GreedyParameters(RBMParameters):
    """How the machines of a stack are trained, each on what the one below makes of the data."""

    def _layer_stage(self, stack: DBNModule, depth: int, epochs: int, rate: float) -> Stage:
        """Return the stage in which the layer ``depth`` (from 0) learns."""
        start = partial(self._start, stack, depth)
        how = (self._learning, start, epochs, rate)
        return layer_stage(stack, depth, *how, resample=self.resample)

    def _start(
        self,
        stack: DBNModule,
        depth: int,
        table: Table,
        weight: Tensor | None,
        generator: Generator,
    ) -> None:
        """Start a layer above the lowest from the means that it will learn from."""
        start_layer(stack, depth, table, weight, generator)


def layer_stage(
    stack: DBNModule,
    depth: int,
    how: How,
    start: Prepare,
    epochs: int,
    rate: float,
    *,
    resample: bool = False,
) -> Stage:
    """Return the stage in which the machine ``depth`` (from 0) of a stack learns.

    With ``resample`` states are drawn, each time that a row is shown, from the means that the
    machine below hands to it.
    """
    rbm = stack.rbms[depth]
    return Stage(
        objectives=lambda one_batch: rbm.objectives(how(rbm, one_batch)),
        measures=partial(measures, rbm),
        epochs=epochs,
        rate=rate,
        watched=ChainParameters.watched,
        name=f"layer {depth + 1}",
        encode=partial(_seen_by, stack, depth, resample) if depth else None,
        anew=resample,
        prepare=start if depth else None,
    )


def start_layer(
    stack: DBNModule, depth: int, table: Table, weight: Tensor | None, generator: Generator
) -> None:
    """Start a layer above the lowest from the means that it will learn from."""
    mean = with_scale(survey(table, weight), table, weight).mean
    stack.rbms[depth].initialise(mean, torch.ones_like(mean), mean, generator)


def _seen_by(
    stack: DBNModule,
    depth: int,
    resample: bool,
    x: Tensor,
    observed: Tensor | None,
    generator: Generator,
) -> Tensor:
    """Return the means that a layer above the lowest learns from."""
    return stack.encode(x, observed, depth, generator if resample else None)
