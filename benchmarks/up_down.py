"""What training a second layer, and then up-down, does to a deep belief network's bound.

    python benchmarks/up_down.py [--seeds 0 1 2]

Digits of 8 x 8 pixels, averaged to 4 x 4 and drawn as zeros and ones, so that all states of the
lower hidden layer can be listed: beside the bound stands the log-likelihood that it bounds. The
second layer starts at the first one's transposed weights, where the bound equals the likelihood
of the first alone. The same then without listing, on all 64 pixels. Rows were not trained on.
"""

import argparse
import itertools

import numpy as np
import torch
from machine import publish
from sklearn.datasets import load_digits
from torch.nn.functional import logsigmoid

from embudo import DBN
from embudo.kernels.energies import free_energy, visible_field

RATES = (0.01, 0.1)
PLAIN = {
    "initial": "transposed",
    "learning_rate": 0.1,
    "schedule": "linear",
    "momentum": 0.0,
    "epochs": 100,
    "batch_size": 50,
    "fine_tune_epochs": 100,
}


def pixels(small: bool) -> np.ndarray:
    """Return 1,797 digits as zeros and ones, of 16 pixels or of 64."""
    images = load_digits().images / 16
    if small:
        images = images.reshape(-1, 4, 2, 4, 2).mean((2, 4))
    ink = images.reshape(len(images), -1)
    return (np.random.default_rng(0).random(ink.shape) < ink).astype(np.float32)


def log_likelihood(dbn: DBN, V: np.ndarray, log_z: float) -> float:
    """Return the mean log p(v) in nats, by listing every state of the lower hidden layer."""
    lower, top = (rbm.machine(torch.float64) for rbm in dbn.module_.rbms)
    states = itertools.product((0.0, 1.0), repeat=len(lower.hidden_bias))
    h = torch.tensor(list(states), dtype=torch.float64)
    prior = -free_energy(h, top) - log_z
    field, v = visible_field(h, lower), torch.from_numpy(V).double()
    given = v @ logsigmoid(field).t() + (1 - v) @ logsigmoid(-field).t()
    return float((given + prior).logsumexp(1).mean())


def stacks(hidden: tuple[int, int], seed: int) -> dict[str, DBN]:
    """Return the stacks to compare, by name; what they share of their training is the same."""
    base = {**PLAIN, "random_state": seed}
    tuned = {"hidden": hidden, "fine_tune": "up_down"}
    return {
        "one layer": DBN(hidden=hidden[:1], **base),
        "two layers": DBN(hidden=hidden, **base),
        **{
            f"two layers, then up-down at rate {rate}": DBN(fine_tune_rate=rate, **tuned, **base)
            for rate in RATES
        },
    }


def figures(dbn: DBN, V: np.ndarray, listed: bool) -> list[float]:
    """Return the bound, and what it bounds where that can be had."""
    partition = dbn.log_partition(n_temperatures=2000)
    bound = float(dbn.lower_bound(V, partition, n_draws=100).mean(dtype=np.float64))
    if not listed or len(dbn.hidden) == 1:
        return [bound, bound if len(dbn.hidden) == 1 else float("nan")]
    return [bound, log_likelihood(dbn, V, partition.value)]


def rows(name: str, small: bool, hidden: tuple[int, int], seeds: list[int]) -> list[list[str]]:
    """Return a row of the table for each stack: of every seed."""
    X = pixels(small)
    train, test = X[:1297], X[1297:]
    found: dict[str, list[list[float]]] = {}
    for seed in seeds:
        for stack, dbn in stacks(hidden, seed).items():
            found.setdefault(stack, []).append(figures(dbn.fit(train), test, small))

    def shown(values: np.ndarray) -> str:
        return "" if np.isnan(values).any() else ", ".join(f"{value:.2f}" for value in values)

    return [[name, stack, *map(shown, np.array(v).T)] for stack, v in found.items()]


def main() -> None:
    """Train, measure and publish."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    seeds = parser.parse_args().seeds
    torch.set_num_threads(1)
    publish(
        "up_down",
        f"Up-down: held-out digits, nats, seeds {', '.join(map(str, seeds))}",
        ["units", "stack", "bound", "log-likelihood"],
        [
            *rows("16-6-16", True, (6, 16), seeds),
            *rows("64-100-100", False, (100, 100), seeds),
        ],
    )


if __name__ == "__main__":
    main()
