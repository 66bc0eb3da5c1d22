"""What a GAN's step and its samples cost beside a bare loop in PyTorch, and beside the arithmetic.

    python benchmarks/gan_speed.py [--rows 6400] [--repeats 5] [--threads 1] [--samples 1000000]

The default convolutional GAN, relativistic with R1 and R2 on every fourth step, batch 64, 28 × 28
pixels. The bare loop has the same networks, losses, penalties and moving average in plain PyTorch,
fused Adam, slices by index. A row of bfloat16 stands beside float32; it pays where the processor
multiplies it, and is emulated elsewhere. Sampling 1,000 pictures stands beside the time that their
multiplications alone take, at the rate of a product of square matrices; the memory of a million,
written by the shell, is what the process takes above its imports. Ratios are medians over
repetitions taken in turn.
"""

import argparse
import copy
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import dcgan
import numpy as np
import torch
from machine import publish
from torch import Tensor, nn
from torch.nn.functional import softplus

from embudo import GAN, Callback

BATCH, EPOCHS, PENALTY, EVERY, SIDE = 64, 2, 0.1, 4, 28
HEAD = ["what", "seconds", "beside", "ratio"]
_MEMORY = "print(open('/proc/self/status').read().split('VmHWM:')[1].split()[0])"
_IMPORTS = "import embudo.cli.run, embudo.cli.progress, embudo.applications.sample"
_RUN = "import sys; from embudo.cli.run import run; assert run(sys.argv[1:]) == 0"


class Clock(Callback):
    """Takes the time at the end of every epoch."""

    def __init__(self) -> None:
        self.ticks: list[float] = []

    def on_epoch(self, run: object) -> None:
        """Note the time."""
        self.ticks.append(time.perf_counter())


def ours(X: np.ndarray, precision: str = "float32") -> float:
    """Return the seconds of a step of a GAN's fit, measures and all."""
    clock = Clock()
    GAN(
        architecture="conv",
        batch_size=BATCH,
        epochs=EPOCHS + 1,
        precision=precision,
        callbacks=[clock],
        random_state=0,
    ).fit(X)
    return statistics.median(np.diff(clock.ticks)) * BATCH / len(X)


def bare(X: Tensor) -> float:
    """Return the seconds of a step of the loop that one would write by hand."""
    generator, discriminator = dcgan.networks(32, normalised=False)
    average = copy.deepcopy(generator)
    players = [
        torch.optim.Adam(network.parameters(), 8e-3, (0.0, 0.9), fused=True)
        for network in (discriminator, generator)
    ]
    ticks = [time.perf_counter()]
    for _ in range(EPOCHS):
        order = torch.randperm(len(X))
        for step, first in enumerate(range(0, len(X), BATCH)):
            real = X[order[first : first + BATCH]].view(-1, 1, SIDE, SIDE)
            players[0].zero_grad()
            due = step % EVERY == 0
            critic_loss(generator, discriminator, real, EVERY * PENALTY if due else 0).backward()
            players[0].step()
            players[1].zero_grad()
            made = discriminator(generator(torch.randn(len(real), dcgan.CODE)))
            with torch.no_grad():
                known = discriminator(real)
            softplus(known - made).mean().backward()
            players[1].step()
            with torch.no_grad():
                pairs = list(average.parameters()), list(generator.parameters())
                torch._foreach_lerp_(*pairs, 1e-3)
        ticks.append(time.perf_counter())
    return statistics.median(np.diff(ticks)) * BATCH / len(X)


def critic_loss(
    generator: nn.Module, discriminator: nn.Module, real: Tensor, weight: float
) -> Tensor:
    """Return what the discriminator loses, with R1 and R2 if they count."""
    with torch.no_grad():
        made = generator(torch.randn(len(real), dcgan.CODE))
    x = torch.cat((real, made)).requires_grad_(weight > 0)
    score = discriminator(x)[:, 0]
    known, told = score.chunk(2)
    loss = softplus(told - known).mean()
    if weight == 0:
        return loss
    (slope,) = torch.autograd.grad(score.sum(), x, create_graph=True)
    return loss + weight * slope.square().flatten(1).sum(1).mean()


