"""What the tests of the applications share: a table's columns, how to write it, a listener."""

from pathlib import Path

import numpy as np

from embudo.applications.listener import Listener

COLUMNS = ("age", "income", "size")


class Heard(Listener):
    """Remembers everything it is told."""

    def __init__(self) -> None:
        self.notes: list[str] = []
        self.progress: list[tuple[int, int]] = []

    def note(self, text: str) -> None:
        self.notes.append(text)

    def rows(self, done: int, total: int) -> None:
        self.progress.append((done, total))


def write_csv(path: Path, columns: tuple[str, ...], rows: np.ndarray) -> Path:
    lines = [",".join("" if np.isnan(x) else repr(float(x)) for x in row) for row in rows]
    path.write_text("\n".join([",".join(columns), *lines]) + "\n")
    return path
