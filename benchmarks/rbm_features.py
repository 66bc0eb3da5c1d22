"""Are an RBM's features worth more than PCA's of the same size? On MNIST, by one classifier.

    python benchmarks/rbm_features.py [--data-dir DIR] [--n-components 500] [--epochs 20]

Prints the test error of one logistic regression on raw pixels, on PCA features and on RBM
features, each standardised in the same way.
"""

import argparse
import time

import numpy as np
from machine import publish
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from embudo import RBM
from embudo.data.readers import open_source


def classifier(strength: float) -> object:
    """Return the judge of all features."""
    return make_pipeline(StandardScaler(), LogisticRegression(C=strength, max_iter=200, tol=1e-3))


def main() -> None:
    """Train, compare, publish."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data-dir")
    parser.add_argument("--n-components", type=int, default=500)
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    train = open_source("mnist", data_dir=arguments.data_dir)
    test = open_source("mnist:test", data_dir=arguments.data_dir)
    X, X_test = train.read().astype(np.float32), test.read().astype(np.float32)
    features = {
        "raw pixels": None,
        f"PCA {arguments.n_components}": PCA(arguments.n_components, random_state=arguments.seed),
        f"RBM {arguments.n_components}": RBM(
            n_components=arguments.n_components,
            algorithm="pcd",
            epochs=arguments.epochs,
            batch_size=100,
            learning_rate=0.05,
            schedule="linear",
            random_state=arguments.seed,
        ),
    }
    rows = []
    for name, model in features.items():
        started = time.perf_counter()
        H, H_test = X, X_test
        if model is not None:
            H = model.fit(X).transform(X)
            H_test = model.transform(X_test)
        learned = time.perf_counter() - started
        judge = classifier(0.01).fit(H, train.labels)
        error = 100 * (1 - judge.score(H_test, test.labels))
        rows.append([name, str(H.shape[1]), f"{error:.2f} %", f"{learned:.0f}"])
        print(*rows[-1], flush=True)
    publish(
        "rbm_features",
        "MNIST: test error of one logistic regression",
        ["features", "columns", "test error", "seconds to learn them"],
        rows,
    )


if __name__ == "__main__":
    main()