def beside(name: str, one: Callable[[], float], other: Callable[[], float], n: int) -> list[str]:
    """Return a row of the table: both in turn, and the median of their ratios."""
    pairs = [(one(), other()) for _ in range(n)]
    seconds = [statistics.median(p[side] for p in pairs) for side in (0, 1)]
    ratio = statistics.median(a / b for a, b in pairs)
    row = [name, f"{seconds[0]:.4f}", f"{seconds[1]:.4f}", f"{ratio:.2f}"]
    print(row, flush=True)
    return row


def fitted(X: np.ndarray, width: int) -> GAN:
    """Return a generator of so many channels, hardly trained."""
    settings = {"architecture": "conv", "width": width, "batch_size": BATCH, "epochs": 1}
    return GAN(**settings, random_state=0).fit(X[:BATCH])


def products(width: int) -> int:
    """Return how many multiplications a picture of the generator takes."""
    coarse, middle = (SIDE // 4) ** 2, (SIDE // 2) ** 2
    return 2 * width * coarse * (dcgan.CODE + 16 * width) + 16 * width * middle


def sampling(model: GAN, width: int, n: int) -> list[str]:
    """Return the row of 1,000 samples beside their multiplications."""
    one, other = torch.randn(2, 1024, 1024)
    z = np.random.default_rng(0).normal(size=(1000, dcgan.CODE)).astype(np.float32)

    def draw() -> float:
        return least(lambda: model.sample(z=z))

    def floor() -> float:
        return least(lambda: one @ other) * 1000 * products(width) / 1024**3

    return beside(f"1,000 samples, {width} channels, beside their products", draw, floor, n)


def least(work: Callable[[], object]) -> float:
    """Return the seconds of the fastest of some calls."""
    found = []
    for _ in range(8):
        started = time.perf_counter()
        work()
        found.append(time.perf_counter() - started)
    return min(found)


def memory(model: GAN, n: int) -> list[str]:
    """Return the row of the memory in which the shell writes so many samples."""

    def peak(code: str, *words: str) -> float:
        answer = subprocess.run(
            [sys.executable, "-c", f"{code}\n{_MEMORY}", *words],
            text=True,
            check=True,
            capture_output=True,
        )
        return int(answer.stdout.split()[-1]) / 1024

    with tempfile.TemporaryDirectory() as folder:
        path, out = (str(Path(folder) / name) for name in ("gan.embudo", "rows.npy"))
        model.save(path)
        taken = peak(_RUN, "sample", path, "-n", str(n), "-o", out) - peak(_IMPORTS)
    return [f"memory of {n:,} samples written by the shell", f"{taken:.0f} MB", "", ""]


def main() -> None:
    """Time and publish."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name, default in (("rows", 6400), ("repeats", 5), ("threads", 1), ("samples", 1_000_000)):
        parser.add_argument(f"--{name}", type=int, default=default)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    X = np.random.default_rng(0).random((arguments.rows, SIDE**2), dtype=np.float32)
    tensor, n = torch.from_numpy(X), arguments.repeats
    rows = [
        beside("a step beside the bare loop's", lambda: ours(X), lambda: bare(tensor), n),
        beside(
            "a step in bfloat16 beside float32", lambda: ours(X, "bfloat16"), lambda: ours(X), n
        ),
    ]
    models = {width: fitted(X, width) for width in (32, 128)}
    rows += [sampling(model, width, n) for width, model in models.items()]
    rows.append(memory(models[32], arguments.samples))
    publish(
        "gan_speed",
        f"GAN of 28 × 28 pixels, batch {BATCH}, {arguments.threads} thread(s)",
        HEAD,
        rows,
    )


if __name__ == "__main__":
    main()
