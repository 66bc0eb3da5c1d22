"""The restricted Boltzmann machine as a module: parameters, chains, and the gradient to follow."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, TypeAlias

import torch
from torch import Generator, Tensor, nn

from embudo.kernels import chains
from embudo.kernels.contrast import (
    Moments,
    Phase,
    add,
    centre,
    contrast,
    difference,
    moments,
)
from embudo.kernels.energies import Machine, hidden_mean
from embudo.kernels.losses import sparsity_gradient
from embudo.kernels.noise import fast_bernoulli
from embudo.kernels.partition import model_moments
from embudo.kernels.units import UNITS
from embudo.training.objective import Objective, Slope

Algorithm: TypeAlias = Literal["cd", "pcd", "exact"]

_INITIAL_DEVIATION = 0.01  # of the weights; Hinton's practical guide (2010), section 8
_RAREST = 1e-3  # base rates are kept this far from 0 and 1 before their logit is taken
_FILLING_SWEEPS = 3  # that draw a row's missing entries anew at each step
_OFFSET_DECAY = 0.99  # of the moving average of hidden means that centring uses


class Rows(Protocol):
    """What a module asks of a batch: values, which are present, and what each row counts."""

    @property
    def x(self) -> Tensor:
        """Values of shape (rows, features); 0 where missing."""

    @property
    def observed(self) -> Tensor | None:
        """1 where present, 0 where missing; None if nothing is missing."""

    @property
    def weight(self) -> Tensor | None:
        """Share of each row; None if all count the same."""


@dataclass(frozen=True)
class Learning:
    """How an RBM learns; the estimator's parameters of the same names say more."""

    algorithm: Algorithm
    steps: int
    centered: bool
    sparsity_target: float
    sparsity_weight: float
    precision: torch.dtype


