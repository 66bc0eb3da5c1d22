"""The unrestricted Boltzmann machine as a module: parameters, chains, the gradient to follow."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple, TypeAlias

import torch
from torch import Generator, Tensor, nn

from embudo.errors import ParameterError
from embudo.kernels import boltzmann_clamped as clamped
from embudo.kernels import boltzmann_states as states
from embudo.kernels.boltzmann import Boltzmann, Lateral, allowed, given_all_others
from embudo.kernels.boltzmann_sweeps import gibbs
from embudo.kernels.noise import bernoulli, fast_bernoulli
from embudo.kernels.partition import MAX_ENUMERATED_UNITS
from embudo.modules.learning import Rows
from embudo.training.objective import Objective, Slope

Negative: TypeAlias = Literal["exact", "pcd"]

_INITIAL_DEVIATION = 0.01  # of the couplings; Hinton's practical guide (2010), section 8
_OFFSET_DECAY = 0.99  # of the moving average of hidden means that centring uses
_RAREST = 1e-3  # base rates are kept this far from 0 and 1 before their logarithm is taken
_MOST_UNITS = 20_000  # 3.2 GB of couplings and their momentum


@dataclass(frozen=True)
class BoltzmannLearning:
    """How a Boltzmann machine learns; the estimator's parameters of the same names say more."""

    algorithm: Negative
    steps: int
    mean_field_steps: int
    mean_field_tolerance: float
    centered: bool
    resample: bool
    precision: torch.dtype


class Moments(NamedTuple):
    """Averages of the units, and of products of two; equally, a gradient."""

    mean: Tensor
    pair: Tensor


