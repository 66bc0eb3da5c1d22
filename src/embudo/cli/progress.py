"""Progress bars on standard error, where that is a terminal; silence elsewhere."""

import contextlib
import sys
import time
from collections.abc import Iterator, Sequence
from typing import Any

from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Column

from embudo.cli.screen import Notes, console, label, number
from embudo.training.events import Callback
from embudo.training.run import Run

_SECONDS = 0.1  # between two updates of the bar; a step may take far less
_MEASURES = 3


class TrainingBar(Callback):
    """A bar over all steps, with the epoch, the latest measures and the time that is left."""

    def __init__(self, name: str = "") -> None:
        self._name = name
        self._bar = Progress(
            TextColumn("{task.description}", table_column=Column(no_wrap=True)),
            BarColumn(bar_width=24),
            TimeRemainingColumn(elapsed_when_finished=True),
            TextColumn(
                "{task.fields[measures]}",
                style="dim",
                table_column=Column(no_wrap=True, overflow="ellipsis"),
            ),
            console=console(sys.stderr),
            transient=True,
        )
        self._task: Any = None
        self._shown = 0.0

    def on_start(self, run: Run) -> None:
        planned = run.epochs * run.steps_per_epoch
        if self._task is not None:  # a stage before this one had it
            self._bar.remove_task(self._task)
        self._task = self._bar.add_task("", total=planned, measures="")
        self._refresh(run)
        self._bar.start()

    def on_step(self, run: Run) -> None:
        if time.monotonic() - self._shown >= _SECONDS:
            self._refresh(run)

    def on_epoch(self, run: Run) -> None:
        self._refresh(run)

    def on_end(self, run: Run) -> None:
        self._bar.stop()

    def _refresh(self, run: Run) -> None:
        self._shown = time.monotonic()
        epoch = min(run.epoch + 1, run.epochs)
        self._bar.update(
            self._task,
            completed=run.step,
            description=f"{self._name} {run.stage_name} epoch {epoch}/{run.epochs}".strip(),
            measures=_measures(run),
        )


def training_bars(name: str = "") -> Sequence[Callback]:
    """Return the bar, with a name before it, or nothing where nobody watches."""
    return [TrainingBar(name)] if sys.stderr.isatty() else []


class _RowsBar(Notes):
    def __init__(self, doing: str) -> None:
        super().__init__()
        self.bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=24),
            MofNCompleteColumn(),
            TextColumn("rows"),
            TimeElapsedColumn(),
            console=console(sys.stderr),
            transient=True,
        )
        self._task = self.bar.add_task(doing, total=None)

    def rows(self, done: int, total: int) -> None:
        self.bar.update(self._task, completed=done, total=total)


class _StepsBar(_RowsBar):
    """Shows the steps of a long computation first; reading rows after it is quick."""

    def __init__(self, doing: str) -> None:
        super().__init__(doing)
        self.bar.columns = (
            TextColumn("{task.description}"),
            BarColumn(bar_width=24),
            TimeRemainingColumn(elapsed_when_finished=True),
        )
        self._shown = 0.0

    def steps(self, done: int, total: int) -> None:
        if done == total or time.monotonic() - self._shown >= _SECONDS:
            self._shown = time.monotonic()
            self.bar.update(self._task, completed=done, total=total)

    def rows(self, done: int, total: int) -> None:
        """Leave the bar as it is."""


@contextlib.contextmanager
def steps_watched(doing: str) -> Iterator[Notes]:
    """Give a listener that shows the steps done while the block of ``with`` runs."""
    if not sys.stderr.isatty():
        yield Notes()
        return
    listener = _StepsBar(doing)
    with listener.bar:
        yield listener


@contextlib.contextmanager
def rows_watched(doing: str) -> Iterator[Notes]:
    """Give a listener that shows the rows done while the block of ``with`` runs."""
    if not sys.stderr.isatty():
        yield Notes()
        return
    listener = _RowsBar(doing)
    with listener.bar:
        yield listener


@contextlib.contextmanager
def busy(doing: str) -> Iterator[None]:
    """Show that something is going on whose end cannot be told."""
    if not sys.stderr.isatty():
        yield
        return
    with console(sys.stderr).status(doing):
        yield


def _measures(run: Run) -> str:
    if not len(run.history):
        return ""
    players = {objective.name for objective in run.objectives}
    values = {k: v for k, v in run.history[-1].values.items() if k not in players}
    shown = list((values or run.history[-1].values).items())[:_MEASURES]
    words = [f"{label(name)} {number(value)}" for name, value in shown]
    remark = run.history[-1].remark
    return "  ".join([remark, *words] if remark else words)
