"""How good the digits are that our models make up, after a few minutes of training each.

    python benchmarks/sample_quality.py [--data-dir DIR] [--rows 60000] [--samples 5000]
                                        [--steps 300] [--seed 0]

Measured in the features of ``digit_features.py`` beside the rows trained on. The first line is the
floor: as many test digits in place of samples. Samples are means of pixels; each chain of an RBM
or a DBN takes ``--steps`` steps first. ``--rows`` takes some training rows alone, and then keeps no
table.
"""

import argparse
import time
from collections.abc import Callable, Mapping
from functools import partial

import torch
from digit_features import load_or_train
from machine import publish

from embudo import DBN, RBM, VariationalAutoencoder
from embudo.data.readers import open_source
from embudo.estimators.sampling import chained
from embudo.metrics import Scores, sample_quality

HEAD = [
    "samples of",
    "Fréchet distance",
    "kernel distance × 1000",
    "precision",
    "recall",
    "density",
    "coverage",
    "duplicates",
    "nearest training",
    "KL of classes",
    "minutes of training",
]
BY_CHAINS = {"batch_size": 100, "learning_rate": 0.05, "schedule": "linear", "resample": True}
MODELS: Mapping[str, Callable] = {
    "VAE, 20 numbers": partial(VariationalAutoencoder, n_components=20, hidden=(400,), epochs=20),
    "RBM, 500 units": partial(RBM, n_components=500, algorithm="pcd", epochs=15, **BY_CHAINS),
    "DBN, 500-500 units": partial(DBN, hidden=(500, 500), epochs=8, **BY_CHAINS),
}


def line(name: str, scores: Scores, minutes: str) -> list[str]:
    """Return the measures as a row of the table."""
    kernel = f"{1000 * scores.kernel_distance:.2f} ± {1000 * scores.kernel_deviation:.2f}"
    shares = (scores.precision, scores.recall, scores.density, scores.coverage)
    return [
        name,
        f"{scores.frechet_distance:.3f}",
        kernel,
        *(f"{share:.3f}" for share in shares),
        f"{scores.duplicates:.1%}",
        f"{scores.nearest_training:.3f}",
        f"{scores.class_divergence:.4f}",
        minutes,
    ]


def main() -> None:
    """Train, draw, measure and publish."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data-dir")
    for name, default in (("rows", 60_000), ("samples", 5000), ("steps", 300), ("seed", 0)):
        parser.add_argument(f"--{name}", type=int, default=default)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    train = open_source("mnist", data_dir=arguments.data_dir)
    test = open_source("mnist:test", data_dir=arguments.data_dir)
    X, T = train.read(), test.read()
    judge = load_or_train(X, train.labels, T, test.labels)
    X, rows = X[: arguments.rows], []
    for name, make in MODELS.items():
        started = time.process_time()
        model = make(random_state=arguments.seed).fit(X)
        minutes = (time.process_time() - started) / 60
        how = chained(model, arguments.steps)
        drawn = model.sample(arguments.samples, means=True, random_state=arguments.seed, **how)
        found = sample_quality(
            X, drawn, T, features=judge.extractor, classifier=judge.classes, random_state=0
        )
        if not rows:
            rows.append(line("the test set: the floor", found.floor, ""))
        rows.append(line(name, found.samples, f"{minutes:.1f}"))
        print(name, found, sep="\n", flush=True)
    if len(X) == len(train.labels):
        title = f"MNIST: {found.n_samples:,} samples beside {found.n_real:,} rows"
        publish("sample_quality", f"{title}, in the features of the {judge.name}", HEAD, rows)


if __name__ == "__main__":
    main()
