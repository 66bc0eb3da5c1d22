"""Do chains visit both of two clusters? Plain and tempered chains, in training and in sampling.

    python benchmarks/tempering.py [--seeds 2]

Rows are noisy copies of a random pattern of 60 bits (70 % of them) or of its opposite (30 %), with
5 % of the bits flipped: no row between the clusters is likely, so that a Gibbs chain stays in the
one where it started. The hidden layer is small enough for the partition function, and with it the
log-likelihood and the model's own share of each cluster, to be exact.
"""

import argparse
import time
from collections.abc import Callable

import numpy as np
import torch
from machine import publish

from embudo import RBM, Gibbs, Tempered
from embudo.kernels.energies import visible_field
from embudo.kernels.partition import log_partition

UNITS, SHARE, FLIPPED = 60, 0.7, 0.05
CHAINS, BURN_IN, DRAWS, THIN = 100, 2000, 100, 10


def clusters(n: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the pattern and rows around it and its opposite, in exact proportion."""
    pattern = np.random.default_rng(0).integers(0, 2, UNITS)
    rng = np.random.default_rng(seed)
    sign = np.arange(n) < SHARE * n
    rows = np.where(sign[:, None], pattern, 1 - pattern)
    rows = np.where(rng.random(rows.shape) < FLIPPED, 1 - rows, rows)
    return pattern, rng.permutation(rows).astype(np.float32)


def log_likelihood_of_the_source(X: np.ndarray, pattern: np.ndarray) -> float:
    """Return what the process that made the rows scores on them: no model can do better."""
    apart = (pattern != X).sum(1)
    terms = [
        np.log(share) + flips * np.log(FLIPPED) + (UNITS - flips) * np.log(1 - FLIPPED)
        for share, flips in ((SHARE, apart), (1 - SHARE, UNITS - apart))
    ]
    return float(np.logaddexp(*terms).mean())


def near(rows: np.ndarray, pattern: np.ndarray) -> float:
    """Return the share of rows nearer to the pattern than to its opposite."""
    return float(((rows == pattern).mean(-1) > 0.5).mean())


def exact(rbm: RBM, X: np.ndarray, pattern: np.ndarray) -> tuple[float, float]:
    """Return the log-likelihood in nats per row, and the model's share of the pattern's cluster."""
    machine = rbm.module_.machine(torch.float64)
    value = -rbm.free_energy(X.astype(np.float64)).mean() - float(log_partition(machine))
    n = len(machine.hidden_bias)
    h = ((torch.arange(2**n)[:, None] >> torch.arange(n)) & 1).double()
    field = visible_field(h, machine)
    weight = (machine.visible.log_normaliser(field) + h @ machine.hidden_bias).softmax(0)
    # One state of the hidden units leaves the visible ones independent of each other, so that
    # they lie on the side of their means but for a share too small for these figures.
    side = ((field > 0) == torch.from_numpy(pattern == 1)).double().mean(1) > 0.5
    return float(value), float(weight[side].sum())


def timed(work: Callable[[], np.ndarray]) -> tuple[np.ndarray, float]:
    """Return what the work returns, and the seconds it took."""
    started = time.perf_counter()
    return work(), time.perf_counter() - started


def sampled(rbm: RBM, pattern: np.ndarray, seed: int) -> list[str]:
    """Return the share near the pattern for each sampler, from either cluster, with seconds."""
    cells = []
    for sampler in (Gibbs, Tempered):
        shares, seconds = [], 0.0
        for cluster in (pattern, 1 - pattern):
            start = np.tile(cluster, (CHAINS, 1)).astype(np.float32)
            settings = {"n_chains": CHAINS, "burn_in": BURN_IN, "thin": THIN, "start": start}
            chains = sampler(rbm, **settings, random_state=seed)
            rows, taken = timed(lambda chains=chains: chains.draw(DRAWS))
            shares.append(near(rows, pattern))
            seconds += taken
        cells += [" / ".join(f"{share:.3f}" for share in shares), f"{seconds / 2:.1f}"]
    return cells


def main() -> None:
    """Train in each way, sample in each way, and publish the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=2)
    arguments = parser.parse_args()
    pattern, X = clusters(2000, seed=0)
    _, X_test = clusters(2000, seed=1)
    best = log_likelihood_of_the_source(X_test, pattern)
    rows = []
    for algorithm in ("pcd", "pt"):
        for seed in range(arguments.seeds):
            started = time.perf_counter()
            rbm = RBM(
                n_components=12,
                algorithm=algorithm,
                epochs=50,
                batch_size=50,
                learning_rate=0.1,
                schedule="linear",
                random_state=seed,
            ).fit(X)
            seconds = time.perf_counter() - started
            value, share = exact(rbm, X_test, pattern)
            figures = [f"{value:.2f}", f"{seconds:.1f}", f"{share:.3f}"]
            rows.append([algorithm, str(seed), *figures, *sampled(rbm, pattern, seed)])
            print(*rows[-1], sep="  ", flush=True)
    publish(
        "tempering",
        f"Two clusters, {SHARE:.0%} and {1 - SHARE:.0%} of the rows, {UNITS} units; "
        f"the source itself has {best:.2f} nats",
        [
            "trained by",
            "seed",
            "exact test log-likelihood",
            "training seconds",
            "model's share of the first cluster, exact",
            "Gibbs chains started in the first / in the second",
            "seconds",
            "tempered chains, the same",
            "seconds",
        ],
        rows,
    )


if __name__ == "__main__":
    main()
