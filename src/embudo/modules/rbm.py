"""The restricted Boltzmann machine as a module: parameters, chains, and the gradient to follow."""

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

import torch
from torch import Generator, Tensor, nn

from embudo.kernels import chains
from embudo.kernels.contrast import Moments, Phase, add, centre, contrast, difference, moments
from embudo.kernels.energies import Machine, hidden_given
from embudo.kernels.losses import sparsity_gradient
from embudo.kernels.noise import fast_bernoulli
from embudo.kernels.partition import model_moments
from embudo.kernels.units import HIDDEN
from embudo.modules.gain import GainBound
from embudo.modules.learning import HiddenKind, Learning, Rows
from embudo.modules.tempered import WARM_SHARE, TemperedChains
from embudo.modules.visible import VisibleLayer, expanded
from embudo.training.objective import Objective, Slope

_INITIAL_DEVIATION = 0.01  # of the weights; Hinton's practical guide (2010), section 8
_FILLING_SWEEPS = 3  # that draw a row's missing entries anew at each step
_OFFSET_DECAY = 0.99  # of the moving average of hidden means that centring uses


class RBMModule(nn.Module):
    """An RBM of given sizes.

    Parameters
    ----------
    columns : sequence of (name, n_states, count)
        The kinds of the data's columns, equal neighbours counted together.
    n_hidden : int
    hidden : {"bernoulli", "relu", "gaussian"}
    n_chains : int
        Persistent chains.
    n_temperatures : int, default=1
        At how many temperatures each of them has a replica.
    n_latent : int, default=0
        Bernoulli units on the visible side, behind those of the columns, that stand for none.
    """

    layer_class: ClassVar[type[VisibleLayer]] = VisibleLayer
    layer: VisibleLayer
    weight: nn.Parameter
    visible_bias: nn.Parameter
    hidden_bias: nn.Parameter
    visible_offset: Tensor
    hidden_offset: Tensor
    chains: Tensor
    links: Tensor | None

    def __init__(
        self,
        columns: Sequence[tuple[str, int, int]],
        n_hidden: int,
        hidden: HiddenKind,
        n_chains: int,
        n_temperatures: int = 1,
        n_latent: int = 0,
    ) -> None:
        super().__init__()
        self.config = {
            "columns": [list(run) for run in columns],
            "n_hidden": n_hidden,
            "hidden": hidden,
            "n_chains": n_chains,
            "n_temperatures": n_temperatures,
        }
        self.n_hidden = n_hidden
        self.layer = self.layer_class(expanded(columns))
        self.hidden = HIDDEN[hidden]
        n_visible = self.layer.n_units + n_latent
        shapes = {
            "weight": (n_visible, n_hidden),
            "visible_bias": (n_visible,),
            "hidden_bias": (n_hidden,),
        }
        for name, shape in shapes.items():
            setattr(self, name, nn.Parameter(torch.zeros(shape), requires_grad=False))
        resting = self.hidden.mean(self.hidden.given(torch.zeros(n_hidden)))
        self.register_buffer("visible_offset", torch.zeros(n_visible))
        self.register_buffer("hidden_offset", resting)
        self.register_buffer("chains", torch.zeros(n_chains, n_hidden))
        self.register_buffer("links", None, persistent=False)  # all units are joined
        unbounded = hidden != "bernoulli" and "gaussian" in self.layer.kind_names
        self.gain = GainBound(n_hidden) if unbounded else None
        self.tempered = (
            TemperedChains(n_temperatures, n_chains, n_hidden) if n_temperatures > 1 else None
        )

    @property
    def n_columns(self) -> int:
        """How many columns its data have."""
        return len(self.layer.kinds)

    def initialise(self, mean: Tensor, scale: Tensor, rates: Tensor, generator: Generator) -> None:
        """Start from the data: small weights, base rates, chains where those put them.

        Parameters
        ----------
        mean, scale : Tensor of shape (columns,)
            Of the columns.
        rates : Tensor of shape (units,)
            Means of the units; not looked at for Gaussian ones.
        generator : torch.Generator
        """
        self.weight.normal_(0, _INITIAL_DEVIATION, generator=generator)
        self.layer.place_on(mean, scale)
        centre = rates.to(self.visible_offset).clone()
        centre[self.layer.stretch("gaussian")] = 0
        self.visible_offset.copy_(centre)
        self.visible_bias.copy_(self.layer.base_rates(centre))
        self.start_chains(generator)

    def start_chains(self, generator: Generator) -> None:
        """Put all chains where the visible biases alone do."""
        self.chains.copy_(chains.from_base_rates(self.machine(), len(self.chains), generator))
        if self.tempered is not None:
            self.tempered.start(self.machine(), self.warm_bias, generator)

    def learn_from(self, fitted: "RBMModule") -> None:
        """Take over what a machine of the same units has learned, but not its chains."""
        learned = fitted.state_dict()
        for name, own in self.state_dict().items():
            if name != "chains" and not name.startswith("tempered."):
                own.copy_(learned[name])

    @property
    def base_bias(self) -> Tensor:
        """Visible biases of the weightless machine that gives each unit its mean."""
        return self.layer.base_rates(self.visible_offset)

    @property
    def warm_bias(self) -> Tensor:
        """Visible biases of the weightless machine at the warm end of tempered chains."""
        return WARM_SHARE * self.base_bias

    def machine(self, dtype: torch.dtype = torch.float32) -> Machine:
        """Return the parameters as plain tensors of a type."""
        machine = Machine(
            self.weight.detach(),
            self.visible_bias.detach(),
            self.hidden_bias.detach(),
            self.layer.unit,
            self.hidden,
        )
        return machine if dtype is torch.float32 else machine.to(dtype)

    def machine_of_rows(self, dtype: torch.dtype = torch.float32) -> Machine:
        """Return the machine that judges rows of data; here it is the machine itself."""
        return self.machine(dtype)

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
            found, data, drawn = self._contrast(batch, machine, generator, learning)
            if product is not None:
                found = Moments(*(part.float() for part in found.dense(product)))
            value = found.visible.dot(found.visible) + found.hidden.dot(found.hidden)
            if learning.centered:
                self.hidden_offset.lerp_(_hidden_mean(data).float(), 1 - _OFFSET_DECAY)
                found = centre(found, self.visible_offset, self.hidden_offset, self.links)
            if learning.sparsity_weight:
                found = _sparsified(found, data, learning)
            if learning.learned_variance:
                return value, (*found, self._scale_gradient(data, batch, machine, drawn))
            return value, found

        parameters = [self.weight, self.visible_bias, self.hidden_bias]
        if learning.learned_variance:
            parameters.append(self.layer.log_scale)
        after_step = self._after_step(learning)
        return (Objective("contrast", tuple(parameters), gradient, after_step),)

    def _after_step(self, learning: Learning) -> Callable[[], None] | None:
        """Return what keeps the parameters where the model has a density."""
        gain = self.gain
        if gain is None and not learning.learned_variance:
            return None

        def bound() -> None:
            if learning.learned_variance:
                self.layer.bound_scales()
            if gain is not None:
                self._bound_gain(gain)

        return bound

    def _bound_gain(self, gain: GainBound) -> None:
        real = self.layer.stretch("gaussian")
        gain.hold(self.weight[real], self.visible_bias[real], self.hidden_offset)

    def _contrast(
        self, batch: Rows, machine: Machine, generator: Generator, learning: Learning
    ) -> tuple[Moments, Phase, Tensor | None]:
        """Return the gradient without centring or penalties, and the positive phase.

        The third is ``p(v | h)`` with ``h`` drawn given the data, where a chain starts there.
        """
        v, weight, observed = self._inputs(batch, learning, generator)
        if observed is not None and learning.algorithm != "cd":
            v = chains.fill(v, observed, machine, _FILLING_SWEEPS, generator, draw=fast_bernoulli)
        given = hidden_given(v, machine)
        data = Phase(v, machine.hidden.mean(given), weight)
        if learning.algorithm == "cd":
            start = machine.hidden.sample(given, generator, fast_bernoulli)
            how: Any = {"draw": fast_bernoulli, "observed": observed}
            end = first = chains.sweep(start, machine, generator, **how)
            if learning.steps > 1:
                h = machine.hidden.sample(first.hidden_given, generator, fast_bernoulli)
                end = chains.run(h, machine, learning.steps - 1, generator, **how)
            model = Phase(end.visible, machine.hidden.mean(end.hidden_given), weight)
            return contrast(data, model), data, first.visible_given
        total = None if weight is None else weight.sum()
        if learning.algorithm != "exact":
            model = self._persistent_phase(machine, generator, learning, total)
            return contrast(data, model), data, None
        model_side = model_moments(self.machine())
        if total is not None:
            model_side = Moments(*(part * total for part in model_side.dense()))
        return difference(moments(data), model_side), data, None

    def _inputs(
        self, batch: Rows, learning: Learning, generator: Generator
    ) -> tuple[Tensor, Tensor | None, Tensor | None]:
        v, observed = self._states(batch)
        if learning.resample:
            v = self.layer.resample(v, generator)
        wide = torch.promote_types(learning.precision, torch.float32)
        weight = None if batch.weight is None else batch.weight.to(wide)
        seen = None if observed is None else observed.to(learning.precision)
        return v.to(learning.precision), weight, seen

    def _states(self, batch: Rows) -> tuple[Tensor, Tensor | None]:
        return self.layer.encode(batch.x, batch.observed)

    def _scale_gradient(
        self, data: Phase, batch: Rows, machine: Machine, drawn: Tensor | None
    ) -> Tensor:
        """Return the slope by the log scales; a field with drawn ``h`` does on average."""
        real = self.layer.stretch("gaussian")
        if drawn is None:
            field = torch.addmm(machine.visible_bias[real], data.h, machine.weight[real].t())
        else:
            field = drawn[:, real]
        seen = None
        if batch.observed is not None:
            _, all_seen = self.layer.encode(batch.x, batch.observed)
            seen = None if all_seen is None else all_seen[:, real]
        v, shares = data.v[:, real].float(), data.shares().float()
        return self.layer.scale_gradient(v, field.float(), shares, seen)

    def _persistent_phase(
        self, machine: Machine, generator: Generator, learning: Learning, total: Tensor | None
    ) -> Phase:
        """Move the persistent chains on; together they count as much as the batch's rows."""
        if learning.algorithm == "pt":
            assert self.tempered is not None
            v, field = self.tempered.run(
                self.chains, machine, self.warm_bias, learning.steps, generator
            )
            given = machine.hidden.given_(field)
        else:
            h = self.chains.to(machine.weight.dtype)
            end = chains.run(h, machine, learning.steps, generator, draw=fast_bernoulli)
            v, given = end.visible, end.hidden_given
            self.chains.copy_(machine.hidden.sample(given, generator, fast_bernoulli))
        n = len(self.chains)
        share = None if total is None else (total / n).expand(n)
        return Phase(v, machine.hidden.mean(given), share)


def _hidden_mean(data: Phase) -> Tensor:
    if data.row_weight is None:
        return data.h.mean(0, dtype=torch.promote_types(data.h.dtype, torch.float32))
    weight = data.row_weight
    return torch.mv(data.h.t().to(weight.dtype), weight) / weight.sum()


def _sparsified(found: Moments, data: Phase, learning: Learning) -> Moments:
    """Add the pull of the hidden units towards their target activation."""
    weight = None if data.row_weight is None else data.row_weight.float()
    pull = sparsity_gradient(data.v.float(), data.h.float(), learning.sparsity_target, weight)
    return add(found, pull, learning.sparsity_weight)
