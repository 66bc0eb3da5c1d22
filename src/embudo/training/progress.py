"""Progress as plain lines, one an epoch, for scripts and notebooks."""

import sys
from typing import TextIO

from embudo.training.events import Callback
from embudo.training.run import Run


class ProgressLines(Callback):
    """Writes a line after every epoch.

    Parameters
    ----------
    stream : text file, optional
        By default standard error, as it is when the line is written.
    """

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream

    def on_epoch(self, run: Run) -> None:
        """Write the epoch's row."""
        row = run.history[-1]
        values = "  ".join(f"{name} {value:.4g}" for name, value in row.values.items())
        stream = self._stream or sys.stderr
        stage = f"{row.stage}, " if row.stage else ""
        words = f"  {row.remark}" if row.remark else ""
        stream.write(
            f"{stage}epoch {row.epoch}/{run.epochs}  {values}  {row.seconds:.2f} s{words}\n"
        )
        stream.flush()
