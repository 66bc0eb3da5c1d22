"""What an epoch of an autoencoder costs beside a bare loop in PyTorch, and what a penalty adds.

    python benchmarks/autoencoder_speed.py [--rows 20480] [--repeats 5] [--threads 1]

784-512-256-32 and back, rectified units, squared error, Adam, batch 256, random rows; the bare loop
shuffles once an epoch, slices by index and takes torch's fused Adam. Then contractive encoders of
sigmoid units beside themselves without the penalty: of one layer, 784-300, and of two, 784-300-64.
Seconds are medians over epochs, ratios medians over repetitions in which both are timed in turn.
"""

import argparse
import statistics
import time
from collections.abc import Callable

import numpy as np
import torch
from machine import publish
from torch import nn

from embudo import Autoencoder, Callback, ContractiveAutoencoder

BATCH, EPOCHS = 256, 4
SIZES = (784, 512, 256, 32)


class Clock(Callback):
    """Takes the time at the end of every epoch."""

    def __init__(self) -> None:
        self.ticks: list[float] = []

    def on_epoch(self, run: object) -> None:
        """Note the time."""
        self.ticks.append(time.perf_counter())


def bare(X: torch.Tensor) -> float:
    """Return the seconds of an epoch of the loop that one would write by hand."""
    sizes = [*SIZES, *SIZES[-2::-1]]
    layers: list[nn.Module] = []
    for number, (below, above) in enumerate(zip(sizes[:-1], sizes[1:], strict=True), start=1):
        layers += [nn.Linear(below, above), *([nn.ReLU()] if number not in (3, 6) else [])]
    network = nn.Sequential(*layers)
    adam = torch.optim.Adam(network.parameters(), lr=1e-3, fused=True)
    ticks = [time.perf_counter()]
    for _ in range(EPOCHS):
        order = torch.randperm(len(X))
        for first in range(0, len(X), BATCH):
            x = X[order[first : first + BATCH]]
            loss = (network(x) - x).square().sum(1).mean() / 2
            adam.zero_grad()
            loss.backward()
            adam.step()
        ticks.append(time.perf_counter())
    return statistics.median(np.diff(ticks))


def ours(X: np.ndarray, model: Autoencoder | ContractiveAutoencoder) -> float:
    """Return the seconds of an epoch of a model's fit, measures and all."""
    clock = Clock()
    model.set_params(
        batch_size=BATCH, epochs=EPOCHS + 1, callbacks=[clock], precision="float32", random_state=0
    ).fit(X)
    return statistics.median(np.diff(clock.ticks))


def contractive(
    hidden: tuple[int, ...] | None, n: int, weight: float | None
) -> Callable[[], object]:
    """Return what makes a contractive autoencoder, or the same without the penalty."""
    settings = {"hidden": hidden, "n_components": n, "activation": "sigmoid", "tied": False}
    if weight is None:
        return lambda: Autoencoder(code="sigmoid", **settings)
    return lambda: ContractiveAutoencoder(weight=weight, **settings)


def beside(name: str, one: Callable[[], float], other: Callable[[], float], n: int) -> list[str]:
    """Return a row of the table: both in turn, and the median of their ratios."""
    pairs = [(one(), other()) for _ in range(n)]
    seconds = [statistics.median(p[side] for p in pairs) for side in (0, 1)]
    ratio = statistics.median(a / b for a, b in pairs)
    row = [name, f"{seconds[0]:.2f}", f"{seconds[1]:.2f}", f"{ratio:.2f}"]
    print(row, flush=True)
    return row


def main() -> None:
    """Time and publish."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=20480)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--threads", type=int, default=1)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    X = np.random.default_rng(0).random((arguments.rows, SIZES[0]), dtype=np.float32)
    tensor, n = torch.from_numpy(X), arguments.repeats
    plain = {"hidden": SIZES[1:-1], "n_components": SIZES[-1], "activation": "relu"}
    rows = [
        beside(
            "autoencoder beside a bare loop",
            lambda: ours(X, Autoencoder(visible="gaussian", **plain)),
            lambda: bare(tensor),
            n,
        )
    ]
    for hidden, size in ((None, 300), ((300,), 64)):
        held, free = contractive(hidden, size, 0.1), contractive(hidden, size, None)
        name = "one layer" if hidden is None else "two layers"
        rows.append(
            beside(
                f"contractive, {name}, beside the same without penalty",
                lambda held=held: ours(X, held()),
                lambda free=free: ours(X, free()),
                n,
            )
        )
    publish(
        "autoencoder_speed",
        f"Autoencoders, {arguments.rows:,} rows, {arguments.threads} thread(s): seconds an epoch",
        ["what", "seconds", "beside", "ratio"],
        rows,
    )


if __name__ == "__main__":
    main()
