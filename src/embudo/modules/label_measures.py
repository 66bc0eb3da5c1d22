"""What an RBM that knows labels says of rows, and is watched by."""

import torch
from torch import Tensor

from embudo.kernels.energies import Machine, hidden_field
from embudo.kernels.labels import LabelSum
from embudo.modules.agreement import agreement
from embudo.modules.label_rbm import LabelRBMModule
from embudo.modules.learning import Rows
from embudo.modules.measures import measures


def log_posterior(
    module: LabelRBMModule, machine: Machine, x: Tensor, observed: Tensor | None
) -> Tensor:
    """Return ``log p(y | x)`` of each row and class.

    Units of missing entries are absent, as they are from free energies and codes.
    """
    assert isinstance(machine.hidden, LabelSum)
    v, _ = module.layer.encode(x, observed)
    return machine.hidden.log_posterior(hidden_field(v, machine))


@torch.no_grad()
def label_measures(
    module: LabelRBMModule, train: Rows, validation: Rows | None, *, density: bool
) -> dict[str, float]:
    """Return the measures of one epoch, each a mean over rows.

    ``log_posterior``
        ``log p(label | x)`` of the rows that have a label, in nats.
    ``accuracy``
        Share of them whose label is the most probable one.

    Parameters
    ----------
    module : LabelRBMModule
    train, validation : Rows
    density : bool
        Whether to measure the density of rows too, as :func:`measures` does.
    """
    found = measures(module, train, validation) if density else {}
    found |= _of_labels(module, train)
    if validation is not None:
        found |= {f"validation_{k}": value for k, value in _of_labels(module, validation).items()}
    return found


def _of_labels(module: LabelRBMModule, rows: Rows) -> dict[str, float]:
    assert rows.labels is not None
    log_p = log_posterior(module, module.machine_of_rows(), rows.x, rows.observed)
    return agreement(log_p, rows.labels)
