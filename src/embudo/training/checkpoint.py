"""Exact resume: a run killed at any moment and resumed ends with the bits of one left alone."""

import contextlib
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from torch import Tensor, nn

from embudo import container
from embudo.errors import CheckpointError
from embudo.training.events import Callback
from embudo.training.run import Run, load_module


class Checkpoint(Callback):
    """Writes the whole run to a file after every epoch, at the end, and every few minutes.

    Parameters
    ----------
    path : path-like
        The file; it is replaced in one move, so it is always whole.
    every_minutes : float, default=5
        How long to go at most between two writes within an epoch.
    """

    def __init__(self, path: str | os.PathLike[str], every_minutes: float = 5.0) -> None:
        self.path = Path(path)
        self.every_minutes = every_minutes
        self._written = time.monotonic()

    def on_step(self, run: Run) -> None:
        """Write if the last time is long ago."""
        if time.monotonic() - self._written >= 60 * self.every_minutes:
            run.check()
            self.write(run)

    def on_epoch(self, run: Run) -> None:
        """Write."""
        self.write(run)

    def on_end(self, run: Run) -> None:
        """Write where Ctrl-C stopped training; a diverged run keeps its last good checkpoint."""
        if run.stopped == "interrupted":
            self.write(run)

    def write(self, run: Run) -> None:
        """Write the run's state to the file."""
        tensors, facts = run.state()
        manifest = {"kind": "checkpoint", "identity": run.identity, "run": facts}
        container.write(self.path, tensors, manifest)
        self._written = time.monotonic()


@dataclass(frozen=True)
class Saved:
    """A run's state as read from a checkpoint.

    Attributes
    ----------
    source : str
        Where it comes from, for messages.
    identity : dict
        Which model and data it is of.
    tensors, facts : dict
        What :meth:`Run.state` returned.
    """

    source: str
    identity: dict[str, Any]
    tensors: dict[str, Tensor]
    facts: dict[str, Any]

    def begin(self, identity: dict[str, Any], module: nn.Module, n_stages: int) -> int:
        """Put the module where the saved run stood, and return the stage that it stood in.

        Raises
        ------
        CheckpointError
            If it belongs to another model or other data, and the message names the first
            difference; or if it was written by something else than embudo.
        """
        for key in {**identity, **self.identity}:
            was, now = self.identity.get(key), identity.get(key)
            if was != now:
                raise CheckpointError(
                    f"{self.source}: was written with {key}={was!r}, but this run has "
                    f"{key}={now!r}; use the same value or start without resuming"
                )
        with self._fitting():
            load_module(module, self.tensors)
            return range(n_stages).index(self.facts["stage"])

    def restore(self, run: Run) -> None:
        """Put the run where the saved one stood.

        Raises
        ------
        CheckpointError
            If it was written by something else than embudo.
        """
        with self._fitting():
            run.restore(self.tensors, self.facts)

    @contextlib.contextmanager
    def _fitting(self) -> Iterator[None]:
        try:
            yield
        except (ValueError, TypeError, KeyError, AttributeError, RuntimeError) as error:
            raise CheckpointError(
                f"{self.source}: its parts do not fit together ({error}); start without resuming"
            ) from None


def read(path: str | os.PathLike[str]) -> Saved:
    """Read a checkpoint.

    Raises
    ------
    ModelFileError
        If the file is missing, damaged, or something else than a checkpoint.
    """
    tensors, manifest = container.read(path)
    match manifest:
        case {"kind": "checkpoint", "identity": dict(identity), "run": dict(facts)}:
            return Saved(str(path), identity, tensors, facts)
    raise CheckpointError(f"{path}: is not a checkpoint; give the file that training wrote")
