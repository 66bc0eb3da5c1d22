"""Penalties that are added to an objective, with their gradients in closed form."""

import torch
from jaxtyping import Float
from torch import Tensor

from embudo.kernels.contrast import Moments, Phase, moments


def sparsity_penalty(activity: Float[Tensor, " hidden"], target: float) -> Float[Tensor, ""]:
    """Return the sum over units of KL(target || activity), in nats.

    ``activity`` is each unit's mean activation over the batch (Lee, Ekanadham and Ng 2008 in the
    cross-entropy form of Hinton's practical guide, 2010).
    """
    on = torch.as_tensor(target, dtype=activity.dtype, device=activity.device)
    ratio_on, ratio_off = on / activity, (1 - on) / (1 - activity)
    return (on * ratio_on.log() + (1 - on) * ratio_off.log()).sum()


def sparsity_gradient(
    v: Float[Tensor, "batch visible"],
    h: Float[Tensor, "batch hidden"],
    target: float,
    row_weight: Float[Tensor, " batch"] | None = None,
) -> Moments:
    """Return the gradient of :func:`sparsity_penalty` for Bernoulli hidden means ``h``."""
    weights = Phase(v, h, row_weight).shares()
    tiny = torch.finfo(torch.float32).eps
    activity = (weights / weights.sum() @ h).clamp(tiny, 1 - tiny)
    slope = (activity - target) / (activity * (1 - activity))
    pull = moments(Phase(v, slope * h * (1 - h), weights / weights.sum()))
    return pull._replace(visible=torch.zeros_like(pull.visible))