class BoltzmannModule(nn.Module):
    """A Boltzmann machine of given sizes.

    Parameters
    ----------
    n_visible, n_hidden : int
    lateral : {"both", "visible", "hidden", "none"}
        Within which layers units are joined.
    n_chains : int
        Persistent chains.
    """

    coupling: nn.Parameter
    bias: nn.Parameter
    low: Tensor
    span: Tensor
    offset: Tensor
    chains: Tensor
    _allowed: Tensor

    def __init__(self, n_visible: int, n_hidden: int, lateral: Lateral, n_chains: int) -> None:
        super().__init__()
        n = n_visible + n_hidden
        if not 0 < n <= _MOST_UNITS:
            raise ParameterError(
                f"a Boltzmann machine joins every unit to every other one and has at most "
                f"{_MOST_UNITS:,} units, but here are {n:,}: lower n_hidden, or take an RBM"
            )
        self.config = {
            "n_visible": n_visible,
            "n_hidden": n_hidden,
            "lateral": lateral,
            "n_chains": n_chains,
        }
        self.n_visible, self.n_hidden, self.lateral = n_visible, n_hidden, lateral
        self.coupling = nn.Parameter(torch.zeros(n, n), requires_grad=False)
        self.bias = nn.Parameter(torch.zeros(n), requires_grad=False)
        self.register_buffer("low", torch.zeros(n_visible, dtype=torch.float64))
        self.register_buffer("span", torch.ones(n_visible, dtype=torch.float64))
        self.register_buffer("offset", torch.full((n,), 0.5))
        self.register_buffer("chains", torch.zeros(n_chains, n))
        self.register_buffer("_allowed", allowed(n_visible, n_hidden, lateral), persistent=False)

    @property
    def n_columns(self) -> int:
        """How many columns its data have."""
        return self.n_visible

    def initialise(self, mean: Tensor, low: Tensor, span: Tensor, generator: Generator) -> None:
        """Start from the data: small couplings, base rates, chains where those put them.

        Parameters
        ----------
        mean : Tensor of shape (visible,)
            Of the columns.
        low, span : Tensor of shape (visible,)
            Which value of a column is 0 to its unit, and how far from there its 1 is.
        generator : torch.Generator
        """
        self.low.copy_(low)
        self.span.copy_(span)
        rates, _ = self.encode(mean[None].to(self.low))
        self.coupling.normal_(0, _INITIAL_DEVIATION, generator=generator)
        self.coupling.copy_(self._couplings_in(self.coupling.triu()))
        self.offset[: self.n_visible] = rates[0].to(self.offset)
        self.bias.copy_(self.base_bias)
        start = self.bias.sigmoid().expand(len(self.chains), -1).contiguous()
        self.chains.copy_(bernoulli(start, generator))

    def encode(
        self, x: Tensor, observed: Tensor | None = None, scaled: bool | None = None
    ) -> tuple[Tensor, Tensor | None]:
        """Carry rows to states of the visible units; 0 where missing.

        ``scaled`` is :attr:`is_scaled`, from who has asked for it already.
        """
        if not (self.is_scaled if scaled is None else scaled):
            return x, observed
        v = ((x - self.low.to(x.dtype)) / self.span.to(x.dtype)).clamp(0, 1)
        return v if observed is None else v * observed, observed

    def decode(self, v: Tensor, scaled: bool | None = None) -> Tensor:
        """Carry states or means of the visible units back to columns."""
        scaled = self.is_scaled if scaled is None else scaled
        return v * self.span.to(v.dtype) + self.low.to(v.dtype) if scaled else v

    @property
    def is_scaled(self) -> bool:
        """Whether a column has another range than its unit."""
        return bool((self.low != 0).any() or (self.span != 1).any())

    @property
    def base_bias(self) -> Tensor:
        """Biases that give each visible unit, on its own, the data's mean; 0 for hidden ones."""
        bias = torch.zeros_like(self.offset)
        rates = self.offset[: self.n_visible]
        bias[: self.n_visible] = rates.clamp(_RAREST, 1 - _RAREST).logit()
        return bias

    def machine(self, dtype: torch.dtype = torch.float32) -> Boltzmann:
        """Return the parameters as plain tensors of a type."""
        plain = (self.coupling.detach(), self.bias.detach())
        machine = Boltzmann(*plain, self.n_visible, self.lateral)
        return machine if dtype is torch.float32 else machine.to(dtype)

    def objectives(self, learning: BoltzmannLearning) -> tuple[Objective, ...]:
        """Hand the loop the contrast between data and model.

        The value reported is the squared norm of the biases' gradient: how far the units' means
        under the model are from those under the data.
        """

        def gradient(batch: Rows, generator: Generator) -> tuple[Tensor, Sequence[Slope]]:
            machine = self.machine(learning.precision)
            data, total = self._positive(batch, machine, generator, learning)
            model = self._negative(machine, generator, learning)
            mean = total * model.mean - data.mean
            pair = self._couplings_in(total * model.pair - data.pair) / 2
            value = mean.dot(mean)
            if learning.centered:
                self._follow(data.mean / total)
                mean, pair = self._centred(mean, pair)
            return value.float(), (pair.float(), mean.float())

        return (Objective("contrast", (self.coupling, self.bias), gradient),)

    def _couplings_in(self, matrix: Tensor) -> Tensor:
        """Return the matrix plus its transpose where couplings may be: symmetric to the bit."""
        return (matrix + matrix.t()) * self._allowed

    def _positive(
        self, batch: Rows, machine: Boltzmann, generator: Generator, learning: BoltzmannLearning
    ) -> tuple[Moments, Tensor]:
        """Return the averages beside the data, and what the batch's rows count together."""
        v, observed = self.encode(batch.x.to(learning.precision), batch.observed)
        observed = None if observed is None else observed.to(learning.precision)
        if learning.resample:
            v = fast_bernoulli(v, generator)
        share = v.new_full((len(v),), 1 / len(v))
        if batch.weight is not None:
            share = batch.weight.to(learning.precision)
        if learning.algorithm == "exact":
            _check_rows(machine, holes=observed is not None)
            return Moments(*clamped.exact_pairs(v, machine, share, observed)), share.sum()
        mean = clamped.mean_field_means(
            v,
            machine,
            observed,
            sweeps=learning.mean_field_steps,
            tolerance=learning.mean_field_tolerance,
        )
        return _moments(mean, share), share.sum()

    def _negative(
        self, machine: Boltzmann, generator: Generator, learning: BoltzmannLearning
    ) -> Moments:
        """Return the model's averages: over all states, or over chains after they moved on."""
        if learning.algorithm == "exact":
            return Moments(*states.averages(machine))
        state = gibbs(self.chains.to(learning.precision), machine, learning.steps, generator)
        self.chains.copy_(state)
        if machine.hidden_is_free:  # means in place of states: less noise at the same cost
            state[:, machine.hidden] = given_all_others(state, machine, machine.hidden)
        return _moments(state, state.new_full((len(state),), 1 / len(state)))

    def _follow(self, data_mean: Tensor) -> None:
        """Let the hidden units' offsets follow their means beside the data."""
        hidden = self.offset[self.n_visible :]
        hidden.lerp_(data_mean[self.n_visible :].float(), 1 - _OFFSET_DECAY)

    def _centred(self, mean: Tensor, pair: Tensor) -> tuple[Tensor, Tensor]:
        """Return the gradient taken for ``s - offset`` and carried back (Montavon and Müller 2012).

        It vanishes where the plain one does, and makes learning indifferent to flipped bits.
        """
        offset = self.offset.to(mean.dtype)
        pair = pair - self._couplings_in(torch.outer(offset, mean))
        return mean - pair @ offset, pair


def _moments(state: Tensor, share: Tensor) -> Moments:
    weighted = state * share[:, None]
    return Moments(weighted.sum(0), state.t() @ weighted)


def _check_rows(machine: Boltzmann, *, holes: bool) -> None:
    if not clamped.is_exact(machine, holes=holes):
        n = clamped.listed_beside(machine, holes=holes)
        what = "units beside a row with missing entries" if holes else "hidden units"
        raise ParameterError(
            f"algorithm='exact' lists all states of the {n} {what}, but the limit is "
            f"{MAX_ENUMERATED_UNITS}: lower n_hidden or take algorithm='pcd'"
        )
