"""How much likelihood a variational autoencoder finds in handwritten digits.

    python benchmarks/autoencoder_density.py [--data-dir DIR] [--epochs 200] [--draws 5000]
        [--seed 0]

MNIST binarised by sampling: the training set anew each time that a row is shown, the test set once.
The bound is the importance-weighted one, over all test rows. One thread trains. Published figures
stand beside ours.
"""

import time

import torch
from density import arguments_of, mnist
from machine import publish

from embudo import VariationalAutoencoder

PUBLISHED = [["VAE of 50 units, Burda, Grosse and Salakhutdinov 2016", "-86.76", "", ""]]


def main() -> None:
    """Train, measure, publish."""
    threads = torch.get_num_threads()
    arguments = arguments_of(
        __doc__, epochs={"type": int, "default": 200}, draws={"type": int, "default": 5000}
    )
    X, V = mnist(arguments.data_dir)
    model = VariationalAutoencoder(
        n_components=50,
        hidden=(400, 400),
        resample=True,
        epochs=arguments.epochs,
        schedule="cosine",
        random_state=arguments.seed,
    )
    started = time.process_time()
    model.fit(X)
    minutes = (time.process_time() - started) / 60
    torch.set_num_threads(threads)
    rows = []
    for draws in (1, arguments.draws):
        bound = model.log_likelihood(V, n_draws=draws, random_state=0).mean()
        rows.append([f"VariationalAutoencoder, {draws:,} draws", f"{bound:.2f}"])
        rows[-1] += [f"{minutes:.1f}", f"{arguments.epochs}"]
        print(rows[-1], flush=True)
    publish(
        "autoencoder_density",
        f"MNIST binarised by sampling, seed {arguments.seed}: importance-weighted bound on the "
        "test log-likelihood",
        ["model", "nats", "CPU minutes", "epochs"],
        [*rows, *PUBLISHED],
    )


if __name__ == "__main__":
    main()
