"""What a deep Boltzmann machine is watched by, at the end of every epoch."""

from embudo.kernels.mean_field import Effort
from embudo.modules.dbm import DBMModule
from embudo.modules.learning import Rows
from embudo.modules.measures import swap_acceptances
from embudo.modules.trip import losses

_EFFORT = Effort(sweeps=20, tolerance=1e-3)  # enough to watch by


def measures(module: DBMModule, train: Rows, validation: Rows | None) -> dict[str, float]:
    """Return the measures of one epoch, each a mean over rows.

    ``kl_divergence``, ``reconstruction_error``
        What a trip up to the topmost layer and down again loses.
    ``validation_score``
        Minus the former, of validation rows.
    ``free_energy_gap``
        Variational free energy of validation rows minus that of training rows, in nats: it grows
        when the model fits the rows it has seen better than new ones. Of rows without gaps only.
    ``swap_acceptance``, ``lowest_swap_acceptance``
        As for an RBM with tempered chains.
    """
    found = _trip(module, train)
    if validation is not None:
        found["validation_score"] = -_trip(module, validation)["kl_divergence"]
        if train.observed is None and validation.observed is None:
            found["free_energy_gap"] = _free_energy(module, validation) - _free_energy(
                module, train
            )
    return found | swap_acceptances(module)


def _trip(module: DBMModule, rows: Rows) -> dict[str, float]:
    depth = len(module.hidden_sizes)
    h = module.encode(rows.x, rows.observed, depth, _EFFORT)
    return losses(module.layer, rows, module.decode(h, depth, _EFFORT))


def _free_energy(module: DBMModule, rows: Rows) -> float:
    return float(module.variational_free_energy(rows.x, _EFFORT).mean())
