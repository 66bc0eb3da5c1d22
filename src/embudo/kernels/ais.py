"""Annealed importance sampling of log Z, forward and in reverse.

Forward (Neal 2001; Salakhutdinov and Murray 2008) chains run from a machine without weights to
the machine itself; their mean weight is Z in expectation, so that its logarithm is below log Z in
expectation (Jensen). In reverse (Burda, Grosse and Salakhutdinov 2015; Grosse, Ghahramani and
Adams 2015) chains run from samples of the machine back to the weightless one; their mean weight
is 1 / Z in expectation, so that the estimate is above log Z in expectation, if the samples are
perfect.
"""

import math
from collections.abc import Callable
from typing import NamedTuple, Protocol, TypeAlias, runtime_checkable

import torch
from jaxtyping import Float
from torch import Generator, Tensor

from embudo.kernels.energies import Machine, hidden_field

Progress: TypeAlias = Callable[[int], None]
"""Told how many temperatures have been passed."""


class Estimate(NamedTuple):
    """An estimate of log Z in nats, and how far it can be trusted.

    Attributes
    ----------
    value : float
        The estimate; unbiased is what it says of Z (in reverse of 1 / Z), not of log Z.
    error : float
        Standard error of ``value``, by the delta method.
    effective_chains : float
        How many equally weighted chains the weighted ones are worth.
    """

    value: float
    error: float
    effective_chains: float


@runtime_checkable
class Path(Protocol):
    """The way from a machine whose log Z is known, at inverse temperature 0, to another at 1."""

    def start(self, n_chains: int, generator: Generator) -> Tensor:
        """Draw states of the machine at 0."""

    def log_partition_at_start(self) -> float:
        """Return log Z of the machine at 0."""

    def advance(
        self, state: Tensor, here: float, there: float, generator: Generator
    ) -> tuple[Tensor, Tensor]:
        """Go from one inverse temperature to the next.

        Returns
        -------
        gain : Tensor of shape (chains,)
            The log of the quotient of the state's masses, at ``there`` and at ``here``.
        state : Tensor
            Drawn from this one by a step that leaves the distribution at ``there`` as it is.
        """


class RestrictedPath(NamedTuple):
    """From a machine without weights to a restricted one, over the visible states.

    Both masses of a state, at the temperature it was drawn at and at the next one, share one
    field, as does the draw that follows. A Gibbs sweep is reversible, so that the way back is
    made of the same steps as the way there.

    Attributes
    ----------
    machine : Machine
    base_bias : Tensor of shape (visible,)
        Visible biases of the weightless machine, best the data's base rates.
    """

    machine: Machine
    base_bias: Float[Tensor, " visible"]

    def start(self, n_chains: int, generator: Generator) -> Float[Tensor, "chain visible"]:
        """Draw visible states of the weightless machine."""
        visible = self.machine.visible
        rates = visible.given(self.base_bias).expand(n_chains, -1).contiguous()
        return visible.sample(rates, generator)

    def log_partition_at_start(self) -> float:
        """Return log Z where all weights and hidden biases are 0."""
        machine = self.machine
        hidden = machine.hidden.log_normaliser(torch.zeros_like(machine.hidden_bias).double())
        return float(hidden) + float(machine.visible.log_normaliser(self.base_bias.double()))

    def advance(
        self, v: Float[Tensor, "chain visible"], here: float, there: float, generator: Generator
    ) -> tuple[Float[Tensor, " chain"], Float[Tensor, "chain visible"]]:
        """Go from one inverse temperature to the next, by a Gibbs sweep."""
        machine = self.machine
        towards = machine.visible_bias - self.base_bias
        field = hidden_field(v, machine)
        gain = machine.hidden.log_normaliser_change(field, here, there)
        gain = gain.double().add_(v @ towards, alpha=there - here)
        h = machine.hidden.sample(machine.hidden.given_(field.mul_(there)), generator)
        blend = torch.addmm(self.base_bias + there * towards, h, machine.weight.t(), alpha=there)
        return gain, machine.visible.sample(machine.visible.given_(blend), generator)


def log_partition(
    path: Path,
    betas: Float[Tensor, " temperature"],
    n_chains: int,
    generator: Generator,
    progress: Progress | None = None,
) -> Estimate:
    """Estimate log Z by annealing chains from the start of the path to its end.

    Parameters
    ----------
    path : Path
    betas : Tensor of shape (temperatures,)
        Rising from 0 to 1.
    n_chains : int
    generator : torch.Generator
    progress : callable, optional

    Returns
    -------
    estimate : Estimate
        Below log Z in expectation.
    """
    start = path.start(n_chains, generator)
    mean, error, effective = log_mean(_anneal(start, path, betas.tolist(), generator, progress))
    return Estimate(path.log_partition_at_start() + mean, error, effective)


def reverse_log_partition(
    path: Path,
    betas: Float[Tensor, " temperature"],
    samples: Float[Tensor, "chain unit"],
    generator: Generator,
    progress: Progress | None = None,
) -> Estimate:
    """Estimate log Z by annealing samples of the machine back to the start of the path.

    Parameters
    ----------
    path, betas, generator, progress
        As for :func:`log_partition`.
    samples : Tensor of shape (chains, units)
        States drawn from the machine; the bound holds as far as they are.

    Returns
    -------
    estimate : Estimate
        Above log Z in expectation.
    """
    back = betas.flip(0).tolist()
    mean, error, effective = log_mean(_anneal(samples, path, back, generator, progress))
    return Estimate(path.log_partition_at_start() - mean, error, effective)


def default_betas(n: int) -> Float[Tensor, " temperature"]:
    """Return ``n`` inverse temperatures, closer together where the machine takes shape."""
    shares = ((0.0, 0.5, 1 / 28), (0.5, 0.9, 8 / 28), (0.9, 1.0, 19 / 28))
    parts = [
        torch.linspace(low, high, max(2, round(n * share)) + 1, dtype=torch.float64)[:-1]
        for low, high, share in shares
    ]
    return torch.cat([*parts, torch.ones(1, dtype=torch.float64)])


def _anneal(
    state: Float[Tensor, "chain unit"],
    path: Path,
    betas: list[float],
    generator: Generator,
    progress: Progress | None,
) -> Float[Tensor, " chain"]:
    """Return each chain's log weight after it was led through all ``betas``, up or down.

    Of a step no more is asked than that it leaves the distribution at its temperature as it is:
    the way back need not be made of the same steps in reverse.
    """
    log_weight = torch.zeros(len(state), dtype=torch.float64, device=state.device)
    for step, (here, there) in enumerate(zip(betas[:-1], betas[1:], strict=True), 1):
        gain, state = path.advance(state, here, there, generator)
        log_weight += gain
        if progress is not None:
            progress(step)
    return log_weight


def log_mean(log_weight: Float[Tensor, " chain"]) -> tuple[float, float, float]:
    """Return the log of the mean weight, its standard error, and the effective chains."""
    n = len(log_weight)
    log_sum = log_weight.logsumexp(0)
    share = (log_weight - log_sum).exp()
    effective = 1 / float(share.square().sum())
    error = math.sqrt(float((share * n).var(correction=1)) / n) if n > 1 else math.inf
    return float(log_sum) - math.log(n), error, effective
