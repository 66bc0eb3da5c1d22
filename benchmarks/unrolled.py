"""How well 30 numbers give a handwritten digit back: a stack unrolled, random weights, and PCA.

    python benchmarks/unrolled.py [--data-dir DIR] [--rows 60000] [--seed 0]
        [--hidden 1000 500 250] [--components 30] [--pretrain-epochs 30] [--epochs 120]

A DBN with a Gaussian topmost layer learns layer by layer, is unrolled into an autoencoder and
fine-tuned by Adam. The same network from random weights gets the passes of the fine-tuning and
those that each layer of the stack took. Errors are squared differences of
pixels in [0, 1], summed over an image, meaned over the test set. The published figure is that of
Hinton and Salakhutdinov (2006), whose network this is.
"""

import argparse
import time

import numpy as np
import torch
from machine import publish
from sklearn.decomposition import PCA

from embudo import DBN, Autoencoder
from embudo.data.readers import open_source

PUBLISHED = ["deep autoencoder, Hinton and Salakhutdinov 2006", "3.00", "", ""]


def squared_error(reconstruction: np.ndarray, X: np.ndarray) -> float:
    """Return the mean over images of the squared error summed over pixels."""
    return float(np.square(reconstruction - X).sum(1).mean(dtype=np.float64))


def shown(name: str, error: float, train_error: float, minutes: float) -> list[str]:
    """Return a row of the table, and print it."""
    row = [name, f"{error:.2f}", f"{train_error:.2f}", f"{minutes:.1f}"]
    print(row, flush=True)
    return row


def minutes_since(started: float) -> float:
    """Return minutes of processor time."""
    return (time.process_time() - started) / 60


def fitted(model: Autoencoder, arguments: argparse.Namespace, epochs: int) -> Autoencoder:
    """Train an autoencoder by the settings that all of them share."""
    return model.set_params(
        epochs=epochs,
        batch_size=arguments.batch,
        learning_rate=arguments.learning_rate,
        schedule="cosine",
        random_state=arguments.seed,
    ).fit(arguments.X)


def stack(arguments: argparse.Namespace) -> DBN:
    """Train the stack whose unrolled weights the fine-tuning starts from."""
    return DBN(
        hidden=(*arguments.hidden, arguments.components),
        top="gaussian",
        algorithm="cd",
        epochs=arguments.pretrain_epochs,
        schedule="linear",
        weight_decay=2e-4,
        batch_size=100,
        random_state=arguments.seed,
    ).fit(arguments.X)


def rows_of_table(arguments: argparse.Namespace, T: np.ndarray) -> list[list[str]]:
    """Train all of them."""
    X, some = arguments.X, arguments.X[:10_000]

    def row(name: str, model: Autoencoder | DBN | PCA, minutes: float) -> list[str]:
        if isinstance(model, PCA):
            back = [model.inverse_transform(model.transform(A)) for A in (T, some)]
        else:
            back = [model.reconstruct(A) for A in (T, some)]
        return shown(name, squared_error(back[0], T), squared_error(back[1], some), minutes)

    started = time.process_time()
    rows = [
        row(
            f"PCA-{arguments.components}",
            PCA(arguments.components, random_state=0).fit(X),
            minutes_since(started),
        )  # fmt: skip
    ]
    started = time.process_time()
    dbn = stack(arguments)
    rows.append(row("DBN, up and down", dbn, minutes_since(started)))
    tuned = fitted(dbn.to_autoencoder(), arguments, arguments.epochs)
    rows.append(row("DBN, unrolled and fine-tuned", tuned, minutes_since(started)))
    shape = {"hidden": tuple(arguments.hidden), "n_components": arguments.components}
    started, epochs = time.process_time(), arguments.epochs + arguments.pretrain_epochs
    anew = fitted(Autoencoder(**shape, activation="sigmoid"), arguments, epochs)
    rows.append(row(f"from random weights, {epochs} passes", anew, minutes_since(started)))
    return rows


def main() -> None:
    """Train, measure and publish."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data-dir")
    parser.add_argument("--rows", type=int, default=60_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--hidden", type=int, nargs="+", default=[1000, 500, 250])
    parser.add_argument("--components", type=int, default=30)
    parser.add_argument("--pretrain-epochs", type=int, default=30)
    parser.add_argument("--epochs", type=int, default=120)
    parser.add_argument("--batch", type=int, default=100)
    parser.add_argument("--learning-rate", type=float, default=1e-3)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    arguments.X = open_source("mnist", data_dir=arguments.data_dir).read()[: arguments.rows]
    T = open_source("mnist:test", data_dir=arguments.data_dir).read()
    sizes = "-".join(map(str, (784, *arguments.hidden, arguments.components)))
    publish(
        "unrolled",
        f"MNIST, {arguments.rows:,} rows, {sizes}: squared error of an image",
        ["model", "test", "train", "minutes"],
        [*rows_of_table(arguments, T), PUBLISHED],
    )


if __name__ == "__main__":
    main()
