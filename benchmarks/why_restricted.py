"""What couplings inside the layers cost and bring: the same data and units, with and without.

Digits of 8 x 8 pixels, cut at half their brightness, 64 visible and 16 hidden units, so that the
log-likelihood is exact but for log Z, whose error is told where it is annealed; then a machine of
12 units in all, where nothing is estimated; then a machine for pictures of 28 x 28 pixels, of which
only the time is told.
"""

import argparse
import time

import numpy as np
import torch
from machine import publish
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from embudo import RBM, BoltzmannMachine

HEAD = [
    "data",
    "model",
    "couplings",
    "seconds per epoch",
    "beside the RBM's",
    "test log-likelihood",
    "error of log Z",
]
NAMES = {
    "none": "Boltzmann machine without couplings inside layers",
    "hidden": "hidden units joined",
    "visible": "visible units joined",
    "both": "Boltzmann machine",
}


def models(n_hidden, settings, exact):
    """Return the models to compare, the RBM first."""
    how = "exact" if exact else "pcd"
    yield "RBM", RBM(n_components=n_hidden, algorithm=how, **settings)
    for lateral, name in NAMES.items():
        yield name, BoltzmannMachine(n_hidden=n_hidden, lateral=lateral, algorithm=how, **settings)


def n_couplings(model):
    """Count the couplings that a model learns."""
    count = int(np.count_nonzero(model.components_))
    for name in ("lateral_visible_", "lateral_hidden_"):
        count += int(np.count_nonzero(getattr(model, name, 0))) // 2
    return count


def measured(data, train, test, n_hidden, settings, exact):
    """Return a row of the table for each model."""
    first = None
    for name, model in models(n_hidden, settings, exact):
        model.fit(train)  # once to warm up: the first batches of a process are slow
        started = time.perf_counter()
        model.fit(train)
        seconds = (time.perf_counter() - started) / settings["epochs"]
        first = first or seconds
        partition = model.log_partition(n_temperatures=1000, burn_in=300)
        mean = model.log_likelihood(test, partition).mean()
        error = "exact" if partition.method == "exact" else f"{partition.error:.2f}"
        yield [
            data,
            name,
            f"{n_couplings(model):,}",
            f"{seconds:.3f}",
            f"{seconds / first:.1f} ×",
            f"{mean:.2f}",
            error,
        ]


def timed(data, n_visible, n_hidden, rows, settings):
    """Return rows of the table with times alone, on noise."""
    X = (np.random.default_rng(0).random((rows, n_visible)) < 0.2).astype(np.float32)
    first = None
    for name, model in models(n_hidden, {**settings, "epochs": 1}, exact=False):
        started = time.perf_counter()
        model.fit(X)
        seconds = time.perf_counter() - started
        first = first or seconds
        shown = [f"{n_couplings(model):,}", f"{seconds:.2f}", f"{seconds / first:.0f} ×"]
        yield [data, name, *shown, "", ""]


def main():
    """Measure, print, and keep the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    settings = {
        "epochs": arguments.epochs,
        "random_state": arguments.seed,
        "learning_rate": 0.05,
        "batch_size": 64,
    }
    X = (load_digits().data > 7).astype(np.float32)
    train, test = train_test_split(X, test_size=0.25, random_state=arguments.seed)
    table = list(measured("digits, 64 + 16 units", train, test, 16, settings, exact=False))
    small = X.reshape(-1, 8, 8)[:, 2:6, 2:4].reshape(len(X), -1)
    train, test = train_test_split(small, test_size=0.25, random_state=arguments.seed)
    table += list(measured("8 pixels, 8 + 4 units, exact", train, test, 4, settings, exact=True))
    table += list(timed("784 + 500 units, 2,048 rows of noise", 784, 500, 2048, settings))
    publish(
        "why_restricted",
        f"Why restricted: the same data and units, {arguments.epochs} epochs, seed "
        f"{arguments.seed}",
        HEAD,
        table,
    )


if __name__ == "__main__":
    main()
