"""Sums over all states of a small Boltzmann machine: log Z, averages, and hidden units given data.

Units that have to be listed are; units that are free given those are summed in closed form.
"""

from collections.abc import Iterator

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import softplus

from embudo.kernels.boltzmann import Boltzmann
from embudo.kernels.partition import MAX_ENUMERATED_UNITS
from embudo.kernels.repeat import State, until_still

_STATES_AT_ONCE = 2**13
_ELEMENTS_AT_ONCE = 2**21
_NEVER = 1e6  # lowers the field of a unit that is held, so that it is 0 in whatever counts


class Averages:
    """Sums of a machine's states, weighted: means, and means of products of two."""

    def __init__(self, n_units: int, like: Tensor) -> None:
        self.mean = like.new_zeros(n_units)
        self.pair = like.new_zeros(n_units, n_units)

    def add(self, state: Tensor, share: Tensor) -> None:
        """Count some states, each by its share."""
        weighted = state * share[:, None]
        self.mean += weighted.sum(0)
        self.pair.addmm_(state.t(), weighted)


def listed_units(machine: Boltzmann) -> int:
    """Return how many units have to be listed for log Z."""
    listed, _ = machine.split()
    return int(listed.stop - listed.start)


def is_enumerable(n: int) -> bool:
    """Say whether the states of so many units can be listed."""
    return n <= MAX_ENUMERATED_UNITS


def log_partition(machine: Boltzmann) -> Float[Tensor, ""]:
    """Return log Z by enumeration, in nats."""
    return torch.stack([mass.logsumexp(0) for _, _, mass in _states(machine)]).logsumexp(0)


def averages(machine: Boltzmann) -> tuple[Float[Tensor, " unit"], Float[Tensor, "unit unit"]]:
    """Return the exact averages of ``s`` and ``s s'`` under the model, the latter without diagonal.

    Two units of the free layer are independent given the listed ones, so that the product of
    their means stands for that of their states; a unit with itself is left out.
    """
    log_z = log_partition(machine)
    found = Averages(len(machine.bias), machine.bias)
    _, free = machine.split()
    for listed, field, mass in _states(machine):
        parts = (field.sigmoid(), listed) if free.start == 0 else (listed, field.sigmoid())
        found.add(torch.cat(parts, 1), (mass - log_z).exp())
    return found.mean, found.pair.fill_diagonal_(0)


def clamped_log_mass(
    field: Float[Tensor, "row unit"], coupling: Float[Tensor, "unit unit"]
) -> Float[Tensor, " row"]:
    """Return ``log sum_s exp(1/2 s' L s + field s)`` over all states, for each row's field."""
    if not field.shape[1]:
        return field.new_zeros(len(field))
    parts = [
        torch.stack([mass.logsumexp(1) for _, mass in _masses(part, coupling)]).logsumexp(0)
        for part in _row_blocks(field)
    ]
    return torch.cat(parts)


def clamped_means(
    field: Float[Tensor, "row unit"], coupling: Float[Tensor, "unit unit"]
) -> Float[Tensor, "row unit"]:
    """Return each row's mean state, over all states as they weigh under its field."""
    if torch.compiler.is_compiling():
        return _recorded_means(field, coupling)
    found = torch.zeros_like(field)
    for part, mean in zip(_row_blocks(field), _row_blocks(found), strict=True):
        log_z = clamped_log_mass(part, coupling)[:, None]
        for states, mass in _masses(part, coupling):
            mean += (mass - log_z).exp() @ states
    return found


def _recorded_means(field: Tensor, coupling: Tensor) -> Tensor:
    """Return the same from a loop over blocks of states, which a recorded graph holds once.

    Masses are taken relative to the largest one seen so far.
    """
    n = len(coupling)
    at_once = min(2**n, _STATES_AT_ONCE)
    block = torch.arange(at_once, device=field.device)

    def step(state: State, held: State) -> tuple[State, Tensor]:
        (first, top, total, mean), (block, field, coupling) = state, held
        states = _digits(first + block, n, field)
        own = (states * (states @ coupling / 2)).sum(1)
        mass = torch.addmm(own, field, states.t())
        highest = torch.maximum(top, mass.amax(1))
        shrunk, share = (top - highest).exp(), (mass - highest[:, None]).exp()
        mean = mean * shrunk[:, None] + share @ states
        total = total * shrunk + share.sum(1)
        return (first + at_once, highest, total, mean), (first + at_once < 2**n).all()

    lowest = torch.full_like(field[:, 0], -torch.inf)
    start = (block[:1] * 0, lowest, torch.zeros_like(lowest), torch.zeros_like(field))
    _, _, total, mean = until_still(step, start, (block, field, coupling), 2**n // at_once)
    return mean / total[:, None]


def clamped_pairs(
    field: Float[Tensor, "row unit"],
    coupling: Float[Tensor, "unit unit"],
    share: Float[Tensor, " row"],
) -> Float[Tensor, "unit unit"]:
    """Return the mean of ``s s'`` over all states and rows, weighted by the rows' shares."""
    found = Averages(len(coupling), field)
    for part, part_share in zip(_row_blocks(field), _row_blocks(share, field), strict=True):
        log_z = clamped_log_mass(part, coupling)[:, None]
        for states, mass in _masses(part, coupling):
            found.add(states, part_share @ (mass - log_z).exp())
    return found.pair


def held(
    field: Float[Tensor, "row unit"], movable: Float[Tensor, "row unit"]
) -> Float[Tensor, "row unit"]:
    """Return fields under which units that may not move are 0."""
    return field - _NEVER * (1 - movable)


def _states(machine: Boltzmann) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
    """Yield states of the listed units, the fields of the free ones, and the logs of their sums."""
    listed, free = machine.split()
    within, across = machine.coupling[listed, listed], machine.coupling[listed, free]
    for states in _listed(len(within), within, _STATES_AT_ONCE):
        field = torch.addmm(machine.bias[free], states, across)
        own = (states * (states @ within / 2 + machine.bias[listed])).sum(1)
        yield states, field, own + softplus(field).sum(1)


def _masses(field: Tensor, coupling: Tensor) -> Iterator[tuple[Tensor, Tensor]]:
    """Yield states, and the logarithm of the mass of each (columns) under each field (rows)."""
    for states in _listed(len(coupling), coupling, _STATES_AT_ONCE):
        own = (states * (states @ coupling / 2)).sum(1)
        yield states, torch.addmm(own, field, states.t())


def _listed(n: int, like: Tensor, at_once: int) -> Iterator[Tensor]:
    for start in range(0, 2**n, at_once):
        numbers = torch.arange(start, min(start + at_once, 2**n), device=like.device)
        yield _digits(numbers, n, like)


def _digits(numbers: Tensor, n: int, like: Tensor) -> Tensor:
    """Return whole numbers as rows of ``n`` binary digits: what is 0 and what is 1 in a state."""
    places = torch.arange(n, device=like.device)
    return (torch.bitwise_right_shift(numbers[:, None], places) & 1).to(like.dtype)


def _row_blocks(rows: Tensor, field: Tensor | None = None) -> tuple[Tensor, ...]:
    n = (rows if field is None else field).shape[1]
    size = max(1, _ELEMENTS_AT_ONCE // min(2**n, _STATES_AT_ONCE))
    blocks: tuple[Tensor, ...] = rows.split(size)
    return blocks
