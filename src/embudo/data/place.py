"""Where in a table something stands, as messages call it."""

from typing import Any, NamedTuple

_SHOWN = 3  # rows that a message names


class Place(NamedTuple):
    """Rows counted from 0, or lines of a file."""

    word: str = "row"
    first: int = 0

    def of(self, rows: Any) -> str:
        """Name some rows."""
        some = ", ".join(str(int(row) + self.first) for row in rows[:_SHOWN])
        more = f" and {len(rows) - _SHOWN:,} more" if len(rows) > _SHOWN else ""
        return f"{self.word} {some}" if len(rows) == 1 else f"{self.word}s {some}{more}"
