"""What sparse codes are worth to one logistic regression, on MNIST.

    python benchmarks/autoencoder_features.py [--data-dir DIR] [--n-components 2000] [--k 25]
        [--epochs 30] [--wide 5000] [--transform-k 600] [--wide-epochs 12] [--seed 0]

The codes are learned without labels and then stay as they are. The last model gives more of a row
than the ``k`` numbers that it is rebuilt from: what its units exceed the 600th by. These features
keep their sizes beside each other, and the judge's strength is chosen on 10,000 rows held out of
the training set.
"""

import argparse
import time
from functools import partial

import numpy as np
import numpy.typing as npt
from machine import publish
from rbm_features import classifier
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression

from embudo import SparseAutoencoder
from embudo.data.readers import open_source

STRENGTHS = 3e-3, 1e-2, 3e-2
HELD = 10_000
Rows = npt.NDArray[np.float32]
Labels = npt.NDArray[np.int64]
PUBLISHED = [["k-sparse autoencoder, k=25, Makhzani and Frey 2013", "1000", "1.35 %", "", ""]]


def standardised(H: Rows, y: Labels, H_test: Rows) -> Labels:
    """Return the classes of new codes, by a judge of codes that are standardised one by one."""
    return classifier(0.01).fit(H, y).predict(H_test)


def as_they_are(H: Rows, y: Labels, H_test: Rows) -> Labels:
    """Return the classes of new codes, by a judge of codes divided by one deviation for all."""
    H, H_test = H / H.std(), H_test / H.std()

    def judge(strength: float, rows: slice) -> LogisticRegression:
        fitted = LogisticRegression(C=strength, max_iter=200, tol=1e-3)
        return fitted.fit(H[rows], y[rows])

    learning, held = slice(-HELD), slice(-HELD, None)
    right = {c: judge(c, learning).score(H[held], y[held]) for c in STRENGTHS}
    return judge(max(right, key=right.get), slice(None)).predict(H_test)


def main() -> None:
    """Train, compare, publish."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data-dir")
    parser.add_argument("--n-components", type=int, default=2000)
    parser.add_argument("--k", type=int, default=25)
    parser.add_argument("--epochs", type=int, default=30)
    parser.add_argument("--wide", type=int, default=5000)
    parser.add_argument("--transform-k", type=int, default=600)
    parser.add_argument("--wide-epochs", type=int, default=12)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    train, test = (
        open_source(name, data_dir=arguments.data_dir) for name in ("mnist", "mnist:test")
    )
    X, T = train.read().astype(np.float32), test.read().astype(np.float32)
    n, k = arguments.n_components, arguments.k
    sparse = partial(
        SparseAutoencoder,
        penalty="topk",
        k=k,
        hidden=None,
        batch_size=100,
        schedule="linear",
        random_state=arguments.seed,
    )
    wide = {"n_components": arguments.wide, "epochs": arguments.wide_epochs}
    models = {
        "raw pixels": (None, standardised),
        "PCA": (PCA(500, random_state=arguments.seed), standardised),
        f"SparseAutoencoder, k={k}": (
            sparse(n_components=n, epochs=arguments.epochs),
            standardised,
        ),
        f"SparseAutoencoder, k={k}, transform_k={arguments.transform_k}": (
            sparse(transform_k=arguments.transform_k, **wide),
            as_they_are,
        ),
    }
    table = []
    for name, (model, judge) in models.items():
        started = time.process_time()
        H, H_test = (X, T) if model is None else (model.fit(X).transform(X), model.transform(T))
        learned = (time.process_time() - started) / 60
        told = judge(H, train.labels, H_test)
        judged = (time.process_time() - started) / 60 - learned
        error = 100 * (told != test.labels).mean()
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
