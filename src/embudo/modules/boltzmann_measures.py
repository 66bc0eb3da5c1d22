"""What a Boltzmann machine says of rows, and what it is watched by at the end of every epoch."""

from collections.abc import Callable
from functools import partial
from typing import TypeAlias, TypedDict

import torch
from torch import Generator, Tensor
from torch.nn.functional import logsigmoid

from embudo.kernels import boltzmann_clamped as clamped
from embudo.kernels.boltzmann import Boltzmann, given_all_others
from embudo.kernels.boltzmann_sweeps import gibbs
from embudo.kernels.noise import bernoulli
from embudo.kernels.units import Bernoulli
from embudo.modules.boltzmann import BoltzmannModule
from embudo.modules.learning import Rows

SWEEPS, TOLERANCE = 200, 1e-6
"""How long mean field goes on at most, and when a row rests, where results are given out."""

_QUICKLY_LISTED = 10  # units, for as many sums as pseudo-likelihoods need


_ELEMENTS_AT_ONCE = 2**21
_Mass: TypeAlias = Callable[[Tensor, Tensor | None], Tensor]


class _Patience(TypedDict):
    sweeps: int
    tolerance: float


_QUICKLY: _Patience = {"sweeps": 20, "tolerance": 1e-3}  # for what is watched while training
_PSEUDO_ROWS, _PSEUDO_ROWS_BY_BOUND = 256, 64
_PSEUDO_COLUMNS = 16


def means(v: Tensor, machine: Boltzmann, observed: Tensor | None = None) -> Tensor:
    """Return the mean of every unit given what is observed, exactly where that can be had."""
    if clamped.is_exact(machine, holes=observed is not None):
        return clamped.exact_means(*_wide(v, machine, observed)).to(v.dtype)
    return clamped.mean_field_means(v, machine, observed, sweeps=SWEEPS, tolerance=TOLERANCE)


def log_mass(v: Tensor, machine: Boltzmann, observed: Tensor | None = None) -> Tensor:
    """Return each row's ``log p(v) + log Z``, exactly."""
    return clamped.log_mass(*_wide(v, machine, observed)).to(v.dtype)


def best_log_mass(v: Tensor, machine: Boltzmann, observed: Tensor | None = None) -> Tensor:
    """Return each row's ``log p(v) + log Z``, or its lower bound where that cannot be had."""
    exact = clamped.is_exact(machine, holes=observed is not None)
    return (log_mass if exact else lower_bound)(v, machine, observed)


def lower_bound(
    v: Tensor,
    machine: Boltzmann,
    observed: Tensor | None = None,
    *,
    sweeps: int = SWEEPS,
    tolerance: float = TOLERANCE,
) -> Tensor:
    """Return the mean-field lower bound of each row's ``log p(v) + log Z``."""
    mean = clamped.mean_field_means(v, machine, observed, sweeps=sweeps, tolerance=tolerance)
    return clamped.lower_bound(mean, machine, observed)


def decoded(h: Tensor, machine: Boltzmann) -> Tensor:
    """Return mean-field means of the visible units given hidden ones."""
    return clamped.decoded(h, machine, sweeps=SWEEPS, tolerance=TOLERANCE)


def _wide(
    v: Tensor, machine: Boltzmann, observed: Tensor | None
) -> tuple[Tensor, Boltzmann, Tensor | None]:
    """Return rows and machine in double precision where many states are to be summed."""
    if not clamped.listed_beside(machine, holes=observed is not None):
        return v, machine, observed
    seen = None if observed is None else observed.double()
    return v.double(), machine.to(torch.float64), seen


def imputed(
    v: Tensor, observed: Tensor, machine: Boltzmann, steps: int, generator: Generator
) -> Tensor:
    """Return ``E[v_missing | v_observed]``: exactly, or averaged over a clamped Gibbs chain.

    The first fifth of the ``steps`` sweeps is burn-in; the means of single units given all others
    are averaged, not states (Rao-Blackwell). Observed entries come back as they are.
    """
    if clamped.is_exact(machine, holes=True):
        return means(v, machine, observed)[:, machine.visible]
    burn_in, missing = steps // 5, 1 - observed
    start = machine.bias.sigmoid().expand(len(v), -1).contiguous()
    state = bernoulli(start, generator)
    state[:, machine.visible] = torch.where(observed.bool(), v, state[:, machine.visible])
    total = torch.zeros_like(v)
    for step in range(steps):
        state = gibbs(state, machine, 1, generator, observed)
        if step >= burn_in:
            total += given_all_others(state, machine, machine.visible)
    return v + missing * total / (steps - burn_in)


