"""How good a density of MNIST an RBM with 500 hidden units becomes, and in what time.

    python benchmarks/density_mnist.py [--data-dir DIR] [--seed 0] [--recipe NAME ...]

Training pixels are binarised by sampling, anew each time that a row is shown; the test set once,
with a fixed seed. One thread trains. Log Z comes from annealed importance sampling, forward and
reverse, with 10,000 temperatures and 100 chains. Published figures stand beside ours.
"""

import argparse
import time

import numpy as np
import torch
from machine import publish

from embudo import RBM
from embudo.data.binarize import binarized
from embudo.data.readers import open_source

RECIPES = {
    "165 epochs": {"epochs": 165},
    "600 epochs, decay 5e-5": {"epochs": 600, "weight_decay": 5e-5},
}
PUBLISHED = [
    ["CD-25, Salakhutdinov and Murray 2008", "-86.34", "", "", "", "", ""],
    ["centred PCD-1, 200 epochs, PyDeep", "-84.9", "", "", "12 nats apart", "78", ""],
]


def trained(X: np.ndarray, recipe: dict[str, float], seed: int) -> tuple[RBM, float]:
    """Return the model and the minutes of processor time that it took."""
    started = time.process_time()
    rbm = RBM(
        n_components=500,
        algorithm="pcd",
        centered=True,
        momentum=0.0,
        batch_size=100,
        learning_rate=0.1,
        schedule="linear",
        resample=True,
        random_state=seed,
        **recipe,
    ).fit(X)
    return rbm, (time.process_time() - started) / 60


def measured(name: str, rbm: RBM, minutes: float, X_test: np.ndarray, seed: int) -> list[str]:
    """Return a row of the table."""
    started = time.process_time()
    partition = rbm.log_partition(method="ais", random_state=seed)
    score = float(rbm.log_likelihood(X_test, partition=partition).mean(dtype=np.float64))
    print(f"{name}: {score:.2f} {partition.warning}", flush=True)
    return [
        f"{name}, embudo",
        f"{score:.2f}",
        f"{partition.error:.2f}",
        f"{partition.forward:.2f}",
        f"{partition.reverse:.2f}",
        f"{minutes:.1f}",
        f"{(time.process_time() - started) / 60:.1f}",
    ]


def main() -> None:
    """Train by each recipe, measure and publish."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data-dir")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--recipe", nargs="+", choices=RECIPES, default=list(RECIPES))
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    X = open_source("mnist", data_dir=arguments.data_dir).read()
    test = binarized(open_source("mnist:test", data_dir=arguments.data_dir), "sample", seed=1)
    rows = []
    for name in arguments.recipe:
        rbm, minutes = trained(X, RECIPES[name], arguments.seed)
        rows.append(measured(name, rbm, minutes, test.read(), arguments.seed))
    publish(
        "density_mnist",
        "MNIST binarised by sampling, RBM-500, centred PCD-1, rate 0.1 falling to 0, "
        f"seed {arguments.seed}: test log-likelihood in nats",
        [
            "recipe",
            "test log-likelihood",
            "error of log Z",
            "log Z, AIS",
            "log Z, reverse AIS",
            "minutes of training",
            "minutes of AIS",
        ],
        [*rows, *PUBLISHED],
    )


if __name__ == "__main__":
    main()
