"""What an epoch of an autoencoder costs beside a bare loop in PyTorch, and what a penalty adds.

    python benchmarks/autoencoder_speed.py [--rows 20480] [--repeats 5] [--threads 1]

784-512-256-32 and back, rectified units, squared error, Adam, batch 256, random rows; the bare loop
shuffles once an epoch, slices by index and takes torch's fused Adam. Then contractive encoders of
sigmoid units beside themselves without the penalty: of one layer, 784-300, and of two, 784-300-64.
The trainers of pythae and pyod run the same network if they are installed, pyod's with the scoring
that its ``fit`` ends with. Seconds are medians over epochs, ratios medians over repetitions in
which both are timed in turn.
"""

import argparse
import contextlib
import io
import logging
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np
import torch
from machine import publish
from torch import nn

from embudo import Autoencoder, Callback, ContractiveAutoencoder

BATCH, EPOCHS = 256, 4
SIZES = (784, 512, 256, 32)


class Clock(Callback):
    """Takes the time at the end of every epoch."""

    def __init__(self) -> None:
        self.ticks: list[float] = []

    def on_epoch(self, run: object) -> None:
        """Note the time."""
        self.ticks.append(time.perf_counter())


def rectified(sizes: Sequence[int]) -> nn.Sequential:
    """Return layers with rectified units between them."""
    layers: list[nn.Module] = []
    for below, above in pairwise(sizes):
        layers += [nn.Linear(below, above), nn.ReLU()]
    return nn.Sequential(*layers[:-1])


def bare(X: torch.Tensor) -> float:
    """Return the seconds of an epoch of the loop that one would write by hand."""
    network = nn.Sequential(rectified(SIZES), rectified(SIZES[::-1]))
    adam = torch.optim.Adam(network.parameters(), lr=1e-3, fused=True)
    ticks = [time.perf_counter()]
    for _ in range(EPOCHS):
        order = torch.randperm(len(X))
        for first in range(0, len(X), BATCH):
            x = X[order[first : first + BATCH]]
            loss = (network(x) - x).square().sum(1).mean() / 2
            adam.zero_grad()
            loss.backward()
            adam.step()
        ticks.append(time.perf_counter())
    return statistics.median(np.diff(ticks))


def by_pythae(X: np.ndarray) -> Callable[[], float] | None:
    """Return what times pythae's trainer on the same network, an epoch, if it is installed."""
    try:
        from pythae.data.datasets import BaseDataset
        from pythae.models import AE, AEConfig
        from pythae.models.base.base_utils import ModelOutput
        from pythae.models.nn import BaseDecoder, BaseEncoder
        from pythae.trainers import BaseTrainer, BaseTrainerConfig
    except ImportError:
        print("pythae is not installed: it is left out")
        return None
    logging.disable(logging.INFO)

    class Down(BaseEncoder):
        def __init__(self) -> None:
            super().__init__()
            self.layers = rectified(SIZES)

        def forward(self, x: torch.Tensor) -> ModelOutput:
            return ModelOutput(embedding=self.layers(x))

    class Up(BaseDecoder):
        def __init__(self) -> None:
            super().__init__()
            self.layers = rectified(SIZES[::-1])

        def forward(self, z: torch.Tensor) -> ModelOutput:
            return ModelOutput(reconstruction=self.layers(z))

    rows = BaseDataset(torch.from_numpy(X), torch.zeros(len(X)))

    def run() -> float:
        model = AE(AEConfig(input_dim=SIZES[:1], latent_dim=SIZES[-1]), Down(), Up())
        with tempfile.TemporaryDirectory() as folder:
            settings = BaseTrainerConfig(
                output_dir=folder,
                num_epochs=EPOCHS,
                learning_rate=1e-3,
                per_device_train_batch_size=BATCH,
                no_cuda=True,
            )
            trainer = BaseTrainer(model, rows, training_config=settings)
            started = time.perf_counter()
            with contextlib.redirect_stderr(io.StringIO()):
                trainer.train(log_output_dir=folder)
            return (time.perf_counter() - started) / EPOCHS

    return run


def by_pyod(X: np.ndarray) -> Callable[[], float] | None:
    """Return what times pyod's ``fit``, which scores the rows at its end, an epoch."""
    try:
        from pyod.models.auto_encoder import AutoEncoder
    except ImportError:
        print("pyod is not installed: it is left out")
        return None

    def run() -> float:
        detector = AutoEncoder(
            preprocessing=False,
            epoch_num=EPOCHS,
            batch_size=BATCH,
            hidden_neuron_list=list(SIZES[1:]),
            batch_norm=False,
            dropout_rate=0.0,
            verbose=0,
        )
        started = time.perf_counter()
        detector.fit(X)
        return (time.perf_counter() - started) / EPOCHS

    return run


def ours(X: np.ndarray, model: Autoencoder | ContractiveAutoencoder) -> float:
    """Return the seconds of an epoch of a model's fit, measures and all."""
    clock = Clock()
    model.set_params(
        batch_size=BATCH, epochs=EPOCHS + 1, callbacks=[clock], precision="float32", random_state=0
    ).fit(X)
    return statistics.median(np.diff(clock.ticks))


def contractive(
    hidden: tuple[int, ...] | None, n: int, weight: float | None
) -> Callable[[], object]:
    """Return what makes a contractive autoencoder, or the same without the penalty."""
    settings = {"hidden": hidden, "n_components": n, "activation": "sigmoid", "tied": False}
    if weight is None:
        return lambda: Autoencoder(code="sigmoid", **settings)
    return lambda: ContractiveAutoencoder(weight=weight, **settings)


def beside(name: str, one: Callable[[], float], other: Callable[[], float], n: int) -> list[str]:
    """Return a row of the table: both in turn, and the median of their ratios."""
    pairs = [(one(), other()) for _ in range(n)]
    seconds = [statistics.median(p[side] for p in pairs) for side in (0, 1)]
    ratio = statistics.median(a / b for a, b in pairs)
    row = [name, f"{seconds[0]:.2f}", f"{seconds[1]:.2f}", f"{ratio:.2f}"]
    print(row, flush=True)
    return row


def main() -> None:
    """Time and publish."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=20480)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--threads", type=int, default=1)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    X = np.random.default_rng(0).random((arguments.rows, SIZES[0]), dtype=np.float32)
    tensor, n = torch.from_numpy(X), arguments.repeats
    plain = {"hidden": SIZES[1:-1], "n_components": SIZES[-1], "activation": "relu"}

    def own() -> float:
        return ours(X, Autoencoder(visible="gaussian", **plain))

    rows = [beside("Autoencoder beside a bare loop", own, lambda: bare(tensor), n)]
    peers = {"pythae's trainer": by_pythae(X), "pyod's fit": by_pyod(X)}
    rows += [
        beside(f"{name} beside ours", run, own, n) for name, run in peers.items() if run is not None
    ]
    for hidden, size in ((None, 300), ((300,), 64)):
        held, free = contractive(hidden, size, 0.1), contractive(hidden, size, None)
        name = "one layer" if hidden is None else "two layers"
        rows.append(
            beside(
                f"contractive, {name}, beside the same without penalty",
                lambda held=held: ours(X, held()),
                lambda free=free: ours(X, free()),
                n,
            )
        )
    publish(
        "autoencoder_speed",
        f"Autoencoders, {arguments.rows:,} rows, {arguments.threads} thread(s): seconds an epoch",
        ["what", "seconds", "beside", "ratio"],
        rows,
    )


if __name__ == "__main__":
    main()
