"""What is shown: results on standard output, everything said on the way on standard error."""

import math
import os
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, TextIO

from embudo.applications.listener import Listener

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from embudo.training.history import History

_PIPED_WIDTH = 120


def console(stream: TextIO) -> "Console":
    """Return a console that takes text as it is, and colours it only on a terminal."""
    from rich.console import Console

    narrow = stream.isatty() or "COLUMNS" in os.environ
    width = None if narrow else _PIPED_WIDTH
    return Console(file=stream, highlight=False, markup=False, emoji=False, width=width)


def show(*parts: Any) -> None:
    """Print results on standard output."""
    screen = console(sys.stdout)
    for part in parts:
        screen.print(part)


def conclude(*parts: Any, then: Sequence[str] = ()) -> None:
    """On a terminal, print what was done, and what to try next."""
    if not sys.stdout.isatty():
        return
    show(*parts)
    if then:
        from rich.text import Text

        lines = [f"  {command}" for command in then]
        show(Text("\nnext", style="bold"), *(Text(line, style="cyan") for line in lines))


def facts(rows: Sequence[tuple[str, Any]]) -> "Table":
    """Return names and values as a table without lines."""
    from rich.table import Table

    table = Table.grid(padding=(0, 3, 0, 0))
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in rows:
        table.add_row(name, str(value))
    return table


def columns(heads: Sequence[str], rows: Sequence[Sequence[str]], text: int = 1) -> "Table":
    """Return a table whose first ``text`` columns are words, and the others numbers."""
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold")
    for index, head in enumerate(heads):
        table.add_column(head, justify="left" if index < text else "right", overflow="fold")
    for row in rows:
        table.add_row(*row)
    return table


def history_table(
    history: "History", heads: Mapping[str, str] | None = None, most: int = 12
) -> "Table":
    """Return a training's history as a table.

    Parameters
    ----------
    history : History
        Of at least one epoch.
    heads : mapping of str to str, optional
        Columns to show and what to call them; by default all.
    most : int
        Rows at most, spread evenly over the epochs.
    """
    heads = heads or {name: label(name) for name in history.columns if name != "steps"}
    count = min(most, len(history))
    places = {round(i * (len(history) - 1) / max(1, count - 1)) for i in range(count)}
    rows = [history[place] for place in sorted(places)]
    cells = [[number(row.flat().get(name, math.nan)) for name in heads] for row in rows]
    if len(history.stages) == 1:
        return columns(list(heads.values()), cells, text=0)
    named = [[row.stage, *line] for row, line in zip(rows, cells, strict=True)]
    return columns(["stage", *heads.values()], named)


def label(name: str) -> str:
    """Write a name of code as words."""
    return name.replace("_", " ").replace("kl ", "KL ")


def number(value: float) -> str:
    """Write a number in four digits; what is not a number is left empty."""
    return "" if math.isnan(value) else f"{value:.4g}" if isinstance(value, float) else f"{value}"


class Notes(Listener):
    """Collects notes, and shows them at once where somebody watches."""

    def __init__(self) -> None:
        self.taken: list[str] = []

    def note(self, text: str) -> None:
        self.taken.append(text)
        if sys.stderr.isatty():
            sys.stderr.write(f"note: {text}\n")
