"""What sparse codes are worth to one logistic regression, on MNIST.

    python benchmarks/autoencoder_features.py [--data-dir DIR] [--n-components 2000] [--k 25]
        [--epochs 30] [--seed 0]

The codes are learned without labels and then stay as they are.
"""

import argparse
import time

import numpy as np
from machine import publish
from rbm_features import classifier
from sklearn.decomposition import PCA

from embudo import SparseAutoencoder
from embudo.data.readers import open_source

PUBLISHED = [["k-sparse autoencoder, k=25, Makhzani and Frey 2013", "1000", "1.35 %", "", ""]]


def main() -> None:
    """Train, compare, publish."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data-dir")
    parser.add_argument("--n-components", type=int, default=2000)
    parser.add_argument("--k", type=int, default=25)
    parser.add_argument("--epochs", type=int, default=30)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    train, test = (
        open_source(name, data_dir=arguments.data_dir) for name in ("mnist", "mnist:test")
    )
    X, T = train.read().astype(np.float32), test.read().astype(np.float32)
    n, k = arguments.n_components, arguments.k
    models = {
        "raw pixels": None,
        "PCA": PCA(500, random_state=arguments.seed),
        f"SparseAutoencoder, k={k}": SparseAutoencoder(
            penalty="topk",
            n_components=n,
            k=k,
            hidden=None,
            epochs=arguments.epochs,
            batch_size=100,
            schedule="linear",
            random_state=arguments.seed,
        ),
    }
    table = []
    for name, model in models.items():
        started = time.process_time()
        H, H_test = (X, T) if model is None else (model.fit(X).transform(X), model.transform(T))
        learned = (time.process_time() - started) / 60
        judge = classifier(0.01).fit(H, train.labels)
        judged = (time.process_time() - started) / 60 - learned
        error = 100 * (1 - judge.score(H_test, test.labels))
        row = [name, str(H.shape[1]), f"{error:.2f} %", f"{learned:.1f}", f"{judged:.1f}"]
        print(row, flush=True)
        table.append(row)
    publish(
        "autoencoder_features",
        "MNIST: test error of one logistic regression on codes that stay as they are",
        ["codes", "columns", "test error", "CPU minutes to learn them", "and to judge them"],
        [*table, *PUBLISHED],
    )


if __name__ == "__main__":
    main()
