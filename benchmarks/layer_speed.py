"""What a layer of a deep belief network costs beside the RBM that it is.

    python benchmarks/layer_speed.py [--rows 20000] [--repeats 5] [--threads 1]

A stack 784-500-500 trains; then an RBM trains on the same rows, and another on what the stack's
lowest layer makes of them, with the same settings. Seconds are those of an epoch, medians over
epochs; ratios are medians over repetitions, in which both are timed in turn. What a layer costs
once, encoding the rows for it, stands beside.
"""

import argparse
import statistics
import time

import numpy as np
import torch
from machine import publish

from embudo import DBN, RBM, Callback

SETTINGS = {
    "algorithm": "cd",
    "epochs": 4,
    "batch_size": 100,
    "learning_rate": 0.05,
    "random_state": 0,
}
VISIBLE, HIDDEN = 784, 500


class Clock(Callback):
    """Takes the time from the end of one stage to the start of the next."""

    def __init__(self) -> None:
        self.ended, self.between = time.perf_counter(), []

    def on_start(self, run: object) -> None:
        """Note how long the stage took to begin."""
        self.between.append(time.perf_counter() - self.ended)

    def on_end(self, run: object) -> None:
        """Note when it ended."""
        self.ended = time.perf_counter()


def seconds(history: object) -> float:
    """Return the median seconds of an epoch."""
    return statistics.median(history["seconds"])


def repetition(X: np.ndarray) -> list[tuple[float, float, float]]:
    """Return, for both layers: the layer's seconds, the RBM's, and those spent before it."""
    clock = Clock()
    dbn = DBN(hidden=(HIDDEN, HIDDEN), **SETTINGS, callbacks=[clock]).fit(X)
    found = []
    for number, seen in enumerate((X, dbn.transform(X, layer=0))):
        alone = RBM(n_components=HIDDEN, **SETTINGS).fit(seen)
        layer = dbn.history_.stages[f"layer {number + 1}"]
        found.append((seconds(layer), seconds(alone.history_), clock.between[number]))
    return found


def main() -> None:
    """Time, and publish."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=20_000)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--threads", type=int, default=1)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    X = (np.random.default_rng(0).random((arguments.rows, VISIBLE)) < 0.2).astype(np.float32)
    found = np.array([repetition(X) for _ in range(arguments.repeats)])
    rows = [
        [
            f"{number}: {shape}",
            f"{np.median(layer):.2f}",
            f"{np.median(alone):.2f}",
            f"{np.median(layer / alone):.2f}",
            f"{np.median(before):.2f}",
        ]
        for number, (shape, (layer, alone, before)) in enumerate(
            zip(
                (f"{VISIBLE}-{HIDDEN}", f"{HIDDEN}-{HIDDEN}"), found.transpose(1, 2, 0), strict=True
            ),
            start=1,
        )
    ]
    publish(
        "layer_speed",
        f"A layer of a stack beside an RBM, {arguments.rows:,} rows, CD-1, batch 100",
        ["layer", "s / epoch", "RBM alone, s / epoch", "ratio", "s before its first epoch"],
        rows,
    )


if __name__ == "__main__":
    main()
