"""A small classifier of handwritten digits, by whose last hidden layer samples are looked at.

    python benchmarks/digit_features.py [--data-dir DIR] [--again]

It is a measuring device and none of our models: two convolutions and 64 hidden units in plain
torch, trained on MNIST with a fixed seed in one thread, kept beside the other results and used
again. Prints its accuracy on the test set. ``--again`` trains it anew.
"""

import argparse
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from safetensors.torch import load_file, save
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from embudo.data.readers import open_source
from embudo.files import replacing
from embudo.metrics import Extractor

KEPT = Path(__file__).parent / "results" / "digit_features.safetensors"
SIDE, WIDTH, CLASSES = 28, 64, 10
EPOCHS, BATCH, RATE, SEED = 5, 100, 4e-3, 0
LEAST = 0.985  # accuracy on the test set; a judge that errs more often measures itself
ROWS_AT_ONCE = 1000

Rows = npt.NDArray[np.floating]


@dataclass
class DigitFeatures:
    """A trained classifier of rows of 784 pixels between 0 and 1.

    Attributes
    ----------
    network : nn.Sequential
        Its last part leads from the last hidden layer to the classes.
    accuracy : float
        On the test set.
    """

    network: nn.Sequential
    accuracy: float = float("nan")

    @property
    def name(self) -> str:
        """What tables call it."""
        return f"digit classifier, {self.accuracy:.2%} right"

    def features(self, rows: Rows) -> npt.NDArray[np.float32]:
        """Return the 64 units of the last hidden layer, for each row."""
        return self._mapped(self.network[:-1], rows)

    def classes(self, rows: Rows) -> npt.NDArray[np.int64]:
        """Return the likeliest digit for each row."""
        return self._mapped(self.network, rows).argmax(1)

    @property
    def extractor(self) -> Extractor:
        """Its features under its name, as the measures take them."""
        return Extractor(self.name, self.features)

    @torch.no_grad()
    def _mapped(self, part: nn.Sequential, rows: Rows) -> npt.NDArray[np.float32]:
        x = torch.from_numpy(np.ascontiguousarray(rows, np.float32))
        return torch.cat([part(some) for some in x.split(ROWS_AT_ONCE)]).numpy()


def load_or_train(X: Rows, y: Rows, T: Rows, y_test: Rows) -> DigitFeatures:
    """Return the classifier that is kept, or train one on rows ``X`` of classes ``y`` and keep it.

    Its accuracy is measured on ``T`` and ``y_test`` in either case; if it errs too often, the
    benchmark ends.
    """
    judge = DigitFeatures(network())
    if KEPT.exists():
        judge.network.load_state_dict(load_file(KEPT))
    else:
        _train(judge.network, torch.as_tensor(np.asarray(X, np.float32)), torch.as_tensor(y).long())
        KEPT.parent.mkdir(exist_ok=True)
        with replacing(KEPT) as file:
            file.write(save(judge.network.state_dict()))
    judge.network.eval()
    judge.accuracy = float((judge.classes(T) == np.asarray(y_test)).mean())
    if judge.accuracy < LEAST:
        raise SystemExit(f"{judge.name}, which is too little to measure by: remove {KEPT}")
    return judge


def network() -> nn.Sequential:
    """Return the network, with weights that hang on the seed alone.

    Normalised hidden units are of size 1, and with them the distances; without, a few rows with
    large values would rule the kernel distance, which takes their third power.
    """
    with torch.random.fork_rng():
        torch.manual_seed(SEED)
        return nn.Sequential(
            nn.Unflatten(1, (1, SIDE, SIDE)),
            nn.Conv2d(1, 16, 3),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Conv2d(16, 32, 3),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Flatten(),
            nn.Linear(32 * 5 * 5, WIDTH),
            nn.BatchNorm1d(WIDTH, affine=False),
            nn.ReLU(),
            nn.Linear(WIDTH, CLASSES),
        )


def _train(network: nn.Sequential, X: Tensor, y: Tensor) -> None:
    """Take a few passes of Adam in one thread, at a rate that rises and falls once."""
    generator = torch.Generator().manual_seed(SEED)
    optimizer = torch.optim.Adam(network.parameters(), RATE)
    steps = EPOCHS * -(-len(X) // BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, RATE, steps)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    network.train()
    for _ in range(EPOCHS):
        for places in torch.randperm(len(X), generator=generator).split(BATCH):
            optimizer.zero_grad()
            cross_entropy(network(X[places]), y[places]).backward()
            optimizer.step()
            schedule.step()
    torch.set_num_threads(threads)


def main() -> None:
    """Train it, or find it, and say how often it is right."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data-dir")
    parser.add_argument("--again", action="store_true")
    arguments = parser.parse_args()
    if arguments.again:
        KEPT.unlink(missing_ok=True)
    train, test = (
        open_source(name, data_dir=arguments.data_dir) for name in ("mnist", "mnist:test")
    )
    started = time.process_time()
    judge = load_or_train(train.read(), train.labels, test.read(), test.labels)
    print(f"{judge.name}, {time.process_time() - started:.0f} CPU seconds")


if __name__ == "__main__":
    main()
