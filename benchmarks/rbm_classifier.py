"""Generative, discriminative or both? One RBM with labels, three objectives, on MNIST.

    python benchmarks/rbm_classifier.py [--data-dir DIR] [--rows 60000] [--n-components 500]
                                        [--epochs 20] [--temperatures 10000]

Prints, for each objective, the test error and the test rows' log p(x) and log p(x, y), whose
partition function is annealed from both sides, beside logistic regression. Pixels are binarised by
sampling: anew for each pass in training, once for the test, so that rows are states of the model.
``--rows`` takes some training rows alone, and then keeps no table.
"""

import argparse
import time

import numpy as np
from machine import publish
from sklearn.linear_model import LogisticRegression

from embudo import RBMClassifier
from embudo.data.readers import open_source

OBJECTIVES = {
    "generative": {"learning_rate": 0.05, "momentum": 0.5, "epochs": 3},
    "discriminative": {"learning_rate": 0.5, "momentum": 0.9, "epochs": 1},
    "hybrid": {"learning_rate": 0.5, "momentum": 0.9, "epochs": 1, "generative_weight": 0.05},
}
"""How each is trained; ``epochs`` is a factor, for the contrast learns labels more slowly."""


def trained(objective: str, X: object, y: object, arguments: argparse.Namespace) -> RBMClassifier:
    """Return a model of the rows, trained by one objective."""
    settings = dict(OBJECTIVES[objective])
    settings["epochs"] *= arguments.epochs
    return RBMClassifier(
        n_components=arguments.n_components,
        objective=objective,
        batch_size=100,
        schedule="linear",
        resample=True,
        random_state=arguments.seed,
        **settings,
    ).fit(X, y)


def densities(model: RBMClassifier, X: object, y: object, temperatures: int) -> list[str]:
    """Return the mean log p(x) and log p(x, y) as the table has them."""
    if model.objective == "discriminative":  # learns nothing of the rows' own probability
        return ["-", "-"]
    partition = model.log_partition(n_temperatures=temperatures, n_chains=50)
    of_rows = model.log_likelihood(X, partition).mean()
    of_pairs = model.log_joint(X, y, partition).mean()
    error = f" ± {partition.error:.2f}" if partition.trustworthy else " (bounds apart)"
    return [f"{of_rows:.2f}{error}", f"{of_pairs:.2f}"]


def main() -> None:
    """Train, compare, publish."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data-dir")
    parser.add_argument("--rows", type=int, default=60_000)
    parser.add_argument("--n-components", type=int, default=500)
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--temperatures", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    train = open_source("mnist", data_dir=arguments.data_dir)
    test = open_source("mnist:test", data_dir=arguments.data_dir)
    X, X_test = train.read()[: arguments.rows].astype(np.float32), test.read().astype(np.float32)
    y, y_test = np.asarray(train.labels)[: arguments.rows], np.asarray(test.labels)
    drawn = np.random.default_rng(arguments.seed).random(X_test.shape, dtype=np.float32)
    states = (drawn < X_test).astype(np.float32)
    judge = LogisticRegression(C=0.01, max_iter=200, tol=1e-3).fit(X, y)
    rows = [["logistic regression", f"{100 * (1 - judge.score(X_test, y_test)):.2f} %"]]
    rows[0] += ["-", "-", "-"]
    for objective in OBJECTIVES:
        started = time.perf_counter()
        model = trained(objective, X, y, arguments)
        seconds = time.perf_counter() - started
        error = 100 * (1 - model.score(X_test, y_test))
        found = densities(model, states, y_test, arguments.temperatures)
        rows.append([objective, f"{error:.2f} %", *found, f"{seconds:.0f}"])
        print(*rows[-1], flush=True)
    if len(X) == train.labels.shape[0]:
        title = f"MNIST: an RBM of {arguments.n_components} units and its labels"
        head = ["objective", "test error", "log p(x)", "log p(x, y)", "seconds to train"]
        publish("rbm_classifier", title, head, rows)


if __name__ == "__main__":
    main()
