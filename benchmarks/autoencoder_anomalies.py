"""Odd rows found: one digit is normal, the other nine are not.

    python benchmarks/autoencoder_anomalies.py [--data-dir DIR] [--epochs 40] [--seed 0]

For each digit a model learns from its training images alone and scores the whole test set; the
area under the ROC curve says how well scores tell that digit from the others, and the table has
the mean over digits. PCA scores by the squared error of its reconstruction, pyod's AutoEncoder and
PCA, if pyod is installed, as it comes.
"""

import argparse
import time
from collections.abc import Callable

import numpy as np
import torch
from machine import publish
from sklearn.decomposition import PCA
from sklearn.metrics import roc_auc_score

from embudo import DenoisingAutoencoder
from embudo.data.readers import open_source

Detector = Callable[[np.ndarray, np.ndarray], np.ndarray]
"""From training rows and test rows to how odd each of the latter is."""


def by_pca(X: np.ndarray, T: np.ndarray) -> np.ndarray:
    """Score by what 30 principal components leave."""
    pca = PCA(30, random_state=0).fit(X)
    return np.square(pca.inverse_transform(pca.transform(T)) - T).sum(1)


def ours(model: DenoisingAutoencoder) -> Detector:
    """Score by minus ``score_samples``."""
    return lambda X, T: -model.fit(X).score_samples(T)


def pyod() -> dict[str, Detector]:
    """Return pyod's detectors, if it is installed."""
    try:
        from pyod.models.auto_encoder import AutoEncoder
        from pyod.models.pca import PCA as ScoredPCA
    except ImportError:
        print("pyod is not installed: its detectors are left out")
        return {}
    return {
        "AutoEncoder, pyod": lambda X, T: (
            AutoEncoder(verbose=0, random_state=0).fit(X).decision_function(T)
        ),
        "PCA, pyod": lambda X, T: ScoredPCA(random_state=0).fit(X).decision_function(T),
    }


def main() -> None:
    """Score with all of them and publish."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data-dir")
    parser.add_argument("--epochs", type=int, default=40)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    train, test = (
        open_source(name, data_dir=arguments.data_dir) for name in ("mnist", "mnist:test")
    )
    X, T = train.read().astype(np.float32), test.read().astype(np.float32)
    settings = {"epochs": arguments.epochs, "schedule": "cosine", "random_state": arguments.seed}
    detectors = {
        "PCA-30, squared error": by_pca,
        **pyod(),
        "DenoisingAutoencoder": ours(DenoisingAutoencoder(corruption="masking", **settings)),
    }
    table = []
    for name, detector in detectors.items():
        areas, started = [], time.process_time()
        for digit in range(10):
            scores = detector(X[train.labels == digit], T)
            areas.append(roc_auc_score(test.labels != digit, scores))
        minutes = (time.process_time() - started) / 60
        low, mean = min(areas), float(np.mean(areas))
        table.append([name, f"{mean:.4f}", f"{low:.4f} ({areas.index(low)})", f"{minutes:.1f}"])
        print(table[-1], flush=True)
    publish(
        "autoencoder_anomalies",
        "MNIST, one digit as normal: area under the ROC curve, mean of ten",
        ["detector", "mean", "lowest (digit)", "CPU minutes"],
        table,
    )


if __name__ == "__main__":
    main()
