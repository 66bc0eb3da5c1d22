"""Restricted machines that pretrain the layers of a deep one."""

from collections.abc import Sequence
from typing import final

import torch
from torch import Generator, Tensor

from embudo.kernels.energies import Machine, hidden_mean, visible_field
from embudo.kernels.twin import Twin
from embudo.modules.learning import Learning, Rows
from embudo.modules.rbm import RBMModule
from embudo.modules.trip import losses


@final
class TwinRBMModule(RBMModule):
    """An RBM of Bernoulli hidden units in which a layer may stand twice, with the same weights.

    Parameters
    ----------
    columns : sequence of (name, n_states, count)
    n_hidden : int
    twin_visible, twin_hidden : bool
        Which layer has a copy; both copies of the visible one are the data.
    n_chains : int
    """

    def __init__(
        self,
        columns: Sequence[tuple[str, int, int]],
        n_hidden: int,
        n_chains: int,
        *,
        twin_visible: bool,
        twin_hidden: bool,
    ) -> None:
        super().__init__(columns, n_hidden, "bernoulli", n_chains)
        self._copies = 2 if twin_visible else 1
        if twin_hidden:
            self.hidden = Twin(self.hidden)
            self.hidden_offset.mul_(2)

    def initialise(self, mean: Tensor, scale: Tensor, rates: Tensor, generator: Generator) -> None:
        """Start from the data, as any RBM does."""
        super().initialise(mean, scale, rates, generator)
        self.visible_offset.mul_(self._copies)

    def machine(self, dtype: torch.dtype = torch.float32) -> Machine:
        """Return the parameters as plain tensors of a type; a doubled layer's state is the sum."""
        machine = super().machine(dtype)
        return machine if self._copies == 1 else machine._replace(visible=Twin(machine.visible))

    def code(self, x: Tensor, observed: Tensor | None = None) -> Tensor:
        """Return the means of one copy of the hidden layer."""
        mean = self._hidden_mean(x, observed)
        return mean if self.hidden.name == "bernoulli" else mean / 2

    def measures(self, train: Rows, validation: Rows | None) -> dict[str, float]:
        """Return what a trip up and down loses, each a mean over rows."""
        found = self._losses(train)
        if validation is not None:
            found["validation_score"] = -self._losses(validation)["kl_divergence"]
        return found

    def _losses(self, rows: Rows) -> dict[str, float]:
        unit = self.layer.unit
        field = visible_field(self._hidden_mean(rows.x, rows.observed), self.machine())
        return losses(self.layer, rows, unit.mean(unit.given_(field)))

    def _hidden_mean(self, x: Tensor, observed: Tensor | None) -> Tensor:
        v, _ = self.layer.encode(x, observed)
        return hidden_mean(v * self._copies, self.machine(x.dtype))

    def _inputs(
        self, batch: Rows, learning: Learning, generator: Generator
    ) -> tuple[Tensor, Tensor | None, Tensor | None]:
        v, weight, seen = super()._inputs(batch, learning, generator)
        return v * self._copies, weight, seen
