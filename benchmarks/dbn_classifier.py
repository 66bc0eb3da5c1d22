"""What pretraining is worth to a network that classifies MNIST, by how many rows have a label.

    python benchmarks/dbn_classifier.py [--data-dir DIR] [--rows 60000] [--seeds 0 1 2]
        [--hidden 500 500 2000] [--labels 60000 1000 100] [--pretrain-epochs 30]

Every network is trained twice: from a stack of RBMs that has seen all rows, labelled or not, and
from random weights, with the same labels, updates and settings. The labelled rows are as many of
each class, drawn with the seed. Test errors are those of the last epoch: the test set decides
nothing. Published figures stand beside ours.
"""

import argparse
import time

import numpy as np
import torch
from machine import publish

from embudo import DBNClassifier
from embudo.data.readers import open_source

UPDATES = {100: 2000, 1000: 4000}  # by the number of labels; with all of them, passes count
PASSES = 40
BATCH = 100
PUBLISHED = [
    ["60,000", "DBN 500-500-2000 and backprop, Salakhutdinov and Hinton 2009", "1.2", "", ""],
    ["60,000", "backprop from random weights, the same", "1.6", "", ""],
    ["1,000", "RBM-1024 features and backprop, yell", "6.35", "11.29", ""],
    ["100", "RBM-1024 features and backprop, yell", "18.30", "23.98", ""],
]


def some_labels(y: np.ndarray, count: int, seed: int) -> np.ndarray:
    """Return the labels with all but some of them, as many of each class, replaced by -1."""
    if count >= len(y):
        return y
    rng = np.random.default_rng(seed)
    kept = np.full(len(y), -1)
    for number in np.unique(y):
        rows = rng.permutation(np.flatnonzero(y == number))[: count // 10]
        kept[rows] = number
    return kept


def passes(count: int, rows: int) -> int:
    """Return how many passes over the labelled rows make up the updates for their number."""
    if count >= rows:
        return PASSES
    return max(1, UPDATES.get(count, 4000) * BATCH // count)


def error(pretrain: bool, arguments: argparse.Namespace, count: int, seed: int) -> list[float]:
    """Train one network; return its test error in per cent and its minutes of processor time."""
    X, y, X_test, y_test = arguments.data
    started = time.process_time()
    model = DBNClassifier(
        hidden=tuple(arguments.hidden),
        pretrain=pretrain,
        pretrain_epochs=arguments.pretrain_epochs,
        pretrain_rate=arguments.pretrain_rate,
        algorithm="cd",
        epochs=passes(count, len(y)),
        learning_rate=arguments.learning_rate,
        schedule="linear",
        dropout=arguments.dropout,
        batch_size=BATCH,
        unlabelled=-1,
        random_state=seed,
    ).fit(X, some_labels(y, count, seed))
    minutes = (time.process_time() - started) / 60
    found = 100 * (1 - model.score(X_test, y_test))
    print(f"{count} labels, pretrain={pretrain}, seed {seed}: {found:.2f} %", flush=True)
    return [found, minutes]


def row(count: int, arguments: argparse.Namespace) -> list[str]:
    """Return a row of the table: means over seeds, and each of them."""
    results = {
        pretrain: np.array([error(pretrain, arguments, count, seed) for seed in arguments.seeds])
        for pretrain in (True, False)
    }

    def shown(errors: np.ndarray) -> str:
        return f"{errors.mean():.2f} ({', '.join(f'{e:.2f}' for e in errors)})"

    minutes = " and ".join(f"{results[p][:, 1].mean():.1f}" for p in (True, False))
    sizes = "-".join(map(str, arguments.hidden))
    errors = [shown(results[p][:, 0]) for p in (True, False)]
    return [f"{count:,}", f"DBN {sizes}, embudo", *errors, minutes]


def main() -> None:
    """Train with every number of labels and publish."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data-dir")
    parser.add_argument("--rows", type=int, default=60_000)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--hidden", type=int, nargs="+", default=[500, 500, 2000])
    parser.add_argument("--labels", type=int, nargs="+", default=[60_000, 1000, 100])
    parser.add_argument("--pretrain-epochs", type=int, default=30)
    parser.add_argument("--pretrain-rate", type=float, default=0.1)
    parser.add_argument("--learning-rate", type=float, default=1e-3)
    parser.add_argument("--dropout", type=float, default=0.3)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    train = open_source("mnist", data_dir=arguments.data_dir)
    test = open_source("mnist:test", data_dir=arguments.data_dir)
    X, y = train.read()[: arguments.rows], train.labels[: arguments.rows].astype(int)
    arguments.data = (X, y, test.read(), test.labels.astype(int))
    rows = [row(min(count, len(y)), arguments) for count in arguments.labels]
    publish(
        "dbn_classifier",
        f"MNIST, {arguments.rows:,} rows, some of them labelled: test error in per cent, "
        "mean (and each) of the seeds",
        ["labels", "network", "pretrained", "from random weights", "minutes each"],
        [*rows, *PUBLISHED],
    )


if __name__ == "__main__":
    main()
