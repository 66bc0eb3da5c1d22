"""What a second layer is worth: a deep belief network's bound beside its lowest machine.

    python benchmarks/density_dbn.py [--data-dir DIR] [--epochs 165] [--upper 2000] [--seed 0]

MNIST binarised by sampling, anew each time that a row is shown; the test set once, with a fixed
seed. The second layer starts at the first one's transposed weights. One thread trains. Published
figures stand beside ours.
"""

import argparse

import numpy as np
import torch
from machine import publish

from embudo import DBN, History
from embudo.data.binarize import binarized
from embudo.data.readers import open_source

PUBLISHED = [
    ["RBM-500 by CD-25, Salakhutdinov and Murray 2008", "-86.34", "", "", "", ""],
    ["DBN 500-2000, Salakhutdinov and Murray 2008", "-86.22", "", "", "", ""],
    ["DBM 500-1000, Salakhutdinov and Hinton 2009", "-84.62", "", "", "", ""],
]


def measured(name: str, dbn: DBN, history: History, X_test: np.ndarray, seed: int) -> list[str]:
    """Return a row of the table."""
    partition = dbn.log_partition(method="ais", random_state=seed)
    bounds = dbn.lower_bound(X_test, partition, random_state=seed)
    minutes = sum(history["seconds"]) / 60
    print(f"{name}: {bounds.mean(dtype=np.float64):.2f} {partition.warning}", flush=True)
    return [
        name,
        f"{bounds.mean(dtype=np.float64):.2f}",
        f"{partition.error:.2f}",
        f"{partition.forward:.2f}",
        f"{partition.reverse:.2f}",
        f"{minutes:.1f}",
    ]


def main() -> None:
    """Train two layers, measure with one and with both, and publish."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data-dir")
    parser.add_argument("--epochs", type=int, default=165)
    parser.add_argument("--upper", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    X = open_source("mnist", data_dir=arguments.data_dir).read()
    test = binarized(open_source("mnist:test", data_dir=arguments.data_dir), "sample", seed=1)
    V = test.read()
    settings = {
        "initial": "transposed",
        "resample": True,
        "momentum": 0.0,
        "batch_size": 100,
        "learning_rate": 0.1,
        "schedule": "linear",
        "random_state": arguments.seed,
    }
    deep = DBN(hidden=(500, arguments.upper), epochs=arguments.epochs, **settings).fit(X)
    lowest = DBN(hidden=(500,), epochs=1, **settings).fit(X[:100])
    lowest.module_.rbms[0].load_state_dict(deep.module_.rbms[0].state_dict())
    first = deep.history_.stages["layer 1"]
    rows = [
        measured("its lowest machine, RBM-500, embudo", lowest, first, V, arguments.seed),
        measured(f"DBN 500-{arguments.upper}, embudo", deep, deep.history_, V, arguments.seed),
    ]
    publish(
        "density_dbn",
        f"MNIST binarised by sampling, seed {arguments.seed}, {arguments.epochs} epochs a layer: "
        "bound on the test log-likelihood in nats; of one layer it is the likelihood itself",
        ["model", "bound", "error of log Z", "log Z, AIS", "log Z, reverse AIS", "minutes"],
        [*rows, *PUBLISHED],
    )


if __name__ == "__main__":
    main()
