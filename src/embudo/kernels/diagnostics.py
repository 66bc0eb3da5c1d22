"""Whether chains have mixed, and what the states of units give away.

A series of one number per draw, for each of several chains, is a tensor of shape (chain, draw).
"""

import math

import torch
from jaxtyping import Float, Int
from torch import Tensor

_WINDOW = 5.0  # autocorrelation times that the window covers; Sokal (1997), section 3


def split_r_hat(series: Float[Tensor, "chain draw"]) -> float:
    """Return how much wider the pooled halves of all chains are than each half on its own.

    1 if all halves tell the same; infinite if none of them moves and they differ. Gelman et al.,
    Bayesian Data Analysis (2013), section 11.4.
    """
    halves = _halved(series.double())
    within, pooled = _variances(halves)
    if pooled == 0:
        return 1.0
    return math.sqrt(pooled / within) if within > 0 else math.inf


def autocorrelation(series: Float[Tensor, "chain draw"]) -> Float[Tensor, " lag"]:
    """Return the autocorrelation at every lag from 0, over all chains together.

    The variance is that of all chains pooled, so that chains that stay apart are correlated
    however they move. Vehtari et al. (2021), equation 10. NaN if nothing varies.
    """
    values = series.double()
    within, pooled = _variances(values)
    covariance = _autocovariance(values).mean(0)
    return 1 - (within - covariance) / pooled


def autocorrelation_time(series: Float[Tensor, "chain draw"]) -> float:
    """Return the draws from one independent value to the next: 1 + 2 times the sum of all lags.

    The sum ends at the first lag that exceeds five times the result so far, since beyond it there
    is noise alone (Sokal 1997). 1 if nothing varies.
    """
    rho = autocorrelation(series)
    if bool(rho.isnan().any()):
        return 1.0
    times = 2 * rho.cumsum(0) - 1
    lags = torch.arange(len(rho), device=rho.device)
    enough = (lags >= _WINDOW * times).nonzero()
    end = int(enough[0]) if len(enough) else len(rho) - 1
    return max(1.0, float(times[end]))


def effective_sample_size(series: Float[Tensor, "chain draw"]) -> float:
    """Return how many independent draws would estimate the mean as well as all chains together.

    Lags are summed in pairs, while a pair's sum is positive, none larger than the one before
    (Geyer 1992, section 3.3), over split chains (Vehtari et al. 2021). At most ``n log10(n)``.
    """
    halves = _halved(series.double())
    n = halves.numel()
    rho = autocorrelation(halves)
    if bool(rho.isnan().any()):
        return float(n)
    pairs = rho[: len(rho) // 2 * 2].unflatten(0, (-1, 2)).sum(1)
    stop = (pairs <= 0).nonzero()
    kept = pairs[: int(stop[0])] if len(stop) else pairs
    time = -1 + 2 * float(kept.cummin(0).values.sum()) if len(kept) else 1.0
    return n / max(time, 1 / math.log10(n))


def root_mean_square(difference: Float[Tensor, "*shape"]) -> float:
    """Return the root of the mean of the squares."""
    return float(difference.square().mean().sqrt())


def constant_units(means: Float[Tensor, "row hidden"], tolerance: float) -> Int[Tensor, " some"]:
    """Return the units whose mean varies by less than ``tolerance`` over all rows."""
    spread = means.amax(0) - means.amin(0)
    return (spread < tolerance).nonzero()[:, 0]


def effective_rank(singular_values: Float[Tensor, " value"]) -> float:
    """Return how many directions a matrix uses: the exponential of its spectrum's entropy.

    Roy and Vetterli (2007). As many as there are if all singular values are equal; 0 if all are 0.
    """
    total = singular_values.sum()
    if total == 0:
        return 0.0
    share = singular_values / total
    return float(torch.special.entr(share).sum().exp())


def nearer_share(
    rows: Float[Tensor, "row visible"],
    one: Float[Tensor, "some visible"],
    other: Float[Tensor, "some visible"],
) -> float:
    """Return the share of rows with their nearest neighbour in ``one`` and not in ``other``.

    Both sets are equally large; where both neighbours are equally near half a row counts. If both
    were drawn alike, and the rows know nothing of either, the share is 1/2 in expectation
    (the two-sample test of Meehan, Chaudhuri and Dasgupta 2020).
    """
    near, far = (torch.cdist(rows, some).amin(1) for some in (one, other))
    return float(((near < far).double() + (near == far).double() / 2).mean())


def _halved(series: Tensor) -> Tensor:
    half = series.shape[1] // 2
    return torch.cat((series[:, :half], series[:, -half:]))


def _variances(values: Tensor) -> tuple[float, float]:
    """Return the mean variance within chains, and the pooled estimate of the whole variance."""
    n = values.shape[1]
    within = float(values.var(1, correction=1).mean())
    between = float(values.mean(1).var(correction=1)) if len(values) > 1 else 0.0
    return within, within * (n - 1) / n + between


def _autocovariance(values: Tensor) -> Tensor:
    """Return each chain's autocovariance at every lag, by the Fourier transform."""
    n = values.shape[1]
    deviation = values - values.mean(1, keepdim=True)
    spectrum = torch.fft.rfft(deviation, 2 * n, dim=1)
    power: Tensor = torch.fft.irfft(spectrum.abs().square(), 2 * n, dim=1)
    return power[:, :n] / n