class RBMModule(nn.Module):
    """An RBM of given sizes.

    Visible columns are shifted and scaled on the way in (by 0 and 1 for Bernoulli units), so
    that Gaussian units see columns of mean 0 and variance 1.
    """

    weight: nn.Parameter
    visible_bias: nn.Parameter
    hidden_bias: nn.Parameter
    shift: Tensor
    scale: Tensor
    visible_offset: Tensor
    hidden_offset: Tensor
    chains: Tensor

    def __init__(self, n_visible: int, n_hidden: int, visible: str, n_chains: int) -> None:
        super().__init__()
        self.config = {
            "n_visible": n_visible,
            "n_hidden": n_hidden,
            "visible": visible,
            "n_chains": n_chains,
        }
        self.n_hidden = n_hidden
        self.visible = UNITS[visible]
        self.hidden = UNITS["bernoulli"]
        shapes = {
            "weight": (n_visible, n_hidden),
            "visible_bias": (n_visible,),
            "hidden_bias": (n_hidden,),
        }
        for name, shape in shapes.items():
            setattr(self, name, nn.Parameter(torch.zeros(shape), requires_grad=False))
        self.register_buffer("shift", torch.zeros(n_visible))
        self.register_buffer("scale", torch.ones(n_visible))
        self.register_buffer("visible_offset", torch.zeros(n_visible))
        self.register_buffer("hidden_offset", torch.full((n_hidden,), 0.5))
        self.register_buffer("chains", torch.zeros(n_chains, n_hidden))

    def initialise(self, mean: Tensor, scale: Tensor, generator: Generator) -> None:
        """Start from the data's column means: small weights, base rates, chains at the bias."""
        self.weight.normal_(0, _INITIAL_DEVIATION, generator=generator)
        if self.visible.name == "gaussian":
            self.shift.copy_(mean)
            self.scale.copy_(scale)
        else:
            self.visible_bias.copy_(mean.clamp(_RAREST, 1 - _RAREST).logit())
            self.visible_offset.copy_(mean)
        machine = self.machine()
        rates = machine.visible.mean(self.visible_bias).expand(len(self.chains), -1)
        v = machine.visible.sample(rates.contiguous(), generator)
        self.chains.copy_(machine.hidden.sample(hidden_mean(v, machine), generator))

    def machine(self, dtype: torch.dtype = torch.float32) -> Machine:
        """Return the parameters as plain tensors of a type."""
        machine = Machine(
            self.weight.data,
            self.visible_bias.data,
            self.hidden_bias.data,
            self.visible,
            self.hidden,
        )
        return machine if dtype is torch.float32 else machine.to(dtype)

    def standardise(self, x: Tensor, observed: Tensor | None = None) -> Tensor:
        """Carry data to the units' own scale; missing entries become 0."""
        if self.visible.name == "bernoulli":
            return x
        z = (x - self.shift.to(x.dtype)) / self.scale.to(x.dtype)
        return z if observed is None else z * observed

    def restore_scale(self, v: Tensor) -> Tensor:
        """Carry visible states back to the data's scale."""
        if self.visible.name == "bernoulli":
            return v
        return v * self.scale.to(v.dtype) + self.shift.to(v.dtype)

    def log_scale(self, like: Tensor) -> Tensor:
        """Return log(scale) of each column: what a density loses when it is scaled back."""
        return self.scale.to(like.dtype).log()

    def objectives(self, learning: Learning) -> tuple[Objective, ...]:
        """Hand the loop the contrast between data and model, in closed form.

        The value reported is the squared norm of the biases' gradient: how far the units' means
        under the model are from those under the data.
        """
        plain = self.machine()
        low = learning.precision is not torch.float32
        product = torch.empty_like(plain.weight, dtype=learning.precision) if low else None

        def gradient(batch: Rows, generator: Generator) -> tuple[Tensor, Sequence[Slope]]:
            machine = plain if product is None else plain.to(product.dtype)
            found, data = self._contrast(batch, machine, generator, learning)
            if product is not None:
                found = Moments(*(part.float() for part in found.dense(product)))
            value = found.visible.dot(found.visible) + found.hidden.dot(found.hidden)
            if learning.centered:
                self.hidden_offset.lerp_(_hidden_mean(data).float(), 1 - _OFFSET_DECAY)
                found = centre(found, self.visible_offset, self.hidden_offset)
            if learning.sparsity_weight:
                found = _sparsified(found, data, learning)
            return value, found

        return (
            Objective("contrast", (self.weight, self.visible_bias, self.hidden_bias), gradient),
        )

    def _contrast(
        self, batch: Rows, machine: Machine, generator: Generator, learning: Learning
    ) -> tuple[Moments, Phase]:
        """Return the gradient without centring or penalties, and the positive phase."""
        v, weight, observed = self._inputs(batch, learning.precision)
        if observed is not None and learning.algorithm != "cd":
            v = chains.fill(v, observed, machine, _FILLING_SWEEPS, generator, draw=fast_bernoulli)
        data = Phase(v, hidden_mean(v, machine), weight)
        if learning.algorithm == "cd":
            model = self._reconstruction(data, observed, machine, generator, learning.steps)
            return contrast(data, model), data
        total = None if weight is None else weight.sum()
        if learning.algorithm == "pcd":
            model = self._persistent_phase(machine, generator, learning.steps, total)
            return contrast(data, model), data
        model_side = model_moments(self.machine())
        if total is not None:
            model_side = Moments(*(part * total for part in model_side.dense()))
        return difference(moments(data), model_side), data

    def _inputs(
        self, batch: Rows, dtype: torch.dtype
    ) -> tuple[Tensor, Tensor | None, Tensor | None]:
        v = self.standardise(batch.x, batch.observed).to(dtype)
        wide = torch.promote_types(dtype, torch.float32)
        weight = None if batch.weight is None else batch.weight.to(wide)
        observed = None if batch.observed is None else batch.observed.to(dtype)
        return v, weight, observed

    @staticmethod
    def _reconstruction(
        data: Phase, observed: Tensor | None, machine: Machine, generator: Generator, steps: int
    ) -> Phase:
        """Return where short chains end that start at the data, each paired with its row."""
        start = machine.hidden.sample(data.h, generator, fast_bernoulli)
        end = chains.run(start, machine, steps, generator, draw=fast_bernoulli, observed=observed)
        return Phase(end.visible, end.hidden_mean, data.row_weight)

    def _persistent_phase(
        self, machine: Machine, generator: Generator, steps: int, total: Tensor | None
    ) -> Phase:
        """Move the persistent chains on; together they count as much as the batch's rows."""
        h = self.chains.to(machine.weight.dtype)
        end = chains.run(h, machine, steps, generator, draw=fast_bernoulli)
        self.chains.copy_(machine.hidden.sample(end.hidden_mean, generator, fast_bernoulli))
        n = len(self.chains)
        return Phase(end.visible, end.hidden_mean, None if total is None else (total / n).expand(n))


def _hidden_mean(data: Phase) -> Tensor:
    if data.row_weight is None:
        return data.h.mean(0, dtype=torch.float32)
    weight = data.row_weight
    return torch.mv(data.h.t().to(weight.dtype), weight) / weight.sum()


def _sparsified(found: Moments, data: Phase, learning: Learning) -> Moments:
    """Add the pull of the hidden units towards their target activation."""
    weight = None if data.row_weight is None else data.row_weight.float()
    pull = sparsity_gradient(data.v.float(), data.h.float(), learning.sparsity_target, weight)
    return add(found, pull, learning.sparsity_weight)
