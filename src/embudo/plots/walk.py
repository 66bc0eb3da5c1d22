"""A Gibbs chain that remembers where it has been."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import torch
from sklearn.utils.validation import check_is_fitted
from torch import Generator, Tensor

from embudo.estimators.inputs import Floats, as_array, check_counts
from embudo.kernels.chains import sweep
from embudo.kernels.energies import Machine, hidden_given
from embudo.plots.units import device_of, states_of_rows

if TYPE_CHECKING:
    from embudo.estimators.base import Estimator
    from embudo.estimators.rbm import RBM


class Moment(NamedTuple):
    """What one frame shows: which visible and which hidden states, and what has just happened."""

    visible: int
    hidden: int | None
    sweep: int
    is_up: bool
    is_down: bool


@dataclass(frozen=True)
class Walk:
    """The states that a chain went through.

    Attributes
    ----------
    visible : ndarray of shape (n + 1, n_visible_units)
        Where it started, and the means of the visible units after each sweep remembered.
    rows : ndarray of shape (n + 1, n_features)
        The same as rows of data.
    hidden : ndarray of shape (n, n_components)
        The states drawn from which those means came.
    sweeps : list of int
        Which sweeps are remembered, counted from 1.
    """

    visible: Floats
    rows: Floats
    hidden: Floats
    sweeps: list[int]

    def moments(self) -> list[Moment]:
        """Return what there is to see, in order.

        Where every sweep is remembered, each takes two frames: up and down. Otherwise it takes
        one, since its hidden states did not come from the visible ones before.
        """
        found = [Moment(0, None, 0, False, False)]
        gapless = self.sweeps == list(range(1, len(self.sweeps) + 1))
        for at, number in enumerate(self.sweeps):
            if gapless:
                found.append(Moment(at, at, number, True, False))
            found.append(Moment(at + 1, at, number, False, True))
        return found


@torch.no_grad()
def walk(estimator: "RBM", X: Any, steps: int, every: int, random_state: int) -> Walk:
    """Run one chain of ``steps`` sweeps and remember each that ``every`` divides.

    Parameters
    ----------
    estimator : RBM
    X : array, CSR matrix or data frame, or None
        It starts at the first row, and what is missing there at its base rate.
    steps, every : int
    random_state : int
    """
    check_is_fitted(estimator)
    check_counts(steps=steps, every=every)
    module, machine = estimator.module_, estimator.module_.machine()
    generator = torch.Generator(device_of(estimator)).manual_seed(random_state)
    v = start(estimator, X, machine, generator)
    visible, hidden, sweeps = [v], [], []
    for number in range(1, steps + 1):
        h = machine.hidden.sample(hidden_given(v, machine), generator)
        given, v, _ = sweep(h, machine, generator)
        if number % every == 0 or number == steps:
            visible.append(machine.visible.mean(given))
            hidden.append(h)
            sweeps.append(number)
    states = torch.cat(visible)
    return Walk(
        as_array(states), as_array(module.layer.decode(states)), as_array(torch.cat(hidden)), sweeps
    )


def start(
    estimator: "Estimator", X: Any, machine: Machine, generator: Generator, n: int = 1
) -> Tensor:
    """Return the states that the first ``n`` rows put visible units in.

    Parameters
    ----------
    estimator : fitted estimator
    X : rows of data, or None
        By default states drawn at the base rates, which also stand in for what is missing.
    machine : Machine
        Whose visible units they are.
    generator : torch.Generator
    n : int, default=1
    """
    rates = machine.visible.given(machine.visible_bias)[None]
    if X is None:
        return machine.visible.sample(rates.repeat(n, 1), generator)
    v, observed = states_of_rows(estimator, X[:n])
    return v + (1 - observed) * machine.visible.mean(rates)
