"""Trains, is killed, resumes, again and again; run by test_resume.py in a process of its own.

    python tests/kill_and_resume.py FOLDER MODEL KILLS

One process imports torch and then forks: a child that is left alone, children that are killed with
SIGKILL at random moments (every other one while it writes its checkpoint), and a last one that
finishes what they began. It prints the SHA-256 of both ends, whether each kill landed in a write,
and after each of them the stage and the epochs that the checkpoint holds.
"""

import hashlib
import json
import mmap
import os
import random
import signal
import sys
import time
from pathlib import Path

import numpy as np
import torch
from sklearn.base import clone

from embudo import DBN, GAN, RBM, Callback, Checkpoint
from embudo.training.checkpoint import read

EPOCHS = 200  # of 14 steps, which Slow makes last longer than all lives together
MODELS = {
    "rbm": RBM(
        n_components=8,
        epochs=EPOCHS,
        schedule="linear",
        early_stopping=True,
        patience=EPOCHS,
    ),
    "dbn": DBN(
        hidden=(8, 6),
        epochs=2,
        resample=True,
        fine_tune="up_down",
        fine_tune_epochs=60,
    ),
    "gan": GAN(
        n_components=3,
        width=8,
        depth=1,
        spectral=True,
        critic_steps=2,
        epochs=60,
    ),
}
WRITING = mmap.mmap(-1, 1)  # shared with the children: 1 while a checkpoint is being written


class Slow(Callback):
    """Leaves time to be killed between the steps."""

    def on_step(self, run):
        time.sleep(0.005)


class Watched(Checkpoint):
    """Says when it writes."""

    def write(self, run):
        WRITING[0] = 1
        super().write(run)
        WRITING[0] = 0


def slowly(function):
    """Leave time to be killed before and after a system call."""

    def call(*arguments):
        time.sleep(0.001)
        function(*arguments)
        time.sleep(0.001)

    return call


def digest(model):
    """Return the SHA-256 of all that was learned, and of the history but for its clock."""
    state = hashlib.sha256()
    for name, tensor in sorted(model._progress.tensors.items()):
        state.update(name.encode() + tensor.numpy().tobytes())
    rows = [{**row.flat(), "seconds": 0} for row in model.history_]
    state.update(json.dumps(rows).encode())
    return state.hexdigest()


def train(model, path, *callbacks, every_minutes=5.0, **parameters):
    X = (np.random.default_rng(0).random((150, 12)) < 0.3).astype(np.float32)
    X[::7, 3] = np.nan
    writer = Watched(path, every_minutes=every_minutes)
    shared = {"batch_size": 10, "momentum": 0.5, "random_state": 0}
    model = clone(model).set_params(**shared, **parameters, callbacks=[writer, *callbacks])
    return model.fit(X, resume=path if path.exists() else False)


def fork(work):
    child = os.fork()
    if child == 0:
        status = 1
        try:
            work()
            status = 0
        finally:
            os._exit(status)
    return child


def killed(model, path, rng, in_write):
    """Train in a child, kill it, and say whether it was writing."""
    WRITING[0] = 0

    def work():
        os.fsync, os.replace = slowly(os.fsync), slowly(os.replace)
        train(model, path, Slow(), every_minutes=0.002)

    child = fork(work)
    time.sleep(rng.uniform(0.1, 0.3))
    while WRITING[0] != in_write:
        time.sleep(0.0002)
        if os.waitpid(child, os.WNOHANG) != (0, 0):
            sys.exit("the child ended before it was killed")
    time.sleep(rng.uniform(0, 0.004))
    os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    if not os.WIFSIGNALED(status):
        sys.exit(f"the child ended before it was killed, with status {status}")
    return bool(WRITING[0])


def ended(model, path):
    """Train to the end in a child; return the digest it found."""
    answer = path.with_suffix(".sha256")
    child = fork(lambda: answer.write_text(digest(train(model, path, every_minutes=0.01))))
    _, status = os.waitpid(child, 0)
    if status != 0:
        sys.exit(f"the child failed with status {status}")
    return answer.read_text()


def standing(path):
    """Return the stage of a checkpoint, and the epochs behind it."""
    facts = read(path).facts
    return facts["stage"], facts["epoch"]


def main(folder, model, kills):
    torch.set_num_threads(1)
    rng = random.Random(0)
    train(model, folder / "once.checkpoint", epochs=1)  # imports what torch imports late, for all
    alone = ended(model, folder / "alone.checkpoint")
    path = folder / "killed.checkpoint"
    landed, stands = [], []
    for number in range(kills):
        landed.append(killed(model, path, rng, in_write=number % 2 == 1))
        stands.append(standing(path))
    resumed = ended(model, path)
    found = {"alone": alone, "resumed": resumed, "in_write": landed, "stands": stands}
    sys.stdout.write(json.dumps(found) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), MODELS[sys.argv[2]], int(sys.argv[3]))
