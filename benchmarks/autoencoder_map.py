"""Handwritten digits in two dimensions: who keeps neighbours, beside UMAP.

    python benchmarks/autoencoder_map.py [--data-dir DIR] [--epochs 40] [--neighbours 10000]
        [--seed 0]

Two measures of the codes of the first 2,000 test images: the accuracy of 5 nearest neighbours
among the codes of the first 5,000 training images, and trustworthiness at 5 neighbours. UMAP, if
umap-learn is installed, is fitted on these 5,000 images, the others on all 60,000, all of them
without labels.
"""

import argparse
import time

import numpy as np
import torch
from machine import publish
from sklearn.decomposition import PCA
from sklearn.manifold import trustworthiness
from sklearn.neighbors import KNeighborsClassifier

from embudo import Autoencoder
from embudo.data.readers import open_source

LABELLED, TESTED, NEIGHBOURS = 5000, 2000, 5


def umap(seed: int) -> object | None:
    """Return UMAP as it comes, if it is installed."""
    try:
        from umap import UMAP
    except ImportError:
        print("umap-learn is not installed: UMAP is left out")
        return None
    return UMAP(n_epochs=200, random_state=seed)


def main() -> None:
    """Map with all of them and publish."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data-dir")
    parser.add_argument("--epochs", type=int, default=40)
    parser.add_argument("--neighbours", type=float, default=10_000)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    train, test = (
        open_source(name, data_dir=arguments.data_dir) for name in ("mnist", "mnist:test")
    )
    X, T = train.read().astype(np.float32), test.read().astype(np.float32)[:TESTED]
    settings = {
        "n_components": 2,
        "hidden": (1000, 1000, 500),
        "batch_size": 1000,
        "epochs": arguments.epochs,
        "schedule": "cosine",
        "random_state": arguments.seed,
    }
    models = {
        "PCA": (PCA(2), X),
        "UMAP, 5,000 images": (umap(arguments.seed), X[:LABELLED]),
        "Autoencoder": (Autoencoder(**settings), X),
        "Autoencoder, neighbours": (
            Autoencoder(neighbours=arguments.neighbours, perplexity=5, **settings),
            X,
        ),
    }
    table = []
    for name, (model, rows) in models.items():
        if model is None:
            continue
        started = time.process_time()
        model.fit(rows)
        minutes = (time.process_time() - started) / 60
        H, H_test = model.transform(X[:LABELLED]), model.transform(T)
        nearest = KNeighborsClassifier(NEIGHBOURS).fit(H, train.labels[:LABELLED])
        accuracy = nearest.score(H_test, test.labels[:TESTED])
        trust = trustworthiness(T, H_test, n_neighbors=NEIGHBOURS)
        table.append([name, f"{accuracy:.3f}", f"{trust:.3f}", f"{minutes:.1f}"])
        print(table[-1], flush=True)
    publish(
        "autoencoder_map",
        "MNIST in two dimensions",
        ["model", "5-neighbour accuracy", "trustworthiness", "CPU minutes"],
        table,
    )


if __name__ == "__main__":
    main()
