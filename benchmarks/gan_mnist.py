"""How near GANs come to MNIST in a quarter of an hour of one processor, seed by seed.

    python benchmarks/gan_mnist.py [--data-dir DIR] [--minutes 15] [--seeds 3] [--samples 10000]
                                   [--jobs 2]

Our default GAN stands beside a plain DCGAN (``dcgan.py``) of as many channels and as many CPU
minutes, a GAN that is told the classes, a variational autoencoder, a DBN, and the test set in
place of samples, which is the floor. All are measured in the features of ``digit_features.py``.
Each training has a process with one thread, ``--jobs`` of them at a time.
"""

import argparse
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from typing import Any

import dcgan
import numpy as np
import numpy.typing as npt
import torch
from budget import epochs_within
from digit_features import DigitFeatures, load_or_train
from machine import publish

from embudo import DBN, GAN, VariationalAutoencoder
from embudo.data.readers import open_source
from embudo.estimators.sampling import chained
from embudo.metrics import SampleQuality, Scores, sample_quality

HEAD = [
    "samples of",
    "seed",
    "Fréchet distance",
    "precision",
    "recall",
    "coverage",
    "furthest share of a class from its own",
    "asked class made",
    "CPU minutes",
]
CONV: Mapping[str, Any] = {"architecture": "conv", "batch_size": 64}
CHAINS: Mapping[str, Any] = {
    "batch_size": 100,
    "learning_rate": 0.05,
    "schedule": "linear",
    "resample": True,
}
STEPS = 300  # of each chain of the DBN
SPARE = 0.9  # of the minutes are planned for, as a machine is not always equally fast

Rows = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Digits:
    """What all trainings share."""

    X: Rows
    y: npt.NDArray[np.int64]
    seconds: float
    n_samples: int


@dataclass(frozen=True)
class Made:
    """What came of one training: samples, the classes asked for, if any, and the CPU minutes."""

    name: str
    seed: int
    rows: Rows
    asked: npt.NDArray[np.int64] | None
    minutes: float


def gan(name: str, seed: int, given: Digits, *, told: bool) -> Made:
    """Train for about so many CPU seconds, in whole epochs, and draw."""
    make = partial(GAN, **CONV, random_state=seed)
    y = given.y if told else None
    epochs = epochs_within(SPARE * given.seconds, make, given.X, y)
    started = time.process_time()
    model = make(epochs=epochs).fit(given.X, y)
    minutes = (time.process_time() - started) / 60
    asked = None if y is None else np.arange(given.n_samples) % 10
    rows = model.sample(given.n_samples, y=asked, random_state=seed)
    return Made(name, seed, rows, asked, minutes)


def plain(name: str, seed: int, given: Digits) -> Made:
    """Train a DCGAN in bare PyTorch for so many CPU seconds, and draw."""
    started = time.process_time()
    generator = dcgan.train(torch.from_numpy(given.X), given.seconds, seed)
    minutes = (time.process_time() - started) / 60
    rows = dcgan.sample(generator, given.n_samples, seed).numpy()
    return Made(name, seed, rows, None, minutes)


def other(name: str, seed: int, given: Digits, *, make: Callable[..., Any]) -> Made:
    """Train a model of another family, and draw the means of its pixels."""
    started = time.process_time()
    model = make(random_state=seed).fit(given.X)
    minutes = (time.process_time() - started) / 60
    how = chained(model, STEPS)
    rows = model.sample(given.n_samples, means=True, random_state=seed, **how)
    return Made(name, seed, rows, None, minutes)


OURS, PLAIN, TOLD = "GAN, relativistic", "plain DCGAN", "GAN, told the classes"
VAE = partial(VariationalAutoencoder, n_components=20, hidden=(400,), epochs=20)
BELIEF = partial(DBN, hidden=(500, 500), epochs=8, **CHAINS)


def tasks(seeds: int) -> list[Callable[[Digits], Made]]:
    """Return all trainings, the longest first."""
    found: list[Callable[[Digits], Made]] = []
    for seed in range(seeds):
        found += [partial(gan, OURS, seed, told=False), partial(plain, PLAIN, seed)]
    found.append(partial(gan, TOLD, 0, told=True))
    found.append(partial(other, "VAE, 20 numbers", 0, make=VAE))
    found.append(partial(other, "DBN, 500-500 units", 0, make=BELIEF))
    return found


def line(name: str, seed: str, scores: Scores, apart: str, told: str, minutes: str) -> list[str]:
    """Return what is measured as a row of the table."""
    shares = (scores.precision, scores.recall, scores.coverage)
    words = (f"{share:.3f}" for share in shares)
    return [name, seed, f"{scores.frechet_distance:.3f}", *words, apart, told, minutes]


def of_samples(made: Made, found: SampleQuality, judge: DigitFeatures) -> list[str]:
    """Return the line of one training."""
    assert found.classes is not None
    pairs = zip(found.classes.generated, found.classes.real, strict=True)
    apart = max(abs(one - other) for one, other in pairs)
    told = "" if made.asked is None else f"{(judge.classes(made.rows) == made.asked).mean():.2%}"
    shares = f"{100 * apart:.1f} points"
    return line(made.name, str(made.seed), found.samples, shares, told, f"{made.minutes:.1f}")


def mean_line(name: str, distances: Sequence[float], than: float | None) -> list[str]:
    """Return the mean and the spread over the seeds, and how much lower than another it is."""
    words = f"{np.mean(distances):.3f} ± {np.std(distances, ddof=1):.3f}"
    if than is not None:
        words += f", {1 - np.mean(distances) / than:.0%} lower"
    return [f"{name}, mean", "", words, *[""] * (len(HEAD) - 3)]


def main() -> None:
    """Train all, measure all, publish."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data-dir")
    parser.add_argument("--minutes", type=float, default=15)
    for name, default in (("seeds", 3), ("samples", 10_000), ("jobs", 2)):
        parser.add_argument(f"--{name}", type=int, default=default)
    arguments = parser.parse_args()
    train = open_source("mnist", data_dir=arguments.data_dir)
    test = open_source("mnist:test", data_dir=arguments.data_dir)
    X, T = train.read().astype(np.float32), test.read()
    y = np.asarray(train.labels, np.int64)
    judge = load_or_train(X, y, T, test.labels)
    given = Digits(X, y, 60 * arguments.minutes, arguments.samples)
    rows: list[list[str]] = []
    distances: dict[str, list[float]] = {OURS: [], PLAIN: []}
    pool = ProcessPoolExecutor(
        arguments.jobs, get_context("spawn"), initializer=torch.set_num_threads, initargs=(1,)
    )
    with pool:
        for future in [pool.submit(task, given) for task in tasks(arguments.seeds)]:
            made = future.result()
            found = sample_quality(
                X, made.rows, T, features=judge.extractor, classifier=judge.classes, random_state=0
            )
            if not rows:
                rows.append(line("the test set: the floor", "", found.floor, "", "", ""))
            rows.append(of_samples(made, found, judge))
            distances.setdefault(made.name, []).append(found.samples.frechet_distance)
            print(rows[-1], flush=True)
    if arguments.seeds > 1:
        than = float(np.mean(distances[PLAIN]))
        rows += [mean_line(OURS, distances[OURS], than), mean_line(PLAIN, distances[PLAIN], None)]
    title = f"MNIST: {arguments.samples:,} samples after {arguments.minutes:g} CPU minutes"
    publish("gan_mnist", f"{title}, in the features of the {judge.name}", HEAD, rows)


if __name__ == "__main__":
    main()
