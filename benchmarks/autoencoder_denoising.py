"""How well noise is taken off handwritten digits, beside filters made for that.

    python benchmarks/autoencoder_denoising.py [--data-dir DIR] [--noise 0.5 0.25] [--epochs 24]
        [--rows 200] [--seed 0]

Normal noise on pixels in [0, 1], not clipped. Mean over test images of the peak signal-to-noise
ratio in dB, estimates clipped to [0, 1]. The linear Wiener filter has mean and covariance of the
clean training set; non-local means comes from scikit-image and BM3D from the package bm3d, if they
are installed, both with the deviation of the noise given.
"""

import argparse
import time
from collections.abc import Callable

import numpy as np
import torch
from machine import publish

from embudo import DenoisingAutoencoder
from embudo.data.readers import open_source

Rows = np.ndarray
Filter = Callable[[Rows], Rows]
SIDE, CHANNELS = 28, (32, 64)


def decibels(estimate: Rows, truth: Rows) -> float:
    """Return the mean over images of their peak signal-to-noise ratio."""
    errors = np.square(estimate.clip(0, 1) - truth).mean(1)
    return float(-10 * np.log10(errors).mean())


def wiener(X: Rows, noise: float) -> Filter:
    """Return the best linear filter for rows of that mean and covariance."""
    mean = X.mean(0, dtype=np.float64)
    power, axes = np.linalg.eigh(np.cov(X, rowvar=False))
    gain = (axes * (power / (power + noise**2))) @ axes.T
    return lambda rows: mean + (rows - mean) @ gain


def picture_by_picture(function: Callable[[np.ndarray], np.ndarray]) -> Filter:
    """Return a filter of rows from one of pictures."""
    return lambda rows: np.array([function(row.reshape(SIDE, SIDE)).ravel() for row in rows])


def peers(noise: float) -> dict[str, Filter]:
    """Return the filters of other packages, those that are installed."""
    found: dict[str, Filter] = {}
    try:
        from skimage.restoration import denoise_nl_means
    except ImportError:
        print("scikit-image is not installed: no non-local means")
    else:
        found["non-local means, scikit-image"] = picture_by_picture(
            lambda picture: denoise_nl_means(
                picture,
                patch_size=7,
                patch_distance=14,
                h=0.6 * noise,
                sigma=noise,
                fast_mode=False,
            )
        )
    try:
        from bm3d import bm3d
    except ImportError:
        print("bm3d is not installed: no BM3D")
    else:
        found["BM3D"] = picture_by_picture(lambda picture: bm3d(picture, noise))
    return found


def ours(X: Rows, noise: float, arguments: argparse.Namespace) -> Filter:
    """Train a denoising autoencoder with convolutions."""
    model = DenoisingAutoencoder(
        corruption="gaussian",
        level=noise,
        architecture="fully_conv",
        channels=CHANNELS,
        hidden=None,
        n_components=CHANNELS[-1] * (SIDE >> len(CHANNELS)) ** 2,
        epochs=arguments.epochs,
        learning_rate=2e-3,
        schedule="cosine",
        random_state=arguments.seed,
    )
    return model.fit(X).reconstruct


def main() -> None:
    """Compare all of them and publish."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data-dir")
    parser.add_argument("--noise", type=float, nargs="+", default=[0.5, 0.25])
    parser.add_argument("--epochs", type=int, default=24)
    parser.add_argument("--rows", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    X, T = (
        open_source(name, data_dir=arguments.data_dir).read().astype(np.float32)
        for name in ("mnist", "mnist:test")
    )
    T = T[: arguments.rows]
    table = []
    for noise in arguments.noise:
        noisy = T + np.random.default_rng(0).normal(0, noise, T.shape).astype(np.float32)
        makers = {
            "nothing": lambda: lambda rows: rows,
            "linear Wiener filter": lambda noise=noise: wiener(X, noise),
            **{name: lambda f=f: f for name, f in peers(noise).items()},
            "DenoisingAutoencoder": lambda noise=noise: ours(X, noise, arguments),
        }
        for name, maker in makers.items():
            started = time.process_time()
            clean = maker()(noisy)
            minutes = (time.process_time() - started) / 60
            table.append([f"{noise:g}", name, f"{decibels(clean, T):.2f}", f"{minutes:.1f}"])
            print(table[-1], flush=True)
    publish(
        "autoencoder_denoising",
        f"MNIST, {arguments.rows} test images with normal noise: peak signal-to-noise ratio",
        ["deviation of the noise", "filter", "dB", "CPU minutes"],
        table,
    )


if __name__ == "__main__":
    main()
