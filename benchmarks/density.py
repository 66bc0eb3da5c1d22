"""What the benchmarks of densities share: the data, and a row of the table for a trained model.

Training pixels of MNIST are given as they are, to be binarised by sampling anew each time that a
row is shown; the test set is binarised once, with a fixed seed. Log Z comes from annealed
importance sampling, forward and reverse, with 10,000 temperatures and 100 chains.
"""

import argparse
import time
from collections.abc import Callable
from functools import partial

import numpy as np
import torch
from machine import publish

from embudo import DBM, DBN, RBM
from embudo.data.binarize import binarized
from embudo.data.readers import open_source
from embudo.modules.likelihood import Partition

COLUMNS = [
    "error of log Z",
    "log Z, AIS",
    "log Z, reverse AIS",
    "minutes of training",
    "minutes of AIS",
]
MEASURES = {"log_likelihood": "test log-likelihood", "lower_bound": "test lower bound"}
PLAIN = {
    "momentum": 0.0,
    "batch_size": 100,
    "schedule": "linear",
    "resample": True,
}
"""Settings that all of them share."""


def arguments_of(document: str, **further: dict) -> argparse.Namespace:
    """Parse the command line, on which data folder and seed can be given; take one thread."""
    parser = argparse.ArgumentParser(description=document.splitlines()[0])
    parser.add_argument("--data-dir")
    parser.add_argument("--seed", type=int, default=0)
    for name, settings in further.items():
        parser.add_argument(f"--{name}", **settings)
    torch.set_num_threads(1)
    return parser.parse_args()


def mnist(data_dir: str | None) -> tuple[np.ndarray, np.ndarray]:
    """Return the training pixels, and the test set as zeros and ones."""
    test = binarized(open_source("mnist:test", data_dir=data_dir), "sample", seed=1)
    return open_source("mnist", data_dir=data_dir).read(), test.read()


def minutes_since(started: float) -> float:
    """Return minutes of processor time."""
    return (time.process_time() - started) / 60


def measured(
    name: str,
    model: RBM | DBN | DBM,
    score: Callable[[Partition], np.ndarray],
    minutes: float,
    seed: int,
) -> list[str]:
    """Return a row of the table: log Z by annealing, and the mean score that it leads to."""
    started = time.process_time()
    partition = model.log_partition(method="ais", random_state=seed)
    nats = float(score(partition).mean(dtype=np.float64))
    print(f"{name}: {nats:.2f} {partition.warning}", flush=True)
    return [
        name,
        f"{nats:.2f}",
        f"{partition.error:.2f}",
        f"{partition.forward:.2f}",
        f"{partition.reverse:.2f}",
        f"{minutes:.1f}",
        f"{minutes_since(started):.1f}",
    ]


def by_recipe(
    name: str,
    title: str,
    document: str,
    recipes: dict[str, dict],
    train: Callable[..., RBM | DBM],
    measure: str,
    published: list[list[str]],
) -> None:
    """Train by each recipe, measure and publish.

    Parameters
    ----------
    name, title, document : str
        Of the benchmark: how it is called, what heads its table, and its docstring.
    recipes : dict
        Parameters by the recipe's name.
    train : callable
        From pixels and parameters to the fitted model.
    measure : {"log_likelihood", "lower_bound"}
    published : list of rows
        Figures of others, to stand beside ours.
    """
    choice = {"nargs": "+", "choices": recipes, "default": list(recipes)}
    arguments = arguments_of(document, recipe=choice)
    X, V = mnist(arguments.data_dir)
    rows = []
    for recipe in arguments.recipe:
        started = time.process_time()
        model = train(X, random_state=arguments.seed, **PLAIN, **recipes[recipe])
        minutes = minutes_since(started)
        score = partial(getattr(model, measure), V)
        rows.append(measured(f"{recipe}, embudo", model, score, minutes, arguments.seed))
    publish(
        name,
        f"{title}, seed {arguments.seed}: {MEASURES[measure]} in nats",
        ["recipe", MEASURES[measure], *COLUMNS],
        [*rows, *published],
    )
