"""How well 30 numbers give a handwritten digit back, within ten minutes of one processor.

    python benchmarks/autoencoder_codes.py [--data-dir DIR] [--rows 60000] [--epochs 50] [--seed 0]

784-1000-500-250-30 and back, from random weights, beside PCA. Errors are squared differences of
pixels in [0, 1], summed over an image, meaned over the test set. What a stack of restricted
Boltzmann machines adds to it, in more time, is what ``unrolled.py`` measures.
"""

import argparse
import time

import numpy as np
import torch
from machine import publish
from sklearn.decomposition import PCA

from embudo import Autoencoder
from embudo.data.readers import open_source

COMPONENTS = 30
PUBLISHED = ["deep autoencoder, Hinton and Salakhutdinov 2006", "3.00", "", ""]


def main() -> None:
    """Train both, measure and publish."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data-dir")
    parser.add_argument("--rows", type=int, default=60_000)
    parser.add_argument("--epochs", type=int, default=50)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    X, T = (
        open_source(name, data_dir=arguments.data_dir).read().astype(np.float32)
        for name in ("mnist", "mnist:test")
    )
    X = X[: arguments.rows]
    models = {
        f"PCA {COMPONENTS}": PCA(COMPONENTS, random_state=arguments.seed),
        "Autoencoder": Autoencoder(
            n_components=COMPONENTS,
            hidden=(1000, 500, 250),
            epochs=arguments.epochs,
            batch_size=100,
            learning_rate=1e-3,
            schedule="cosine",
            random_state=arguments.seed,
        ),
    }
    rows = []
    for name, model in models.items():
        started = time.process_time()
        model.fit(X)
        seconds = time.process_time() - started
        errors = []
        for A in (T, X[:10_000]):
            difference = model.inverse_transform(model.transform(A)) - A
            errors.append(np.square(difference, dtype=np.float64).sum(1).mean())
        rows.append([name, *(f"{error:.2f}" for error in errors), f"{seconds:.0f}"])
        print(rows[-1], flush=True)
    publish(
        "autoencoder_codes",
        "MNIST: squared error of an image rebuilt from 30 numbers, one thread",
        ["model", "test error", "error on 10,000 training images", "CPU seconds"],
        [*rows, PUBLISHED],
    )


if __name__ == "__main__":
    main()
