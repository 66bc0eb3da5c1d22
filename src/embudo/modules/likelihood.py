"""The likelihood of an RBM: its partition function, and how far an estimate of it can be trusted.

log Z is enumerated where that can be done. Elsewhere it is bracketed: annealing forward gives an
estimate that is too low in expectation, annealing back from samples of the model one that is too
high (Burda, Grosse and Salakhutdinov 2015). Where both agree the likelihood is known; where the
bracket is crossed, the samples were no samples of the model.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias

import torch
from torch import Generator, Tensor

from embudo.errors import ParameterError
from embudo.kernels import ais, partition, tempering
from embudo.kernels.energies import Machine
from embudo.modules.rbm import RBMModule

Method: TypeAlias = Literal["auto", "exact", "ais"]
METHODS = ("auto", "exact", "ais")
Progress: TypeAlias = Callable[[int, int], None]
"""Told how many steps are done, and how many there are."""

_WIDEST_GAP = 1.0  # nats between the two bounds
_LARGEST_ERROR = 0.3  # nats, at which about ten chains count; a bracket of fewer is an accident
_SIGNIFICANT = 3.0  # standard errors
_ROUNDING = 1e-3  # nats that a crossing of the bounds must have beyond its errors


NO_STATES = (
    "rows with values between 0 and 1 in Bernoulli columns are no states of the model; what is "
    "returned for them is a lower bound of the mean log-likelihood of states drawn from them: make "
    "the data 0 and 1"
)


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


def log_partition(
    module: RBMModule,
    method: Method,
    annealing: Annealing,
    generator: Generator,
    progress: Progress | None = None,
) -> Partition:
    """Return log Z of the machine on its units' scale.

    Raises
    ------
    ParameterError
        If the method is unknown, or is "exact" and there are too many states to enumerate.
    """
    if method not in METHODS:
        raise ParameterError(f"method must be one of {', '.join(METHODS)}, but is {method!r}")
    machine = module.machine()
    units = partition.enumerable_units(machine)
    enumerable = units is not None and units <= partition.MAX_ENUMERATED_UNITS
    if method == "exact" and not enumerable:
        raise ParameterError(_refusal(units))
    if method == "exact" or (method == "auto" and enumerable):
        return exact(machine)
    return annealed(module, machine, annealing, generator, progress)


def exact(machine: Machine) -> Partition:
    """Return log Z by enumeration, in double precision."""
    return known(float(partition.log_partition(machine.to(torch.float64))))


def known(value: float) -> Partition:
    """Return a log Z that is exact."""
    return Partition(
        method="exact",
        value=value,
        error=0.0,
        effective_chains=math.inf,
        forward=value,
        reverse=value,
        reverse_error=0.0,
    )


def bracketed(forward: ais.Estimate, reverse: ais.Estimate) -> Partition:
    """Return a log Z that was estimated from both sides."""
    return Partition(
        method="ais",
        value=forward.value,
        error=forward.error,
        effective_chains=forward.effective_chains,
        forward=forward.value,
        reverse=reverse.value,
        reverse_error=reverse.error,
    )


def in_turn(progress: Progress | None, *lengths: int) -> list[ais.Progress | None]:
    """Return what to tell of the steps of several stretches, as parts of the whole."""
    if progress is None:
        return [None] * len(lengths)
    total, told = sum(lengths), progress

    def stretch(before: int) -> ais.Progress:
        return lambda done: told(before + done, total)

    return [stretch(sum(lengths[:i])) for i in range(len(lengths))]


def annealed(
    module: RBMModule,
    machine: Machine,
    annealing: Annealing,
    generator: Generator,
    progress: Progress | None = None,
) -> Partition:
    """Return log Z from both sides: annealed from the data's base rates, and back to them."""
    betas = ais.default_betas(annealing.n_temperatures)
    base = module.base_bias
    steps = len(betas) - 1
    there, burning, back = in_turn(progress, steps, annealing.burn_in, steps)
    forward = ais.log_partition(machine, base, betas, annealing.n_chains, generator, there)
    samples = model_samples(
        module, machine, annealing.n_chains, annealing.burn_in, generator, burning
    )
    reverse = ais.reverse_log_partition(machine, base, betas, samples, generator, back)
    return bracketed(forward, reverse)


def model_samples(
    module: RBMModule,
    machine: Machine,
    n_chains: int,
    steps: int,
    generator: Generator,
    progress: ais.Progress | None = None,
) -> Tensor:
    """Return visible states of chains that go on from where the training's chains stand.

    Chains that were trained by parallel tempering go on so.
    """
    h, betas, warm_bias = module.chains[None], torch.ones(1), machine.visible_bias
    if module.tempered is not None:
        h = torch.cat((module.tempered.warmer, h))
        betas, warm_bias = module.tempered.betas, module.warm_bias
    ladder = tempering.Ladder(machine, warm_bias, betas)
    h = h.repeat(1, -(-n_chains // h.shape[1]), 1)[:, :n_chains]
    for step in range(1, steps + 1):
        last = tempering.sweep(h, ladder, step, generator)
        h = tempering.hidden_states(last.field, ladder, generator)
        if progress is not None:
            progress(step)
    return last.visible[-1]


def are_states(module: RBMModule, x: Tensor) -> bool:
    """Say whether all entries of Bernoulli columns are 0 or 1."""
    v, _ = module.layer.encode(x)
    binary = v[:, module.layer.stretch("bernoulli")]
    return bool(((binary == 0) | (binary == 1)).all())


def _refusal(units: int | None) -> str:
    if units is None:
        return (
            "method='exact' lists all states of a Bernoulli layer, but this machine has none: "
            "take method='ais'"
        )
    return (
        "method='exact' lists all states of the smaller Bernoulli layer, which here are "
        f"2^{units}; the limit is 2^{partition.MAX_ENUMERATED_UNITS}: take method='ais'"
    )