def column_log_likelihoods(
    v: Tensor,
    machine: Boltzmann,
    observed: Tensor | None = None,
    columns: Tensor | None = None,
    *,
    sweeps: int = SWEEPS,
    tolerance: float = TOLERANCE,
) -> Tensor:
    """Return log p(v_i | all other v) of each entry, 0 where one is missing.

    A quotient of two sums over the hidden units, and over what is missing: exact where at most
    ten have to be listed for that, else of their lower bounds. An entry between 0 and 1 mixes
    the logarithms of both states in that proportion.
    """
    columns = torch.arange(v.shape[1]) if columns is None else columns
    n = clamped.listed_beside(machine, holes=observed is not None)
    bound = partial(lower_bound, sweeps=sweeps, tolerance=tolerance)
    mass = log_mass if n <= _QUICKLY_LISTED else bound
    at_once = max(1, _ELEMENTS_AT_ONCE // (2 * max(1, len(v)) * len(machine.bias)))
    parts = [
        _terms(v, observed, some, lambda x, seen: mass(x, machine, seen))
        for some in columns.to(v.device).split(at_once)
    ]
    return torch.cat(parts, 1)


def _terms(v: Tensor, observed: Tensor | None, columns: Tensor, mass: _Mass) -> Tensor:
    """Return the log-likelihoods of some columns' entries, from sums over rows put side by side."""
    n, m = len(v), len(columns)
    place = torch.arange(m, device=v.device)
    many = v.repeat(2 * m, 1).view(2, m, n, -1)
    many[:, place, :, columns] = v.new_tensor([1.0, 0.0])[None, :, None]
    seen = None
    if observed is not None:
        seen = observed.repeat(2 * m, 1).view(2, m, n, -1)
        seen[:, place, :, columns] = 1
        seen = seen.flatten(0, 2)
    on, off = mass(many.flatten(0, 2), seen).view(2, m, n)
    gap, x = (on - off).t(), v[:, columns]
    found = x * logsigmoid(gap) + (1 - x) * logsigmoid(-gap)
    return found if observed is None else found * observed[:, columns]


@torch.no_grad()
def measures(module: BoltzmannModule, train: Rows, validation: Rows | None) -> dict[str, float]:
    """Return the measures of one epoch, each a mean over rows.

    ``kl_divergence``
        KL between input and reconstruction, summed over visible units, in nats.
    ``reconstruction_error``
        Mean squared error of an entry.
    ``pseudo_log_likelihood``
        Nats per row, estimated from the same few columns each time.
    """
    found = {**_reconstruction(module, train), "pseudo_log_likelihood": _pseudo(module, train)}
    if validation is not None:
        found["validation_pseudo_log_likelihood"] = _pseudo(module, validation)
    return found


def _reconstruction(module: BoltzmannModule, rows: Rows) -> dict[str, float]:
    machine = module.machine()
    v, seen = module.encode(rows.x, rows.observed)
    state = clamped.mean_field_means(v, machine, seen, **_QUICKLY)
    mean = clamped.decoded(state[:, machine.hidden], machine, **_QUICKLY)
    divergence, error = (
        Bernoulli().divergence(v, mean),
        ((mean - v) * module.span.to(v.dtype)).square(),
    )
    entries = v.numel()
    if seen is not None:
        divergence, error, entries = divergence * seen, error * seen, int(seen.sum())
    return {
        "kl_divergence": float(divergence.sum(1).mean()),
        "reconstruction_error": float(error.sum() / entries),
    }


def _pseudo(module: BoltzmannModule, rows: Rows) -> float:
    machine = module.machine()
    n_listed = clamped.listed_beside(machine, holes=rows.observed is not None)
    limit = _PSEUDO_ROWS if n_listed <= _QUICKLY_LISTED else _PSEUDO_ROWS_BY_BOUND
    every = max(1, len(rows.x) // limit)
    seen = None if rows.observed is None else rows.observed[::every]
    v, observed = module.encode(rows.x[::every], seen)
    n = v.shape[1]
    count = min(_PSEUDO_COLUMNS, n)
    some = torch.linspace(0, n - 1, count).round().long()
    terms = column_log_likelihoods(v, machine, observed, some, **_QUICKLY)
    return float(terms.sum(1).mean()) * n / count
