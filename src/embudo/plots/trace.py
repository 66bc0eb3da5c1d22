"""What the layers of a deep model go through while it looks at rows and then dreams."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

import torch
from sklearn.utils.validation import check_is_fitted
from torch import Generator, Tensor

from embudo.estimators.inputs import Floats, as_array, check_counts
from embudo.kernels import deep
from embudo.kernels.chains import sweep
from embudo.kernels.energies import Machine, hidden_given, visible_given
from embudo.kernels.mean_field import Effort, posterior
from embudo.plots.units import device_of
from embudo.plots.walk import start

if TYPE_CHECKING:
    from embudo.estimators.dbm import DBM
    from embudo.estimators.dbn import DBN
    from embudo.modules.dbm import DBMModule
    from embudo.modules.dbn import DBNModule

_SETTLED = Effort(sweeps=200, tolerance=1e-4)


class Scene(NamedTuple):
    """What one frame shows.

    Attributes
    ----------
    states : tuple of int or None
        For each layer, the visible one first, which of its states; None if it has none yet.
    lit : tuple of int
        The layers that have just changed.
    arrow, text : str
        Which way they did, and how.
    """

    states: tuple[int | None, ...]
    lit: tuple[int, ...]
    arrow: str
    text: str


class Sweeps(NamedTuple):
    """How many sweeps a dream takes, and which of them are shown: those that ``every`` divides."""

    steps: int
    every: int

    def shows(self, number: int) -> bool:
        """Say whether a sweep is shown; the last one always is."""
        return number % self.every == 0 or number == self.steps


@dataclass
class Record:
    """The scenes so far, and the states of each layer, of shape (rows, units)."""

    n_layers: int
    states: list[list[Tensor]] = field(init=False)
    scenes: list[Scene] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.states = [[] for _ in range(self.n_layers)]

    def show(self, changed: dict[int, Tensor], arrow: str, text: str) -> None:
        """Add a scene in which some layers have new states."""
        for layer, state in changed.items():
            self.states[layer].append(state)
        now = tuple(len(states) - 1 if states else None for states in self.states)
        self.scenes.append(Scene(now, tuple(changed), arrow, text))


@dataclass(frozen=True)
class Trace:
    """What has been seen.

    Attributes
    ----------
    layers : list of ndarray of shape (n_states, n_rows, units)
        The states that each layer went through, the visible one first: its means.
    rows : ndarray of shape (n_states, n_rows, n_features)
        Those of the visible layer as rows of data.
    weights : ndarray of shape (units of the lowest hidden layer, visible units)
    scenes : list of Scene
    """

    layers: list[Floats]
    rows: Floats
    weights: Floats
    scenes: list[Scene]


@torch.no_grad()
def trace(estimator: "DBN | DBM", X: Any, n: int, sweeps: Sweeps, random_state: int) -> Trace:
    """Let the model look at ``n`` rows, then dream on from what it makes of them.

    Parameters
    ----------
    estimator : fitted estimator of several layers that dreams
    X : array, CSR matrix or data frame, or None
        By default rows drawn at the base rates.
    n : int
    sweeps : Sweeps
    random_state : int
    """
    check_is_fitted(estimator)
    check_counts(n=n, steps=sweeps.steps, every=sweeps.every)
    module: Any = estimator.module_
    generator = torch.Generator(device_of(estimator)).manual_seed(random_state)
    record = Record(1 + len(module.hidden_sizes))
    joined = hasattr(module, "deep")  # all neighbours, both ways
    lowest = _lowest(module.deep()) if joined else module.rbms[0].machine()
    v = start(estimator, X, lowest, generator, n)
    (_together if joined else _on_top)(module, v, sweeps, generator, record)
    layers = [as_array(torch.stack(states)) for states in record.states]
    rows = torch.stack([module.layer.decode(v) for v in record.states[0]])
    return Trace(layers, as_array(rows), as_array(lowest.weight.t()), record.scenes)


def _lowest(layers: deep.Deep) -> Machine:
    """Return the machine of the visible layer and the hidden one next to it."""
    below, above = layers.biases[:2]
    return Machine(layers.weights[0], below, above, *layers.units[:2])


def _on_top(
    module: "DBNModule", v: Tensor, sweeps: Sweeps, generator: Generator, record: Record
) -> None:
    """Go up a deep belief network, let its topmost machine dream, and go down."""
    record.show({0: v}, "", "rows of data: x")
    h = v
    names = ["x", *(f"h{depth}" for depth in range(1, len(module.rbms) + 1))]
    for depth, machine in enumerate(module.up_machines(), start=1):
        h = machine.hidden.sample(hidden_given(h, machine), generator)
        record.show({depth: h}, "↑", f"up: {names[depth]} ~ q(h | {names[depth - 1]})")
    top, below = module.top.machine(), len(module.rbms) - 1
    for number in range(1, sweeps.steps + 1):
        end = sweep(h, top, generator)
        h = top.hidden.sample(end.hidden_given, generator)
        if sweeps.shows(number):
            state = end.visible if below else top.visible.mean(end.visible_given)
            words = f"the topmost machine dreams: sweep {number} of {sweeps.steps}"
            record.show({below: state, below + 1: h}, "↕", words)
    state = end.visible
    for depth in reversed(range(below)):
        machine = module.rbms[depth].machine()
        given = visible_given(state, machine)
        state = machine.visible.sample(given, generator)
        if depth:
            words = f"down: {names[depth]} ~ p(h | {names[depth + 1]})"
            record.show({depth: state}, "↓", words)
        else:
            record.show({0: machine.visible.mean(given)}, "↓", "down: r = E[v | h1]")


def _together(
    module: "DBMModule", v: Tensor, sweeps: Sweeps, generator: Generator, record: Record
) -> None:
    """Settle the hidden layers of a deep Boltzmann machine, and let all layers dream."""
    record.show({0: v}, "", "rows of data: x")
    means = posterior(v, module.deep(), _SETTLED)
    settled = dict(enumerate(means, start=1))
    record.show(settled, "↑", "mean field settles the hidden layers: E[h | x]")
    machine, places = module.machine(), deep.stretches(module.sizes)
    h = machine.hidden.sample(deep.sides((v, *means))[1], generator)
    for number in range(1, sweeps.steps + 1):
        end = sweep(h, machine, generator)
        h = machine.hidden.sample(end.hidden_given, generator)
        if sweeps.shows(number):
            sides = (end.visible, h)
            states = {depth: sides[depth % 2][:, place] for depth, place in enumerate(places)}
            states[0] = machine.visible.mean(end.visible_given)[:, places[0]]
            words = f"all layers dream together: sweep {number} of {sweeps.steps}"
            record.show(states, "↕", words)
