"""The smallest things that a loop can train, and listeners that watch it."""

from collections.abc import Callable, Iterator

import torch
from torch import Generator, Tensor, nn

from embudo.training.events import Callback
from embudo.training.objective import Objective, autograd
from embudo.training.optimizers import sgd
from embudo.training.run import Run


class Fixed:
    """The same batches in the same order, every epoch."""

    def __init__(self, *batches: Tensor) -> None:
        self.batches = batches

    def epoch(self, number: int, start: int = 0) -> Iterator[Tensor]:
        yield from self.batches[start:]


class Counted(Fixed):
    """Batches that are nothing but their number within the epoch, counted from 0."""

    def __init__(self, steps: int) -> None:
        super().__init__(*torch.arange(steps))


class Line(nn.Module):
    """A line: one matrix of shape (1, 2), one bias."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.tensor([[1.0, -2.0]]))
        self.bias = nn.Parameter(torch.tensor([0.5]))

    def forward(self, x: Tensor) -> Tensor:
        return x @ self.weight.t() + self.bias


def run_of(
    objectives: Objective | tuple[Objective, ...],
    module: nn.Module,
    *,
    epochs: int,
    steps: int = 1,
    optimizer: Callable = sgd,
    **settings: float,
) -> Run:
    """A run at its beginning."""
    players = (objectives,) if isinstance(objectives, Objective) else objectives
    settings = {"learning_rate": 0.1, **settings}
    optimizers = [optimizer(player.parameters, **settings) for player in players]
    return Run(module, players, optimizers, torch.Generator().manual_seed(0), epochs, steps)


def noisy_line(epochs: int = 3, steps: int = 4, **settings: float) -> tuple[Run, Counted]:
    """A run whose every step depends on the generator and on the number of the batch."""
    line = Line()

    def loss(batch: Tensor, generator: Generator) -> Tensor:
        x = torch.randn(8, 2, generator=generator)
        return (line(x) - x.sum(1, keepdim=True) * batch).square().mean()

    settings = {"learning_rate": 0.01, **settings}
    return run_of(autograd("loss", line, loss), line, epochs=epochs, steps=steps, **settings), (
        Counted(steps)
    )


def scripted(values: Callable[[int], float], epochs: int, steps: int) -> tuple[Run, Counted]:
    """A run whose value and gradient at step n, counted from 1, are ``values(n)``."""
    line, taken = Line(), [0]

    def gradient(batch: Tensor, generator: Generator) -> tuple[Tensor, list[Tensor]]:
        taken[0] += 1
        value = torch.tensor(values(taken[0]))
        return value, [value.expand_as(p).clone() for p in line.parameters()]

    objective = Objective("loss", tuple(line.parameters()), gradient)
    return run_of(objective, line, epochs=epochs, steps=steps), Counted(steps)


class Recorder(Callback):
    """Writes down every event and, after every step, the state and the learning rate."""

    def __init__(self, log: list[str] | None = None, name: str = "") -> None:
        self.log = [] if log is None else log
        self.name = name
        self.states: list[dict[str, Tensor]] = []
        self.rates: list[float] = []

    def on_start(self, run: Run) -> None:
        self.log.append(f"{self.name}start")

    def on_step(self, run: Run) -> None:
        self.log.append(f"{self.name}step {run.step}")
        self.states.append(run.snapshot())
        self.rates.append(run.learning_rate)

    def on_epoch(self, run: Run) -> None:
        self.log.append(f"{self.name}epoch {run.epoch}")

    def on_end(self, run: Run) -> None:
        self.log.append(f"{self.name}end: {run.stopped}")


class At(Callback):
    """Does something once a step or an epoch is done."""

    def __init__(
        self, do: Callable[[Run], None], *, step: int | None = None, epoch: int | None = None
    ) -> None:
        self.do, self.step, self.epoch = do, step, epoch

    def on_step(self, run: Run) -> None:
        if run.step == self.step:
            self.do(run)

    def on_epoch(self, run: Run) -> None:
        if run.epoch == self.epoch:
            self.do(run)


def same_bits(a: dict[str, Tensor], b: dict[str, Tensor]) -> bool:
    """Whether two states agree in every bit."""
    return a.keys() == b.keys() and all(torch.equal(a[name], b[name]) for name in a)
