"""Measure what can be wrong with a trained RBM and its chains."""

from typing import NamedTuple

import torch
from torch import Generator, Tensor

from embudo.kernels import chains, diagnostics
from embudo.kernels.energies import (
    Machine,
    free_energy,
    hidden_given,
    hidden_mean,
    visible_given,
)
from embudo.modules.diagnosis import Diagnosis
from embudo.modules.learning import Rows
from embudo.modules.measures import free_energy_of_data
from embudo.modules.rbm import RBMModule

_NEVER = 0.05  # below this mean such a unit is dead, above 1 minus it saturated
_CONSTANT = 0.05  # a unit whose mean moves less than this over all rows says nothing of them
_LISTED_VALUES = 10
_DIRECTIONS = 3  # singular vectors along which chains are watched
_KEPT_STATES = 50  # of each chain, for the moments
_FILLING_SWEEPS = 50


class Walk(NamedTuple):
    """What is kept of Gibbs chains: all free energies, and some states of the second half.

    Attributes
    ----------
    series : Tensor of shape (1 + directions, chains, counted sweeps)
        The free energy, and the states along the leading singular vectors of the weights:
        modes of equal energy lie apart there.
    states : Tensor of shape (kept, chains, visible)
        The last one is where the chains ended.
    """

    series: Tensor
    states: Tensor


class _Validation(NamedTuple):
    """What rows that the model has not seen tell beside those of the data."""

    gap: float | None = None
    gap_error: float | None = None
    nearer: float | None = None
    nearer_error: float | None = None


@torch.no_grad()
def diagnose(
    module: RBMModule,
    data: Rows,
    validation: Rows | None,
    *,
    n_chains: int,
    steps: int,
    training_sweeps: int | None,
    gap_growth: float | None,
    generator: Generator,
) -> Diagnosis:
    """Run chains beside the data and measure.

    Parameters
    ----------
    module : RBMModule
    data : Rows
        Best the rows that the model was trained on.
    validation : Rows or None
        Rows that it has not seen.
    n_chains, steps : int
        At least 4 chains, of at least 8 sweeps.
    training_sweeps : int or None
    gap_growth : float or None
        As the training's history has them; see :class:`Diagnosis`.
    generator : torch.Generator
    """
    machine = module.machine()
    v = _states(module, machine, data, generator)
    directions, values, _ = torch.linalg.svd(machine.weight, full_matrices=False)
    starts = _starts(machine, v, n_chains, generator)
    walk = _walk(starts, machine, directions[:, :_DIRECTIONS], steps, generator)
    shift = float(module.layer.log_scale.sum())
    of_data = free_energy(v, machine).double() + shift
    errors = _moment_errors(machine, v, walk.states.flatten(0, 1))
    beside = _Validation()
    if validation is not None:
        beside = _beside_validation(module, machine, data, validation, walk, generator)
    dead, saturated, undecided = _idle_units(machine, v)
    return Diagnosis(
        n_chains=n_chains,
        steps=steps,
        training_sweeps=training_sweeps,
        gap_growth=gap_growth,
        r_hat=max(map(diagnostics.split_r_hat, walk.series)),
        autocorrelation_time=max(map(diagnostics.autocorrelation_time, walk.series)),
        effective_sample_size=min(map(diagnostics.effective_sample_size, walk.series)),
        free_energy_of_data=float(of_data.mean()),
        free_energy_of_chains=float(walk.series[0].mean()) + shift,
        free_energy_spread=float(of_data.std(correction=0)),
        visible_error=errors[0],
        hidden_error=errors[1],
        correlation_error=errors[2],
        dead=dead,
        saturated=saturated,
        undecided=undecided,
        singular_values=tuple(values[:_LISTED_VALUES].tolist()),
        effective_rank=diagnostics.effective_rank(values),
        free_energy_gap=beside.gap,
        free_energy_gap_error=beside.gap_error,
        nearer_data=beside.nearer,
        nearer_data_error=beside.nearer_error,
    )


def _states(module: RBMModule, machine: Machine, rows: Rows, generator: Generator) -> Tensor:
    """Return rows as states: missing entries are drawn, as are states from probabilities."""
    v, observed = module.layer.encode(rows.x, rows.observed)
    v = module.layer.resample(v.clone(), generator)
    if observed is None:
        return v
    return chains.fill(v * observed, observed, machine, _FILLING_SWEEPS, generator)


def _starts(machine: Machine, v: Tensor, n_chains: int, generator: Generator) -> Tensor:
    """Return where chains start: first those at base rates, then those at rows of the data."""
    n_data = n_chains // 2
    picked = torch.linspace(0, len(v) - 1, n_data, device=v.device).round().long()
    rates = machine.visible.given(machine.visible_bias).expand(n_chains - n_data, -1)
    return torch.cat((machine.visible.sample(rates.contiguous(), generator), v[picked]))


def _walk(
    v: Tensor, machine: Machine, directions: Tensor, steps: int, generator: Generator
) -> Walk:
    counted = steps - steps // 2
    kept = {round(i) for i in torch.linspace(steps - counted, steps - 1, _KEPT_STATES).tolist()}
    series, states = [], []
    for step in range(steps):
        h = machine.hidden.sample(hidden_given(v, machine), generator)
        v = machine.visible.sample(visible_given(h, machine), generator)
        if step >= steps - counted:
            series.append(torch.cat((free_energy(v, machine)[None], (v @ directions).t())))
        if step in kept:
            states.append(v)
    return Walk(torch.stack(series, 2), torch.stack(states))


def _moment_errors(machine: Machine, data: Tensor, model: Tensor) -> list[float]:
    """Return how far the means of visible units, hidden units and their products are apart."""
    moments = []
    for v in (data, model):
        h = hidden_mean(v, machine)
        moments.append((v.mean(0), h.mean(0), v.t() @ h / len(v)))
    return [diagnostics.root_mean_square(one - other) for one, other in zip(*moments, strict=True)]


def _idle_units(machine: Machine, v: Tensor) -> tuple[tuple[int, ...], ...]:
    """Return dead, saturated and undecided units; without a largest state, all are dead."""
    h = hidden_mean(v, machine)
    constant = diagnostics.constant_units(h, _CONSTANT)
    level = h[:, constant].mean(0) if machine.hidden.name == "bernoulli" else constant * 0.0
    off, on = level < _NEVER, level > 1 - _NEVER
    return tuple(tuple(constant[some].tolist()) for some in (off, on, ~(off | on)))


def _beside_validation(
    module: RBMModule,
    machine: Machine,
    data: Rows,
    validation: Rows,
    walk: Walk,
    generator: Generator,
) -> _Validation:
    old, new = (
        free_energy_of_data(module, module.machine_of_rows(), rows.x, rows.observed).double()
        for rows in (data, validation)
    )
    variance = new.var(correction=0) / len(new) + old.var(correction=0) / len(old)
    n = min(len(data.x), len(validation.x))
    fantasies = walk.states[-1][: -(-walk.states.shape[1] // 2)]  # those not started at the data
    known, unknown = (_states(module, machine, rows, generator) for rows in (data, validation))
    return _Validation(
        gap=float(new.mean() - old.mean()),
        gap_error=float(variance.sqrt()),
        nearer=diagnostics.nearer_share(fantasies, _spread(known, n), _spread(unknown, n)),
        nearer_error=0.5 / len(fantasies) ** 0.5,
    )


def _spread(v: Tensor, n: int) -> Tensor:
    return v[torch.linspace(0, len(v) - 1, n, device=v.device).round().long()]
