"""Which of the 1,000 triples of digits does a GAN make? Stacked MNIST.

    python benchmarks/gan_stacked_mnist.py [--data-dir DIR] [--minutes 120] [--seed 0]
                                           [--width 32] [--rows 60000] [--samples 26000]

A row is three digits drawn at random, one in each colour of a picture (Metz et al. 2017). The
classifier of ``digit_features.py`` tells the digit in each colour of 26,000 samples; a mode is
found if one sample at least is of it, and KL is the divergence of the shares from those of all
triples. What is published was measured with other classifiers and far more computing.
"""

import argparse
import time
from functools import partial

import numpy as np
import numpy.typing as npt
from budget import epochs_within
from digit_features import load_or_train
from machine import publish

from embudo import GAN
from embudo.data.readers import open_source

SIDE, COLOURS = 28, 3
HEAD = ["samples of", "modes of 1,000", "KL, nats", "CPU minutes"]
PUBLISHED = [
    ["DCGAN, Srivastava et al. (2017)", "99", "3.40", ""],
    ["R3GAN, Huang et al. (2025)", "1,000", "0.029", ""],
]

Rows = npt.NDArray[np.float32]


def stacked(X: Rows, n: int, rng: np.random.Generator) -> Rows:
    """Return rows of three digits each, colours last."""
    triples = X[rng.integers(len(X), size=(n, COLOURS))]
    return np.ascontiguousarray(triples.transpose(0, 2, 1)).reshape(n, -1)


def gan(width: int, seed: int, epochs: int) -> GAN:
    """Return the model, not trained yet."""
    return GAN(
        architecture="conv",
        image_shape=(SIDE, SIDE, COLOURS),
        width=width,
        epochs=epochs,
        random_state=seed,
    )


def main() -> None:
    """Train, sample, tell the digits, publish."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data-dir")
    parser.add_argument("--minutes", type=float, default=120)
    for name, default in (("seed", 0), ("width", 32), ("rows", 60_000), ("samples", 26_000)):
        parser.add_argument(f"--{name}", type=int, default=default)
    arguments = parser.parse_args()
    train = open_source("mnist", data_dir=arguments.data_dir)
    test = open_source("mnist:test", data_dir=arguments.data_dir)
    X, y = train.read().astype(np.float32), np.asarray(train.labels, np.int64)
    judge = load_or_train(X, y, test.read(), test.labels)

    def told(rows: Rows) -> npt.NDArray[np.int64]:
        colours = rows.reshape(len(rows), SIDE * SIDE, COLOURS).transpose(2, 0, 1)
        digits = [judge.classes(np.ascontiguousarray(colour)) for colour in colours]
        return np.bincount(digits[0] * 100 + digits[1] * 10 + digits[2], minlength=1000)

    def line(name: str, rows: Rows, minutes: str) -> list[str]:
        counts = told(rows)
        shares = counts / counts.sum()
        met = shares > 0
        divergence = float((shares[met] * np.log(shares[met] / known[met])).sum())
        return [name, f"{met.sum():,}", f"{divergence:.3f}", minutes]

    rng = np.random.default_rng(arguments.seed)
    rows = stacked(X, arguments.rows, rng)
    digits = np.bincount(judge.classes(X), minlength=10) / len(X)
    known = np.einsum("i,j,k->ijk", digits, digits, digits).ravel()
    make = partial(gan, arguments.width, arguments.seed)
    epochs = epochs_within(60 * arguments.minutes, make, rows)
    started = time.process_time()
    model = make(epochs=epochs).fit(rows)
    minutes = f"{(time.process_time() - started) / 60:.1f}"
    made = model.sample(arguments.samples, random_state=arguments.seed)
    table = [
        line("other rows: the floor", stacked(X, arguments.samples, rng), ""),
        line(f"GAN, relativistic, {arguments.width} channels, {epochs} epochs", made, minutes),
        *PUBLISHED,
    ]
    title = f"Stacked MNIST, {arguments.samples:,} samples, told by the {judge.name}"
    publish("gan_stacked_mnist", title, HEAD, table)


if __name__ == "__main__":
    main()
