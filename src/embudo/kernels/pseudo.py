"""Pseudo-log-likelihood: the sum over the visible layer of log p(v_i | all other v), in nats.

Besag (1975). It needs no partition function, and it is exact here: every one-dimensional
conditional is normalised, in closed form for Bernoulli units and for the blocks of Softmax units,
by quadrature for Gaussian ones.
"""

import math
from collections.abc import Callable, Iterator
from typing import NamedTuple, TypeAlias

import torch
from jaxtyping import Float, Int
from torch import Tensor
from torch.nn.functional import softplus

from embudo.kernels.energies import Machine, hidden_field
from embudo.kernels.units import Mixed, Softmax, Unit

_ELEMENTS_AT_ONCE = 2**21
_TAIL = 8.0  # standard deviations beyond the outermost mean: the mass outside is below 1e-14
_CLIMB = 60  # steps to the mode of a log-concave conditional


class _Stretch(NamedTuple):
    """Neighbouring variables of one kind: each is a unit, or a block of Softmax units."""

    unit: Unit
    first_unit: int
    units_each: int
    variables: int


def count_variables(machine: Machine) -> int:
    """Return how many variables the visible layer has; a Softmax block is one."""
    return sum(stretch.variables for stretch in _stretches(machine))


def conditional_log_likelihoods(
    v: Float[Tensor, "batch visible"],
    machine: Machine,
    variables: Int[Tensor, " some"] | None = None,
) -> Float[Tensor, "batch some"]:
    """Return log p(v_i | all other v) for each row and each of ``variables`` (by default all).

    A variable is a unit, or a block of Softmax units. Units with two or more states take
    probabilities as well: the states' log-probabilities are then mixed in that proportion. Missing
    entries must be 0 in ``v``; mask the result.
    """
    if variables is None:
        variables = torch.arange(count_variables(machine))
    if not len(v):
        return v.new_zeros((0, len(variables)))
    rows = max(1, _ELEMENTS_AT_ONCE // (64 * len(machine.hidden_bias)))
    return torch.cat([_of_rows(block, machine, variables.cpu()) for block in v.split(rows)])


def _of_rows(v: Tensor, machine: Machine, variables: Tensor) -> Tensor:
    found = v.new_empty((len(v), len(variables)))
    first = 0
    for stretch in _stretches(machine):
        here = ((variables >= first) & (variables < first + stretch.variables)).nonzero()[:, 0]
        if len(here):
            some = (variables[here] - first).to(v.device)
            conditional = _CONDITIONALS[stretch.unit.name]
            found[:, here.to(v.device)] = conditional(v, machine, stretch, some)
        first += stretch.variables
    return found


def _stretches(machine: Machine) -> Iterator[_Stretch]:
    unit, width = machine.visible, len(machine.visible_bias)
    first = 0
    for kind, units in unit.parts if isinstance(unit, Mixed) else [(unit, width)]:
        each = kind.n_states if isinstance(kind, Softmax) else 1
        yield _Stretch(kind, first, each, units // each)
        first += units


def _bernoulli(v: Tensor, machine: Machine, stretch: _Stretch, variables: Tensor) -> Tensor:
    field, total = hidden_field(v, machine), machine.hidden.log_normaliser
    rest = total(field)[:, None]
    binary = bool(((v == 0) | (v == 1)).all())
    parts = []
    for some in _chunks(variables + stretch.first_unit, len(v) * field.shape[1]):
        state, weight, bias = v[:, some], machine.weight[some], machine.visible_bias[some]
        if binary:
            flip = 1 - 2 * state
            flipped = total(torch.addcmul(field[:, None], flip[..., None], weight))
            log_odds = bias + flip * (flipped - rest)
        else:
            off = torch.addcmul(field[:, None], state[..., None], weight, value=-1)
            log_odds = bias + total(off + weight) - total(off)
        parts.append(state * log_odds - softplus(log_odds))
    return torch.cat(parts, 1)


def _softmax(v: Tensor, machine: Machine, stretch: _Stretch, variables: Tensor) -> Tensor:
    field, k = hidden_field(v, machine), stretch.units_each
    parts = []
    for variable in variables.tolist():
        units = slice(stretch.first_unit + variable * k, stretch.first_unit + (variable + 1) * k)
        state, weight = v[:, units], machine.weight[units]
        without = torch.addmm(field, state, weight, alpha=-1)
        on = [machine.hidden.log_normaliser(without + row) for row in weight]
        log_p = (machine.visible_bias[units] + torch.stack(on, 1)).log_softmax(1)
        parts.append((state * log_p).sum(1))
    return torch.stack(parts, 1)


def _gaussian(v: Tensor, machine: Machine, stretch: _Stretch, variables: Tensor) -> Tensor:
    """Normalise each conditional by the trapezoidal rule.

    With Bernoulli hidden units each is a mixture of unit-variance Gaussians, for which the rule
    converges geometrically: at a spacing of 1 its relative error is 2 exp(-2 pi^2), below 6e-9.
    With other hidden units it is log-concave, at most as wide as the machine's weights allow.
    """
    field = hidden_field(v, machine)
    parts = []
    for unit in (variables + stretch.first_unit).tolist():
        weight, bias = machine.weight[unit], machine.visible_bias[unit]
        without = field - v[:, unit : unit + 1] * weight
        if machine.hidden.name == "bernoulli":
            points, spacing = _span_of_mixture(weight, bias)
            points = points.expand(len(v), -1)
        else:
            points, spacing = _span_of_mode(weight, bias, without, machine)
        size = max(1, _ELEMENTS_AT_ONCE // field.numel())
        logs = [
            _log_density(grid, without, weight, bias, machine, stretch.unit)
            for grid in points.split(size, 1)
        ]
        mass = torch.cat(logs, 1).logsumexp(1) + math.log(spacing)
        state = v[:, unit : unit + 1]
        here = _log_density(state, without, weight, bias, machine, stretch.unit)[:, 0]
        parts.append(here - mass)
    return torch.stack(parts, 1)


def _span_of_mixture(weight: Tensor, bias: Tensor) -> tuple[Tensor, float]:
    low = float(bias + weight.clamp(max=0).sum()) - _TAIL
    high = float(bias + weight.clamp(min=0).sum()) + _TAIL
    n_points = int(high - low) + 2
    points = torch.linspace(low, high, n_points, dtype=weight.dtype, device=weight.device)
    return points, (high - low) / (n_points - 1)


def _span_of_mode(
    weight: Tensor, bias: Tensor, without: Tensor, machine: Machine
) -> tuple[Tensor, float]:
    """Return points around each row's mode; the curvature is at least ``1 - |w|^2``."""
    mode = bias.expand(len(without))
    for _ in range(_CLIMB):
        hidden = machine.hidden.mean(torch.addcmul(without, mode[:, None], weight))
        mode = bias + hidden @ weight
    width = 1 / math.sqrt(max(1e-3, 1 - float(weight.square().sum())))
    steps = torch.arange(-2 * _TAIL * width, 2 * _TAIL * width + 1, dtype=weight.dtype) / 2
    return mode[:, None] + steps.to(weight.device), 0.5


def _log_density(
    points: Float[Tensor, "batch point"],
    without: Float[Tensor, "batch hidden"],
    weight: Float[Tensor, " hidden"],
    bias: Float[Tensor, ""],
    machine: Machine,
    unit: Unit,
) -> Float[Tensor, "batch point"]:
    hidden = machine.hidden.log_normaliser(
        torch.addcmul(without[:, None], points[..., None], weight)
    )
    return bias * points - unit.base(points) + hidden


def _chunks(values: Tensor, elements_each: int) -> Iterator[Tensor]:
    yield from values.split(max(1, _ELEMENTS_AT_ONCE // max(1, elements_each)))


_Conditional: TypeAlias = Callable[[Tensor, Machine, _Stretch, Tensor], Tensor]
_CONDITIONALS: dict[str, _Conditional] = {
    "bernoulli": _bernoulli,
    "softmax": _softmax,
    "gaussian": _gaussian,
}
