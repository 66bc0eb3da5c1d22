"""What an RBM is watched by, at the end of every epoch, on a fixed sample of rows."""

from collections.abc import Callable
from typing import TypeAlias

import torch
from torch import Tensor

from embudo.kernels.energies import Machine, free_energy, hidden_mean, visible_mean
from embudo.kernels.pseudo import conditional_log_likelihoods
from embudo.modules.rbm import RBMModule, Rows

RowMeasure: TypeAlias = Callable[[RBMModule, Machine, Tensor, Tensor | None], Tensor]
"""From standardised rows, and where they are present, to one number a row."""

_PSEUDO_ROWS = {"bernoulli": 256, "gaussian": 32}  # quadrature costs more
_PSEUDO_UNITS = 16


@torch.no_grad()
def measures(module: RBMModule, train: Rows, validation: Rows | None) -> dict[str, float]:
    """Return the measures of one epoch, each a mean over rows.

    ``kl_divergence``
        KL between input and reconstruction, summed over visible units, in nats.
    ``reconstruction_error``
        Mean squared error of an entry, on the data's scale.
    ``pseudo_log_likelihood``
        Nats per row, estimated from the same few visible units each time.
    ``free_energy_gap``
        Free energy of validation rows minus that of training rows, in nats: it grows when the
        model fits the rows it has seen better than new ones.
    """
    found = {**_reconstruction(module, train), "pseudo_log_likelihood": _pseudo(module, train)}
    if validation is not None:
        gap = _free_energy(module, validation) - _free_energy(module, train)
        found["free_energy_gap"] = gap
        found["validation_pseudo_log_likelihood"] = _pseudo(module, validation)
    return found


def _reconstruction(module: RBMModule, rows: Rows) -> dict[str, float]:
    machine = module.machine()
    v = module.standardise(rows.x, rows.observed)
    h = hidden_mean(v, machine)
    mean = visible_mean(h, machine)
    observed = torch.ones_like(v) if rows.observed is None else rows.observed
    divergence = (machine.visible.divergence(v, mean) * observed).sum(1)
    error = ((module.restore_scale(mean) - rows.x).square() * observed).sum() / observed.sum()
    return {"kl_divergence": float(divergence.mean()), "reconstruction_error": float(error)}


def _pseudo(module: RBMModule, rows: Rows) -> float:
    every = max(1, len(rows.x) // _PSEUDO_ROWS[module.visible.name])
    v = module.standardise(rows.x, rows.observed)[::every]
    observed = None if rows.observed is None else rows.observed[::every]
    count = min(_PSEUDO_UNITS, v.shape[1])
    units = torch.linspace(0, v.shape[1] - 1, count, device=v.device).round().long()
    scores = pseudo_log_likelihood(module, module.machine(), v, observed, units)
    return float(scores.mean()) * v.shape[1] / count


def pseudo_log_likelihood(
    module: RBMModule,
    machine: Machine,
    v: Tensor,
    observed: Tensor | None,
    units: Tensor | None = None,
) -> Tensor:
    """Return each row's sum of log p(v_i | all other v) over ``units``, on the data's scale."""
    units = torch.arange(v.shape[1], device=v.device) if units is None else units
    terms = conditional_log_likelihoods(v, machine, units) - module.log_scale(v)[units]
    return (terms if observed is None else terms * observed[:, units]).sum(1)


def free_energy_of_data(
    module: RBMModule, machine: Machine, v: Tensor, observed: Tensor | None
) -> Tensor:
    """Return each row's free energy, as of a density on the data's scale."""
    log_scale = module.log_scale(v)
    shift = log_scale.sum() if observed is None else observed @ log_scale
    return free_energy(v, machine, observed) + shift


def _free_energy(module: RBMModule, rows: Rows) -> float:
    v = module.standardise(rows.x, rows.observed)
    return float(free_energy_of_data(module, module.machine(), v, rows.observed).mean())
