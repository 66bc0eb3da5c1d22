"""How fast an RBM trains, as ratios to the matrix products it cannot do without, and to peers.

    python benchmarks/rbm_speed.py [--rows 60000] [--repeats 5] [--threads 1 2]

784 visible and 500 hidden units, CD-1, binary rows; whole ``fit`` calls, shuffle, noise, history
and all. Every repetition runs each contestant once, in turn; the table shows medians, and ratios
are medians of the ratios within a repetition. Peers: scikit-learn's BernoulliRBM, and learnergy
if it is installed. The products' floor is timed in the same repetition.
"""

import argparse
import statistics
import time
import warnings
from collections.abc import Callable

import numpy as np
import torch
from machine import publish
from sklearn.datasets import load_digits
from sklearn.neural_network import BernoulliRBM
from threadpoolctl import threadpool_limits

from embudo import RBM
from embudo.training.hardware import has_bfloat16_products

VISIBLE, HIDDEN, EPOCHS = 784, 500, 2
Contestant = Callable[[np.ndarray], float]


def binary_rows(n: int) -> np.ndarray:
    """Draw rows of 784 bits: digits enlarged to 28 x 28, pixels sampled."""
    rng = np.random.default_rng(0)
    digits = load_digits().images / 16
    large = digits.repeat(4, 1).repeat(4, 2)[:, 2:30, 2:30].reshape(-1, VISIBLE)
    chosen = large[rng.integers(len(large), size=n)]
    return (rng.random(chosen.shape) < chosen).astype(np.float32)


def floor(dtype: torch.dtype, batch: int) -> Contestant:
    """Time the five products of CD-1 alone, in four calls: two outer products stack into one."""

    def run(X: np.ndarray) -> float:
        v, h = torch.rand(batch, VISIBLE).to(dtype), torch.rand(batch, HIDDEN).to(dtype)
        weight = torch.randn(VISIBLE, HIDDEN).to(dtype)
        visible, hidden = torch.cat([v, v]), torch.cat([h, -h])
        out_h, out_v, out_w = torch.empty_like(h), torch.empty_like(v), torch.empty_like(weight)
        steps = -(-len(X) // batch)
        started = time.perf_counter()
        for _ in range(steps):
            torch.mm(v, weight, out=out_h)
            torch.mm(h, weight.t(), out=out_v)
            torch.mm(v, weight, out=out_h)
            torch.mm(visible.t(), hidden, out=out_w)
        return time.perf_counter() - started

    return run


def ours(precision: str, batch: int, **parameters: object) -> Contestant:
    """Time whole fits of embudo's RBM, per epoch."""

    def run(X: np.ndarray) -> float:
        rbm = RBM(
            n_components=HIDDEN,
            batch_size=batch,
            epochs=EPOCHS,
            learning_rate=0.01,
            precision=precision,
            random_state=0,
            **{"algorithm": "cd", "centered": False, "momentum": 0.0, **parameters},
        )
        started = time.perf_counter()
        rbm.fit(X)
        return (time.perf_counter() - started) / EPOCHS

    return run


def scikit_learn(batch: int) -> Contestant:
    """Time whole fits of scikit-learn's BernoulliRBM on float32, per epoch."""

    def run(X: np.ndarray) -> float:
        rbm = BernoulliRBM(HIDDEN, learning_rate=0.01, batch_size=batch, n_iter=EPOCHS)
        started = time.perf_counter()
        rbm.fit(X)
        return (time.perf_counter() - started) / EPOCHS

    return run


def learnergy(batch: int) -> Contestant | None:
    """Time whole fits of learnergy's RBM, per epoch, if it is installed."""
    try:
        from learnergy.models.bernoulli import RBM as LearnergyRBM
    except ImportError:
        return None

    def run(X: np.ndarray) -> float:
        rows = torch.utils.data.TensorDataset(torch.from_numpy(X), torch.zeros(len(X)))
        rbm = LearnergyRBM(n_visible=VISIBLE, n_hidden=HIDDEN, steps=1, learning_rate=0.01)
        started = time.perf_counter()
        rbm.fit(rows, batch_size=batch, epochs=1)
        return time.perf_counter() - started

    return run


def contest(
    contestants: dict[str, Contestant], X: np.ndarray, repeats: int
) -> dict[str, list[float]]:
    """Run all contestants in turn, ``repeats`` times after a warm-up on a few rows."""
    seconds: dict[str, list[float]] = {name: [] for name in contestants}
    for repeat in range(repeats + 1):
        for name, run in contestants.items():
            taken = run(X if repeat else X[:2000])
            if repeat:
                seconds[name].append(taken)
                print(f"  {name}: {taken:.2f} s", flush=True)
    return seconds


def rows_of_table(threads: int, batch: int, seconds: dict[str, list[float]]) -> list[list[str]]:
    """Turn seconds into rows with ratios to the float32 floor and to each contestant of ours."""

    def ratio(of: str, to: str) -> str:
        pairs = zip(seconds[of], seconds[to], strict=True)
        return f"{statistics.median(a / b for a, b in pairs):.2f}"

    own = [name for name in seconds if name.startswith("embudo")]
    return [
        [
            str(threads),
            str(batch),
            name,
            f"{statistics.median(taken):.2f}",
            ratio(name, "floor float32"),
            *(ratio(name, mine) for mine in own[:1]),
        ]
        for name, taken in seconds.items()
    ]


def contestants(batch: int) -> dict[str, Contestant]:
    """Return who runs: the floor, embudo in each precision that the hardware has, the peers."""
    found: dict[str, Contestant | None] = {
        "floor float32": floor(torch.float32, batch),
        "embudo float32": ours("float32", batch),
        "embudo float32, centred PCD-1": ours("float32", batch, algorithm="pcd", centered=True),
        "scikit-learn float32": scikit_learn(batch),
        "learnergy float32": learnergy(batch),
    }
    if has_bfloat16_products(torch.device("cpu")):
        found["floor bfloat16"] = floor(torch.bfloat16, batch)
        found["embudo bfloat16"] = ours("bfloat16", batch)
    return {name: run for name, run in found.items() if run is not None}


def main() -> None:
    """Run the contest for each number of threads and publish one table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=60_000)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--batches", type=int, nargs="+", default=[100, 10])
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    X = binary_rows(arguments.rows)
    table: list[list[str]] = []
    for batch in arguments.batches:
        for threads in arguments.threads:
            print(f"batch {batch}, {threads} thread(s)", flush=True)
            torch.set_num_threads(threads)
            with threadpool_limits(threads):
                seconds = contest(contestants(batch), X, arguments.repeats)
            table += rows_of_table(threads, batch, seconds)
    if not has_bfloat16_products(torch.device("cpu")):
        print("This processor has no bfloat16 products: precision='auto' takes float32 here.")
    head = ["threads", "batch", "who", "s / epoch", "× float32 floor", "× embudo float32"]
    publish("rbm_speed", f"RBM training speed, {arguments.rows:,} × 784 rows, CD-1", head, table)


if __name__ == "__main__":
    main()
