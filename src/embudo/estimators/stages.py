"""The stages of a training: the layers of a stack one after the other, then fine-tuning."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import torch
from torch import Generator, Tensor

from embudo.data.adapt import DenseTable, Table
from embudo.data.batches import Batch
from embudo.training.objective import Objective
from embudo.training.optimizers import SGD, FusedAdam, sgd

Encode: TypeAlias = Callable[[Tensor, Tensor | None, Generator], Tensor]
"""From rows of the data, and where they are present, to what a stage sees of them."""

Prepare: TypeAlias = Callable[[Table, Tensor | None, Generator], None]
"""Starts a stage's parameters from the rows as it sees them, and what each counts."""

_BLOCK_ELEMENTS = 2**21


@dataclass(frozen=True, kw_only=True)
class Stage:
    """One part of a training, with objectives of its own.

    Attributes
    ----------
    objectives : callable
        ``objectives(one_batch)`` returns what the loop is to follow, through one batch an epoch
        or many; asked for once the stage begins.
    measures : callable
        ``measures(train, validation)`` returns the measures of an epoch.
    epochs : int
    rate : float
        The learning rate.
    watched : str
        The measure that early stopping watches; larger is better.
    name : str
        What it is called where a training has several.
    encode : callable, optional
        What rows become before the stage sees them; by default they stay as they are.
    anew : bool
        Whether they become it anew for each epoch, as they must where chance has a hand in it.
    prepare : callable, optional
        ``prepare(table, weight, generator)`` starts its parameters from the rows as it sees them.
    labelled : bool
        Whether rows without a label are left out.
    once : bool
        Whether it only makes a beginning, which later calls of ``partial_fit`` do not go on with.
    done : bool
        Whether what it would train was taken over from a model that has learned it.
    remark : callable, optional
        Says in words what the values of an epoch mean.
    optimizer : callable
        ``optimizer(parameters, learning_rate=..., ...)`` returns what moves the parameters.
    """

    objectives: Callable[[bool], tuple[Objective, ...]]
    measures: Callable[[Batch, Batch | None], dict[str, float]]
    epochs: int
    rate: float
    watched: str
    name: str = ""
    encode: Encode | None = None
    anew: bool = False
    prepare: Prepare | None = None
    labelled: bool = False
    once: bool = False
    done: bool = False
    remark: Callable[[dict[str, float]], str] | None = None
    optimizer: Callable[..., SGD | FusedAdam] = sgd


def encoded(table: Table, encode: Encode, generator: Generator) -> Table:
    """Return the rows of a table as a stage sees them, in memory."""
    parts = []
    # In single precision a row's code depends in its last digit on the rows that it is multiplied
    # with; for a small table double costs nothing, and a row of weight 2 then equals two rows.
    small = table.n_rows * table.n_features <= _BLOCK_ELEMENTS
    dtype = torch.float64 if small and generator.device.type == "cpu" else torch.float32
    for _, block in table.blocks(dtype, elements=_BLOCK_ELEMENTS):
        missing = block.isnan()
        observed = (~missing).to(block.dtype) if bool(missing.any()) else None
        x = block if observed is None else block.masked_fill_(missing, 0)
        parts.append(encode(x.to(generator.device), observed, generator).float().numpy(force=True))
    return DenseTable(np.concatenate(parts))


def generator_of(seed: int, stage: int, epoch: int, device: torch.device) -> Generator:
    """Return the generator that encodes rows, the same whenever it is asked for."""
    number = seed * 1_000_003 + 7919 * (stage + 1) + 2_147_483_647 * epoch
    return torch.Generator(device).manual_seed(number % 2**63)
