"""Are all modes found? GANs on a ring of 8 and a grid of 25 Gaussians in the plane.

    python benchmarks/gan_modes.py [--seeds 3] [--samples 10000] [--data ring grid]

Beside the default loss stand the same with numbers by the normal scores of their quantiles, which
makes a grid along the axes easy and a ring harder, the classic loss without a penalty, all in the
same networks, and the data themselves. A mode is found if samples within 3 deviations of its
centre are at least a fifth of its share.
"""

import argparse
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from machine import publish

from embudo import GAN
from embudo.data.synthetic import (
    grid_centres,
    grid_of_gaussians,
    ring_centres,
    ring_of_gaussians,
)
from embudo.kernels.modes import class_shares, nearest_modes

HEAD = [
    "data",
    "model",
    "seed",
    "modes",
    "within 3 deviations",
    "KL from even, nats",
    "CPU seconds",
]
ROWS, DEVIATION, LEAST_SHARE = 20_000, 0.05, 0.2

Points = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Mixture:
    """A mixture of known centres, and how a GAN is trained on it."""

    draw: Callable[..., tuple[Points, npt.NDArray[np.int64]]]
    centres: Points
    settings: Mapping[str, Any]


MIXTURES = {
    "ring": Mixture(ring_of_gaussians, ring_centres(8), {"batch_size": 200, "epochs": 70}),
    "grid": Mixture(grid_of_gaussians, grid_centres(5), {"batch_size": 400, "epochs": 80}),
}
SHARED: Mapping[str, Any] = {"n_components": 2, "width": 64, "depth": 4, "learning_rate": 5e-3}
MODELS = {
    "relativistic": partial(GAN, penalty=0.1, penalty_end=0.001, **SHARED),
    "relativistic, quantiles": partial(GAN, numbers="quantile", penalty=0.1, **SHARED),
    "classic, no penalty": partial(
        GAN, loss="classic", ema=0.0, schedule="constant", momentum=0.5, **SHARED
    ),
}


def measured(points: Points, centres: Points) -> tuple[int, float, float]:
    """Return how many modes are found, the share of points near one, and KL from even shares."""
    near = nearest_modes(torch.from_numpy(points), torch.from_numpy(centres), 3 * DEVIATION)
    n = len(centres)
    shares = class_shares(near, n)
    found = int((shares >= LEAST_SHARE / n).sum())
    of_near = shares / shares.sum()
    divergence = float((torch.special.xlogy(of_near, of_near * n)).sum())
    return found, float((near >= 0).float().mean()), divergence


def line(data: str, name: str, seed: str, points: Points, seconds: str) -> list[str]:
    """Return what is measured as a row of the table."""
    centres = MIXTURES[data].centres
    found, near, divergence = measured(points, centres)
    modes = f"{found} of {len(centres)}"
    return [data, name, seed, modes, f"{near:.1%}", f"{divergence:.4f}", seconds]


def main() -> None:
    """Train on each mixture with each seed, and publish."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--samples", type=int, default=10_000)
    parser.add_argument("--data", nargs="+", choices=MIXTURES, default=list(MIXTURES))
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    rows = []
    for data in arguments.data:
        mixture = MIXTURES[data]
        for name, make in MODELS.items():
            for seed in range(arguments.seeds):
                X, _ = mixture.draw(ROWS, np.random.default_rng(seed), deviation=DEVIATION)
                started = time.process_time()
                gan = make(**mixture.settings, random_state=seed).fit(X)
                seconds = f"{time.process_time() - started:.1f}"
                made = gan.sample(arguments.samples, random_state=seed).astype(np.float32)
                rows.append(line(data, name, str(seed), made, seconds))
                print(rows[-1], flush=True)
        X, _ = mixture.draw(arguments.samples, np.random.default_rng(100), deviation=DEVIATION)
        rows.append(line(data, "the data themselves", "", X, ""))
    publish("gan_modes", f"Modes found, {arguments.samples:,} samples", HEAD, rows)


if __name__ == "__main__":
    main()
