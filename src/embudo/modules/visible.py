"""The visible layer: columns of a table on one side, units of an RBM on the other."""

from collections.abc import Sequence
from itertools import groupby
from typing import NamedTuple

import torch
from torch import Generator, Tensor, nn

from embudo.kernels.noise import fast_bernoulli
from embudo.kernels.units import Bernoulli, Gaussian, Mixed, Softmax, VisibleUnit

_RAREST = 1e-3  # base rates are kept this far from 0 and 1 before their logarithm is taken
_MOST_COLUMNS = 10**7
_NARROWEST, _WIDEST = -2.0, 1.0  # of a learned log scale, beside that of the column


class ColumnKind(NamedTuple):
    """What a column becomes: units of a kind, and how many states it has (softmax only)."""

    name: str
    n_states: int = 1


class VisibleLayer(nn.Module):
    """Units for the columns of a table, each kind in a stretch of its own.

    Gaussian columns are shifted and scaled on the way in, so that their units see mean 0 and
    variance 1. A scale is a parameter: whoever learns it learns the variance of the units, for
    with ``z = (x - shift) / scale`` the density is ``p(x) = p(z) / scale``.

    Parameters
    ----------
    kinds : sequence of ColumnKind
        One for each column.
    """

    log_scale: nn.Parameter
    shift: Tensor
    widest: Tensor
    _order: Tensor
    _back: Tensor

    def __init__(self, kinds: Sequence[ColumnKind]) -> None:
        super().__init__()
        self.kinds = list(kinds)
        self.order = self.arranged(kinds)
        self.groups = [
            (kind, len(list(same))) for kind, same in groupby(kinds[i] for i in self.order)
        ]
        self.n_units = sum(kind.n_states * count for kind, count in self.groups)
        parts = tuple((_unit(kind), kind.n_states * count) for kind, count in self.groups)
        self.unit: VisibleUnit = parts[0][0] if len(parts) == 1 else Mixed(parts)
        self.register_buffer("shift", torch.zeros(self.n_units))
        self.register_buffer("widest", torch.zeros(self.n_units))
        self.log_scale = nn.Parameter(torch.zeros(self.n_units), requires_grad=False)
        order = torch.tensor(self.order)
        self.register_buffer("_order", order, persistent=False)
        self.register_buffer("_back", order.argsort(), persistent=False)

    @staticmethod
    def arranged(kinds: Sequence[ColumnKind]) -> list[int]:
        """Return the order in which the columns' units stand."""
        return sorted(range(len(kinds)), key=lambda i: (kinds[i], i))

    @property
    def is_plain(self) -> bool:
        """Whether every column is one Bernoulli unit, which is the column itself."""
        return self.unit.name == "bernoulli"

    @property
    def kind_names(self) -> set[str]:
        """The names of the kinds of unit in use."""
        return {kind.name for kind, _ in self.groups}

    def stretch(self, name: str) -> slice:
        """Return where the units of a kind stand; Softmax blocks of all sizes count as one kind."""
        widths = [(kind.name, kind.n_states * count) for kind, count in self.groups]
        first = sum(width for kind, width in widths if kind < name)
        return slice(first, first + sum(width for kind, width in widths if kind == name))

    def columns_of(self, name: str) -> list[int]:
        """Return the places of the columns of a kind, in the units' order."""
        return [i for i in self.order if self.kinds[i].name == name]

    def place_on(self, mean: Tensor, scale: Tensor) -> None:
        """Take the columns' means and standard deviations as the Gaussian units' origin."""
        gaussian = self.stretch("gaussian")
        columns = self.columns_of("gaussian")
        self.shift[gaussian] = mean[columns].to(self.shift)
        self.log_scale[gaussian] = scale[columns].log().to(self.log_scale)
        self.widest.copy_(self.log_scale)

    def encode(self, x: Tensor, observed: Tensor | None = None) -> tuple[Tensor, Tensor | None]:
        """Carry rows to states of the units, and say which units are observed.

        Parameters
        ----------
        x : Tensor of shape (rows, columns)
            Codes from 0 stand for the states of Softmax columns; 0 where missing.
        observed : Tensor of shape (rows, columns), optional
            1 where present, 0 where missing.

        Returns
        -------
        v : Tensor of shape (rows, units)
            0 where missing.
        observed : Tensor of shape (rows, units) or None
        """
        if self.is_plain:
            return x, observed
        v = torch.cat([self._to_units(kind, part) for kind, part in self._grouped(x)], 1)
        if "gaussian" in self.kind_names:
            v = self._scaled(v)
        if observed is None:
            return v, None
        seen = self.spread(observed)
        return v * seen, seen

    def spread(self, columns: Tensor) -> Tensor:
        """Return a number for each unit from one for each column, of shape (rows, columns)."""
        if self.is_plain:
            return columns
        grouped = self._grouped(columns)
        return torch.cat([part.repeat_interleave(kind.n_states, 1) for kind, part in grouped], 1)

    def decode(self, v: Tensor) -> Tensor:
        """Carry states or means of the units back to columns; Softmax gives its likeliest state."""
        if self.is_plain:
            return v
        v = self._unscaled(v)
        widths = [kind.n_states * count for kind, count in self.groups]
        parts = []
        for (kind, _), units in zip(self.groups, v.split(widths, 1), strict=True):
            if kind.name == "softmax":
                units = units.unflatten(1, (-1, kind.n_states)).argmax(2).to(v.dtype)
            parts.append(units)
        return self.in_order_of_columns(torch.cat(parts, 1))

    def nearest(self, v: Tensor) -> Tensor:
        """Return Gaussian units' values as they are met in data, nearest to some: here all are."""
        return v

    def _scaled(self, v: Tensor) -> Tensor:
        """Return units, whose memory may be used, with the Gaussian ones on their own scale."""
        return v.sub_(self.shift.to(v.dtype)).div_(self.log_scale.to(v.dtype).exp())

    def _unscaled(self, v: Tensor) -> Tensor:
        """Return units with the Gaussian ones on the data's scale."""
        return v * self.log_scale.to(v.dtype).exp() + self.shift.to(v.dtype)

    def are_states(self, x: Tensor) -> bool:
        """Say whether all entries of Bernoulli columns are 0 or 1."""
        binary = self.encode(x)[0][:, self.stretch("bernoulli")]
        return bool(((binary == 0) | (binary == 1)).all())

    def resample(self, v: Tensor, generator: Generator) -> Tensor:
        """Draw the states of the Bernoulli units, whose values are taken as probabilities."""
        if self.is_plain:
            return fast_bernoulli(v, generator)
        units = self.stretch("bernoulli")
        v[:, units] = fast_bernoulli(v[:, units].contiguous(), generator)
        return v

    def base_rates(self, mean: Tensor) -> Tensor:
        """Return the biases that give each unit, on its own, the data's mean."""
        bias = torch.zeros_like(mean)
        binary, blocks = self.stretch("bernoulli"), self.stretch("softmax")
        bias[binary] = mean[binary].clamp(_RAREST, 1 - _RAREST).logit()
        bias[blocks] = mean[blocks].clamp(min=_RAREST).log()
        return bias

    def log_scale_of_columns(self, like: Tensor) -> Tensor:
        """Return log(scale) of each column, in the units' order: what its density loses."""
        parts = []
        for kind, count in self.groups:
            parts.append(
                self.log_scale[self.stretch("gaussian")]
                if kind.name == "gaussian"
                else self.log_scale.new_zeros(count)
            )
        return torch.cat(parts).to(like.dtype)

    def scale_gradient(
        self, v: Tensor, field: Tensor, weight: Tensor, seen: Tensor | None
    ) -> Tensor:
        """Return the slope of the negative log-likelihood by ``log_scale``, averaged over rows.

        ``v``, ``seen`` and ``field = a + W E[h | v]`` are those of the Gaussian units; other units
        get 0. Since ``log p(x) = -F(z) - log Z - log scale`` and ``dz / d log scale = -z``, the
        slope is ``1 - z (z - field)``: it needs no negative phase.
        """
        product = (field - v).mul_(v)
        if seen is None:
            slope = torch.mv(product.t(), weight).add_(weight.sum())
        else:
            slope = torch.mv(product.add_(1).mul_(seen).t(), weight)
        found = torch.zeros_like(self.log_scale)
        found[self.stretch("gaussian")] = slope.clamp_(-1, 1)  # no row may throw a scale away
        return found

    def bound_scales(self) -> None:
        """Keep learned scales near those of the columns: a unit must not shrink to a point."""
        self.log_scale.copy_(
            torch.minimum(
                torch.maximum(self.log_scale, self.widest + _NARROWEST), self.widest + _WIDEST
            )
        )

    def sum_by_column(self, values: Tensor) -> Tensor:
        """Return values of units (last axis) summed over those of each column, in its order."""
        widths = [kind.n_states * count for kind, count in self.groups]
        parts = [
            part.unflatten(-1, (-1, kind.n_states)).sum(-1)
            for (kind, _), part in zip(self.groups, values.split(widths, -1), strict=True)
        ]
        return self.in_order_of_columns(torch.cat(parts, -1))

    def in_order_of_units(self, columns: Tensor) -> Tensor:
        """Return columns (last axis) as the units have them."""
        return self._arranged(columns, self._order)

    def in_order_of_columns(self, columns: Tensor) -> Tensor:
        """Return columns (last axis) as the table has them."""
        return self._arranged(columns, self._back)

    def _arranged(self, columns: Tensor, order: Tensor) -> Tensor:
        if len(self.groups) == 1:
            return columns
        return columns.index_select(-1, order[: columns.shape[-1]])  # some layers add one at last

    def _grouped(self, x: Tensor) -> list[tuple[ColumnKind, Tensor]]:
        counts = [count for _, count in self.groups]
        parts = self.in_order_of_units(x).split(counts, 1)
        return [(kind, part) for (kind, _), part in zip(self.groups, parts, strict=True)]

    @staticmethod
    def _to_units(kind: ColumnKind, x: Tensor) -> Tensor:
        if kind.name != "softmax":
            return x
        states = torch.arange(kind.n_states, dtype=x.dtype, device=x.device)
        return (x[..., None] == states).to(x.dtype).flatten(1)


def expanded(columns: Sequence[tuple[str, int, int]]) -> list[ColumnKind]:
    """Return the kind of every column, where equal neighbours were counted together.

    Raises
    ------
    ValueError
        If there is none, or more than a table can have.
    """
    if not 0 < sum(count for _, _, count in columns) <= _MOST_COLUMNS:
        raise ValueError(f"a table has from 1 to {_MOST_COLUMNS:,} columns")
    return [ColumnKind(name, states) for name, states, count in columns for _ in range(count)]


def _unit(kind: ColumnKind) -> VisibleUnit:
    units: dict[str, VisibleUnit] = {
        "bernoulli": Bernoulli(),
        "gaussian": Gaussian(),
        "softmax": Softmax(kind.n_states),
    }
    return units[kind.name]
