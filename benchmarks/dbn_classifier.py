"""What pretraining is worth to a network that classifies MNIST, by how many rows have a label.

    python benchmarks/dbn_classifier.py [--data-dir DIR] [--rows 60000] [--seeds 0 1 2]
        [--hidden 500 500 2000] [--labels 60000 1000 100] [--pretrain-epochs 25]

For each seed one stack learns from all rows, without labels. Every network is then trained twice:
from that stack and from random weights, with the same labels, updates and settings; at first the
softmax learns alone, then all layers. With all labels, random weights are tried with the first
seed only. The labelled rows are as many of each class, drawn with the seed. Test errors are those
of the last epoch: the test set decides nothing. Published figures stand beside ours.
"""

import argparse
import time

import numpy as np
import torch
from machine import publish

from embudo import DBN, DBNClassifier
from embudo.data.readers import open_source

BATCH = 100
SETTINGS = {
    100: {
        "top_epochs": 500,
        "epochs": 300,
        "dropout": 0.5,
        "learning_rate": 1e-3,
    },  # one update a pass
    1000: {"top_epochs": 150, "epochs": 100, "dropout": 0.5, "learning_rate": 1e-3},  # ten
}
"""By the number of labels; with all of them those of the command line."""
PUBLISHED = [
    ["60,000", "DBN 500-500-2000 and backprop, Salakhutdinov and Hinton 2009", "1.2", "", ""],
    ["60,000", "backprop from random weights, the same", "1.6", "", ""],
    ["1,000", "RBM-1024 features and backprop, yell", "6.35", "11.29", ""],
    ["100", "RBM-1024 features and backprop, yell", "18.30", "23.98", ""],
]
Found = dict[tuple[int, bool], list[tuple[float, float]]]
"""By the number of labels and by whether there was a stack: test error in %, and minutes."""


def some_rows(y: np.ndarray, count: int, seed: int) -> np.ndarray:
    """Return places of so many rows, as many of each class."""
    if count >= len(y):
        return np.arange(len(y))
    rng = np.random.default_rng(seed)
    places = (rng.permutation(np.flatnonzero(y == c))[: count // 10] for c in np.unique(y))
    return np.concatenate(list(places))


def stack(arguments: argparse.Namespace, seed: int) -> DBN:
    """Train the stack that all networks of a seed start from."""
    started = time.process_time()
    dbn = DBN(
        hidden=tuple(arguments.hidden),
        algorithm="cd",
        epochs=arguments.pretrain_epochs,
        learning_rate=arguments.pretrain_rate,
        schedule="linear",
        batch_size=BATCH,
        random_state=seed,
    ).fit(arguments.data[0])
    print(f"stack of seed {seed}: {(time.process_time() - started) / 60:.1f} min", flush=True)
    return dbn


def tried(model: DBNClassifier, arguments: argparse.Namespace, count: int, seed: int) -> tuple:
    """Train a network with so many labels; return its test error in per cent and its minutes."""
    X, y, X_test, y_test = arguments.data
    all_labels = {
        "top_epochs": 1,
        "epochs": arguments.epochs,
        "dropout": arguments.dropout,
        "visible_dropout": arguments.visible_dropout,
        "learning_rate": arguments.learning_rate,
    }
    model.set_params(
        **SETTINGS.get(count, all_labels),
        schedule="linear",
        batch_size=BATCH,
        random_state=seed,
    )
    rows, started = some_rows(y, count, seed), time.process_time()
    model.fit(X[rows], y[rows])
    minutes = (time.process_time() - started) / 60
    found = 100 * (1 - model.score(X_test, y_test))
    print(f"{count} labels, seed {seed}: {found:.2f} %, {minutes:.1f} min", flush=True)
    return found, minutes


def all_tried(arguments: argparse.Namespace) -> Found:
    """Train every network."""
    found: Found = {}
    for seed in arguments.seeds:
        dbn = stack(arguments, seed)
        for count in arguments.labels:
            networks = {True: dbn.to_classifier()}
            if count < arguments.rows or seed == arguments.seeds[0]:
                networks[False] = DBNClassifier(hidden=dbn.hidden, pretrain=False)
            for pretrained, model in networks.items():
                result = tried(model, arguments, count, seed)
                found.setdefault((count, pretrained), []).append(result)
    return found


def row(found: Found, count: int, sizes: str) -> list[str]:
    """Return a row of the table: means over seeds, and each of them."""
    both = [np.array(found[count, pretrained]) for pretrained in (True, False)]
    errors = [
        f"{e.mean():.2f} ({', '.join(f'{x:.2f}' for x in e)})" for e in (r[:, 0] for r in both)
    ]
    minutes = " and ".join(f"{r[:, 1].mean():.1f}" for r in both)
    return [f"{count:,}", f"DBN {sizes}, embudo", *errors, minutes]


def main() -> None:
    """Train with every number of labels and publish."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data-dir")
    parser.add_argument("--rows", type=int, default=60_000)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--hidden", type=int, nargs="+", default=[500, 500, 2000])
    parser.add_argument("--labels", type=int, nargs="+", default=[60_000, 1000, 100])
    parser.add_argument("--pretrain-epochs", type=int, default=25)
    parser.add_argument("--pretrain-rate", type=float, default=0.1)
    parser.add_argument("--epochs", type=int, default=50)
    parser.add_argument("--learning-rate", type=float, default=3e-3)
    parser.add_argument("--dropout", type=float, default=0.3)
    parser.add_argument("--visible-dropout", type=float, default=0.2)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    train = open_source("mnist", data_dir=arguments.data_dir)
    test = open_source("mnist:test", data_dir=arguments.data_dir)
    X, y = train.read()[: arguments.rows], train.labels[: arguments.rows].astype(int)
    arguments.data = (X, y, test.read(), test.labels.astype(int))
    found, sizes = all_tried(arguments), "-".join(map(str, arguments.hidden))
    publish(
        "dbn_classifier",
        f"MNIST, {arguments.rows:,} rows, some of them labelled: test error in per cent, "
        "mean (and each) of the seeds",
        ["labels", "network", "pretrained", "from random weights", "minutes of backprop, each"],
        [*(row(found, count, sizes) for count in arguments.labels), *PUBLISHED],
    )


if __name__ == "__main__":
    main()
