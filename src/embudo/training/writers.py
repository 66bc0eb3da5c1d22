"""Listeners that keep a log of training for other tools to read."""

import json
import os
from pathlib import Path
from typing import Any

from embudo.errors import MissingExtraError
from embudo.files import explained
from embudo.training.events import Callback
from embudo.training.run import Run


class JSONLines(Callback):
    """Appends one JSON object an epoch to a file.

    Parameters
    ----------
    path : path-like
        The file; rows of a resumed run follow those it already holds.

    Raises
    ------
    OutputError
        If the file cannot be written.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)

    def on_epoch(self, run: Run) -> None:
        """Append the epoch's row."""
        row = run.history[-1]
        stage = {"stage": row.stage} if row.stage else {}
        line = json.dumps({**stage, **row.flat()})
        with explained(self.path), self.path.open("a", encoding="utf-8") as file:
            file.write(f"{line}\n")


class TensorBoard(Callback):
    """Writes every column of the history as a TensorBoard scalar.

    Parameters
    ----------
    folder : path-like
        The log directory to point TensorBoard at.

    Raises
    ------
    MissingExtraError
        If the extra ``track`` is not installed.
    """

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        try:
            from torch.utils.tensorboard import SummaryWriter
        except ImportError:
            raise MissingExtraError.of("writing TensorBoard logs", "track") from None
        self._open = SummaryWriter
        self.folder = Path(folder)
        self._writer: Any = None

    def on_start(self, run: Run) -> None:
        """Open the log."""
        self._writer = self._open(str(self.folder))

    def on_epoch(self, run: Run) -> None:
        """Write the epoch's row."""
        row = run.history[-1]
        for name, value in row.flat().items():
            path = f"{row.stage}/{name}" if row.stage else name
            self._writer.add_scalar(path, value, row.epoch)

    def on_end(self, run: Run) -> None:
        """Close the log."""
        self._writer.close()
