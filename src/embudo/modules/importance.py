"""The likelihood of a variational autoencoder, bounded from below by weighted draws."""

import math

import torch
from torch import Generator, Tensor

from embudo.kernels.bottlenecks import moments
from embudo.kernels.feedforward import through
from embudo.modules.funnel import Funnel

_HALF_LOG_TWO_PI = 0.5 * math.log(2 * math.pi)
_CODES_AT_ONCE = 4096


def importance_weighted_bound(
    funnel: Funnel, x: Tensor, observed: Tensor | None, n_draws: int, generator: Generator
) -> Tensor:
    """Return ``log (1/K) sum_k p(x | z_k) p(z_k) / q(z_k | x)`` of each row, ``z_k`` from ``q``.

    In nats, on the scale of the data; of what is observed in a row. In expectation it is at most
    the log-likelihood, and the nearer the more draws (Burda, Grosse and Salakhutdinov 2016).
    """
    v, seen = funnel.layer.encode(x, observed)
    output = through(funnel.centred(v, seen), funnel.encoder.layers(v.dtype))
    mean, log_variance = moments(output)
    total = v.new_full((len(v),), -torch.inf)
    left, at_once = n_draws, max(1, _CODES_AT_ONCE // len(v))
    while left:
        n = min(left, at_once)
        log_weights = _log_weights(funnel, v, seen, mean, log_variance, n, generator)
        total = torch.logaddexp(total, log_weights.logsumexp(0))
        left -= n
    log_scale = funnel.layer.log_scale.to(v.dtype)
    shift = log_scale.sum() if seen is None else seen @ log_scale
    return total - math.log(n_draws) - shift


def _log_weights(
    funnel: Funnel,
    v: Tensor,
    seen: Tensor | None,
    mean: Tensor,
    log_variance: Tensor,
    n: int,
    generator: Generator,
) -> Tensor:
    """Return ``log p(x, z) - log q(z | x)`` of so many draws for each row, of shape (n, rows)."""
    noise = torch.randn((n, *mean.shape), generator=generator, dtype=v.dtype, device=v.device)
    z = mean + noise * (0.5 * log_variance).exp()
    prior = -(0.5 * z.square() + _HALF_LOG_TWO_PI).sum(2)
    drawn = -(0.5 * (noise.square() + log_variance) + _HALF_LOG_TWO_PI).sum(2)
    fields = through(z.flatten(0, 1), funnel.decoder.layers(v.dtype))
    repeated = v.repeat(n, 1), None if seen is None else seen.repeat(n, 1)
    found: Tensor = funnel.surprise(*repeated, fields).unflatten(0, (n, len(v)))
    return prior - drawn - found
