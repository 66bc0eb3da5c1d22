"""How good a density of two binary data sets an RBM becomes: DNA and mushrooms.

    python benchmarks/density_binary.py --data-dir DIR [--seed 0]

DIR holds ``dna/`` and ``mushrooms/``, each with train, valid and test files of comma-separated
bits, the splits of the density-estimation literature (Larochelle and Murray 2011). Learning rates
were chosen on the validation rows. Log Z comes from annealed importance sampling, forward and
reverse, with 10,000 temperatures and 100 chains.
"""

import argparse
import time
from pathlib import Path

import numpy as np
import torch
from machine import publish

from embudo import RBM

RECIPES = {
    "dna": {"n_components": 100, "steps": 5, "epochs": 375, "weight_decay": 1e-3},
    "mushrooms": {"n_components": 200, "steps": 10, "epochs": 250},
}
PUBLISHED = {"dna": "-96.74", "mushrooms": "-15.15"}  # RBM, Larochelle and Murray 2011


def rows_of(folder: Path, part: str) -> np.ndarray:
    """Read one split."""
    (path,) = folder.glob(f"*{part}*")
    return np.loadtxt(path, delimiter=",", dtype=np.float32)


def measured(name: str, folder: Path, seed: int) -> list[str]:
    """Train, and return a row of the table."""
    started = time.process_time()
    rbm = RBM(
        algorithm="pcd",
        centered=True,
        momentum=0.0,
        batch_size=100,
        learning_rate=0.1,
        schedule="linear",
        random_state=seed,
        **RECIPES[name],
    ).fit(rows_of(folder, "train"))
    seconds = time.process_time() - started
    partition = rbm.log_partition(method="ais", random_state=seed)
    scores = [
        float(rbm.log_likelihood(rows_of(folder, part), partition=partition).mean())
        for part in ("train", "valid", "test")
    ]
    print(f"{name}: {scores[2]:.2f} {partition.warning}", flush=True)
    bounds = (partition.error, partition.forward, partition.reverse)
    return [
        name,
        *(f"{score:.2f}" for score in scores),
        PUBLISHED[name],
        *(f"{bound:.2f}" for bound in bounds),
        f"{seconds:.0f}",
    ]


def main() -> None:
    """Measure both and publish."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data-dir", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    for name in RECIPES:
        if not (arguments.data_dir / name).is_dir():
            parser.error(f"{arguments.data_dir} holds no folder {name}: give --data-dir")
    torch.set_num_threads(1)
    table = [measured(name, arguments.data_dir / name, arguments.seed) for name in RECIPES]
    publish(
        "density_binary",
        f"DNA and mushrooms, RBM, centred PCD, seed {arguments.seed}: log-likelihood in nats",
        [
            "data",
            "train",
            "validation",
            "test",
            "RBM of 2011, test",
            "error of log Z",
            "log Z, AIS",
            "log Z, reverse AIS",
            "seconds of training",
        ],
        table,
    )


if __name__ == "__main__":
    main()
