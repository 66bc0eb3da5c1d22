"""The partition function of a machine, and how far an estimate of it can be trusted.

log Z is enumerated where that can be done. Elsewhere it is bracketed: annealing forward gives an
estimate that is too low in expectation, annealing back from samples of the model one that is too
high (Burda, Grosse and Salakhutdinov 2015). Where both agree the likelihood is known; where the
bracket is crossed, the samples were no samples of the model.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias

from torch import Generator, Tensor

from embudo.errors import ParameterError
from embudo.kernels import ais
from embudo.kernels.partition import MAX_ENUMERATED_UNITS

Method: TypeAlias = Literal["auto", "exact", "ais"]
METHODS = ("auto", "exact", "ais")
Progress: TypeAlias = Callable[[int, int], None]
"""Told how many steps are done, and how many there are."""

_WIDEST_GAP = 1.0  # nats between the two bounds
_LARGEST_ERROR = 0.3  # nats, at which about ten chains count; a bracket of fewer is an accident
_SIGNIFICANT = 3.0  # standard errors
_ROUNDING = 1e-3  # nats that a crossing of the bounds must have beyond its errors


@dataclass(frozen=True, kw_only=True)
class Partition:
    """The logarithm of a partition function, in nats, and how far it can be trusted.

    Attributes
    ----------
    method : str
        "exact" or "ais".
    value : float
        log Z: exact, or the forward estimate.
    error : float
        Standard error of ``value``; 0 if exact.
    effective_chains : float
        How many equally weighted chains the forward chains are worth; infinite if exact.
    forward : float
        Estimate by annealed importance sampling: below log Z in expectation.
    reverse : float
        Estimate by annealing samples of the model back: above log Z in expectation.
    reverse_error : float
        Standard error of ``reverse``.
    """

    method: str
    value: float
    error: float
    effective_chains: float
    forward: float
    reverse: float
    reverse_error: float

    @property
    def gap(self) -> float:
        """Nats from the forward to the reverse estimate; negative if the bracket is crossed."""
        return self.reverse - self.forward

    @property
    def trustworthy(self) -> bool:
        """Whether the two estimates bracket log Z, and closely."""
        return not self.warning

    @property
    def warning(self) -> str:
        """What is wrong with the pair of estimates, and what to do; empty if nothing is."""
        slack = _SIGNIFICANT * math.hypot(self.error, self.reverse_error) + _ROUNDING
        if not math.isfinite(self.value) or not math.isfinite(self.gap):
            return "an estimate of log Z is not finite: the model has diverged; train it again"
        if self.gap < -slack:
            return (
                f"the bounds of log Z are crossed: the reverse estimate {self.reverse:.2f} lies "
                f"{-self.gap:.2f} nats below the forward one, beyond its error; the chains do not "
                "mix, so that the reverse ones did not start from samples of the model: raise "
                "burn_in, and take neither bound at its word"
            )
        if max(self.error, self.reverse_error) > _LARGEST_ERROR:
            return (
                f"the estimates of log Z have standard errors of {self.error:.2f} and "
                f"{self.reverse_error:.2f} nats, for they rest on a few chains with large weights "
                f"({self.effective_chains:.1f} of the forward ones count): raise n_temperatures"
            )
        if self.gap > _WIDEST_GAP:
            return (
                f"the bounds of log Z are {self.gap:.2f} nats apart ({self.forward:.2f} and "
                f"{self.reverse:.2f}): raise n_temperatures"
            )
        return ""


@dataclass(frozen=True, kw_only=True)
class Annealing:
    """How log Z is estimated; see :meth:`embudo.RBM.log_partition`."""

    n_temperatures: int = 10_000
    n_chains: int = 100
    burn_in: int = 1000


@dataclass(frozen=True, kw_only=True)
class Machinery:
    """What it takes to find one machine's log Z.

    Attributes
    ----------
    listed : int, optional
        How many units' states have to be listed for the exact value; None if that is impossible.
    listing : str
        What these units are, as a refusal names them.
    enumerate : callable
        Returns the exact value.
    path : Path
        From a machine whose log Z is known to this one.
    continue_chains : callable
        From chains, steps and a generator to states of the model: the training's chains go on.
    """

    listed: int | None
    listing: str
    enumerate: Callable[[], float]
    path: ais.Path
    continue_chains: Callable[[int, int, Generator, ais.Progress | None], Tensor]


def log_partition(
    machinery: Machinery,
    method: Method,
    annealing: Annealing,
    generator: Generator,
    progress: Progress | None = None,
) -> Partition:
    """Return log Z of a machine on its units' scale.

    Raises
    ------
    ParameterError
        If the method is unknown, or is "exact" and there are too many states to enumerate.
    """
    if method not in METHODS:
        raise ParameterError(f"method must be one of {', '.join(METHODS)}, but is {method!r}")
    n = machinery.listed
    enumerable = n is not None and n <= MAX_ENUMERATED_UNITS
    if method == "exact" and not enumerable:
        raise ParameterError(_refusal(machinery))
    if method == "exact" or (method == "auto" and enumerable):
        return _known(machinery.enumerate())
    return _annealed(machinery, annealing, generator, progress)


def _annealed(
    machinery: Machinery, annealing: Annealing, generator: Generator, progress: Progress | None
) -> Partition:
    """Return log Z from both sides: annealed from the data's base rates, and back to them."""
    betas, path = ais.default_betas(annealing.n_temperatures), machinery.path
    n_chains, steps = annealing.n_chains, len(betas) - 1
    there, burning, back = _in_turn(progress, steps, annealing.burn_in, steps)
    forward = ais.log_partition(path, betas, n_chains, generator, there)
    samples = machinery.continue_chains(n_chains, annealing.burn_in, generator, burning)
    reverse = ais.reverse_log_partition(path, betas, samples, generator, back)
    return Partition(
        method="ais",
        value=forward.value,
        error=forward.error,
        effective_chains=forward.effective_chains,
        forward=forward.value,
        reverse=reverse.value,
        reverse_error=reverse.error,
    )


def _known(value: float) -> Partition:
    return Partition(
        method="exact",
        value=value,
        error=0.0,
        effective_chains=math.inf,
        forward=value,
        reverse=value,
        reverse_error=0.0,
    )


def _in_turn(progress: Progress | None, *lengths: int) -> list[ais.Progress | None]:
    """Return what to tell of the steps of several stretches, as parts of the whole."""
    if progress is None:
        return [None] * len(lengths)
    total, told = sum(lengths), progress

    def stretch(before: int) -> ais.Progress:
        return lambda done: told(before + done, total)

    return [stretch(sum(lengths[:i])) for i in range(len(lengths))]


def _refusal(machinery: Machinery) -> str:
    n, what = machinery.listed, machinery.listing
    if n is None:
        return f"method='exact' lists all states of {what}, but there is none: take method='ais'"
    return (
        f"method='exact' lists all states of {what}, which here are 2^{n}; the limit is "
        f"2^{MAX_ENUMERATED_UNITS}: take method='ais'"
    )
