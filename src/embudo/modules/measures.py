"""What an RBM is watched by, at the end of every epoch, on a fixed sample of rows."""

from collections.abc import Callable
from typing import TypeAlias

import torch
from torch import Tensor

from embudo.kernels.energies import Machine, free_energy, hidden_mean, visible_mean
from embudo.kernels.pseudo import conditional_log_likelihoods
from embudo.modules.learning import Rows
from embudo.modules.rbm import RBMModule
from embudo.modules.trip import losses

RowMeasure: TypeAlias = Callable[[RBMModule, Machine, Tensor, Tensor | None], Tensor]
"""From rows, and where they are present, to one number a row (or one for each column)."""

_PSEUDO_ROWS, _PSEUDO_ROWS_BY_QUADRATURE = 256, 32
_PSEUDO_COLUMNS = 16


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
    ``swap_acceptance``, ``lowest_swap_acceptance``
        With tempered chains: how often neighbouring temperatures exchanged states, over all
        pairs and for the pair that did so least. Near 0 the chains are cut off from the warm end.
    """
    found = {**_reconstruction(module, train), "pseudo_log_likelihood": _pseudo(module, train)}
    if validation is not None:
        gap = _free_energy(module, validation) - _free_energy(module, train)
        found["free_energy_gap"] = gap
        found["validation_pseudo_log_likelihood"] = _pseudo(module, validation)
    return found | swap_acceptances(module)


def swap_acceptances(module: RBMModule) -> dict[str, float]:
    """Return how often tempered chains exchanged states; nothing where there are none."""
    if module.tempered is None:
        return {}
    acceptance = module.tempered.acceptance
    return {
        "swap_acceptance": float(acceptance.mean()),
        "lowest_swap_acceptance": float(acceptance.min()),
    }


def _reconstruction(module: RBMModule, rows: Rows) -> dict[str, float]:
    machine = module.machine_of_rows()
    v, _ = module.layer.encode(rows.x, rows.observed)
    return losses(module.layer, rows, visible_mean(hidden_mean(v, machine), machine))


def _pseudo(module: RBMModule, rows: Rows) -> float:
    quadrature = "gaussian" in module.layer.kind_names
    limit = _PSEUDO_ROWS_BY_QUADRATURE if quadrature else _PSEUDO_ROWS
    every = max(1, len(rows.x) // limit)
    observed = None if rows.observed is None else rows.observed[::every]
    n = rows.x.shape[1]
    count = min(_PSEUDO_COLUMNS, n)
    some = torch.linspace(0, n - 1, count).round().long()
    terms = _conditionals(module, module.machine_of_rows(), rows.x[::every], observed, some)
    return float(terms.sum(1).mean()) * n / count


def column_log_likelihoods(
    module: RBMModule, machine: Machine, x: Tensor, observed: Tensor | None
) -> Tensor:
    """Return log p(x_i | all other x) of each entry, 0 where one is missing; as x has columns."""
    return module.layer.in_order_of_columns(_conditionals(module, machine, x, observed, None))


def _conditionals(
    module: RBMModule, machine: Machine, x: Tensor, observed: Tensor | None, some: Tensor | None
) -> Tensor:
    """Return log p(x_i | all other x), columns in the units' order; 0 where one is missing."""
    layer = module.layer
    v, _ = layer.encode(x, observed)
    some = torch.arange(x.shape[1]) if some is None else some
    terms = conditional_log_likelihoods(v, machine, some)
    some = some.to(terms.device)
    terms = terms - layer.log_scale_of_columns(v)[some]
    return terms if observed is None else terms * layer.in_order_of_units(observed)[:, some]


def free_energy_of_data(
    module: RBMModule, machine: Machine, x: Tensor, observed: Tensor | None
) -> Tensor:
    """Return each row's free energy, as of a density on the data's scale."""
    v, seen = module.layer.encode(x, observed)
    log_scale = module.layer.log_scale.to(v.dtype)
    shift = log_scale.sum() if seen is None else seen @ log_scale
    return free_energy(v, machine, seen) + shift


def _free_energy(module: RBMModule, rows: Rows) -> float:
    return float(
        free_energy_of_data(module, module.machine_of_rows(), rows.x, rows.observed).mean()
    )
