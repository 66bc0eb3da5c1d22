"""How good a density of MNIST a deep Boltzmann machine 500-1000 becomes, and in what time.

    python benchmarks/density_dbm.py [--data-dir DIR] [--seed 0] [--recipe NAME ...]

Training pixels are binarised by sampling, anew each time that a row is shown; the test set once,
with a fixed seed. One thread trains. Log Z comes from annealed importance sampling over the even
layers, forward and reverse, with 10,000 temperatures and 100 chains. What is given of the test set
is the variational lower bound on its mean log-likelihood. Published figures stand beside ours.
"""

import argparse
import time

import numpy as np
import torch
from machine import publish

from embudo import DBM
from embudo.data.binarize import binarized
from embudo.data.readers import open_source

RECIPES = {
    "100 epochs": {"epochs": 100, "pretrain_epochs": 10},
    "300 epochs": {"epochs": 300, "pretrain_epochs": 20},
}
PUBLISHED = [
    ["DBM 500-1000, Salakhutdinov and Hinton 2009", "-84.62", "", "", "", "", ""],
]


def trained(X: np.ndarray, recipe: dict[str, float], seed: int) -> tuple[DBM, float]:
    """Return the model and the minutes of processor time that it took."""
    started = time.process_time()
    dbm = DBM(
        hidden=(500, 1000),
        mean_field_sweeps=5,
        momentum=0.0,
        batch_size=100,
        schedule="linear",
        resample=True,
        random_state=seed,
        verbose=1,
        **recipe,
    ).fit(X)
    return dbm, (time.process_time() - started) / 60


def measured(name: str, dbm: DBM, minutes: float, X_test: np.ndarray, seed: int) -> list[str]:
    """Return a row of the table."""
    started = time.process_time()
    partition = dbm.log_partition(method="ais", random_state=seed)
    score = float(dbm.lower_bound(X_test, partition).mean(dtype=np.float64))
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
        dbm, minutes = trained(X, RECIPES[name], arguments.seed)
        rows.append(measured(name, dbm, minutes, test.read(), arguments.seed))
    publish(
        "density_dbm",
        "MNIST binarised by sampling, DBM 500-1000, centred PCD-1, rate falling to 0, "
        f"seed {arguments.seed}: variational lower bound on the test log-likelihood in nats",
        [
            "recipe",
            "test lower bound",
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
