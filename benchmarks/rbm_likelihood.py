"""Does training in bfloat16 cost likelihood? MNIST, one recipe, two precisions.

    python benchmarks/rbm_likelihood.py [--data-dir DIR] [--epochs 10]

Pixels are binarised once, by sampling. The test log-likelihood comes from annealed importance
sampling (5,000 temperatures, 100 chains) and is printed with the estimate's standard error. On a
processor without bfloat16 products the second run is slow, but its arithmetic is the same.
"""

import argparse
import time

import numpy as np
from machine import publish

from embudo import RBM
from embudo.data.binarize import binarized
from embudo.data.readers import open_source


def main() -> None:
    """Train in both precisions and publish the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data-dir")
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    train, test = (
        binarized(open_source(name, data_dir=arguments.data_dir), "sample", seed=seed)
        for seed, name in enumerate(("mnist", "mnist:test"))
    )
    X, X_test = train.read().astype(np.float32), test.read().astype(np.float32)
    rows = []
    for precision in ("float32", "bfloat16"):
        started = time.perf_counter()
        rbm = RBM(
            n_components=500,
            algorithm="cd",
            centered=False,
            momentum=0.0,
            epochs=arguments.epochs,
            batch_size=100,
            learning_rate=0.05,
            precision=precision,
            random_state=arguments.seed,
        ).fit(X)
        seconds = time.perf_counter() - started
        partition = rbm.log_partition("ais", n_temperatures=5000, random_state=arguments.seed)
        value = rbm.log_likelihood(X_test, partition).mean(dtype=np.float64)
        rows.append([precision, f"{value:.2f}", f"{partition.error:.2f}", f"{seconds:.0f}"])
        print(*rows[-1], flush=True)
    publish(
        "rbm_likelihood",
        f"MNIST, RBM-500, CD-1, {arguments.epochs} epochs: test log-likelihood in nats",
        ["precision", "test log-likelihood", "standard error of log Z", "training seconds"],
        rows,
    )


if __name__ == "__main__":
    main()
