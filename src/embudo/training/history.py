"""What happened, epoch by epoch."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, overload


@dataclass(frozen=True, slots=True)
class Row:
    """One epoch.

    Attributes
    ----------
    epoch : int
        Counted from 1.
    steps : int
        Steps taken in this epoch.
    seconds : float
        Wall time of the epoch, measures included.
    learning_rate : float
        At the epoch's last step.
    values : dict of str to float
        Each objective's mean value over the epoch, and the measures taken at its end.
    stage : str
        Which part of a training in several this was, such as a layer; empty if it has only one.
    remark : str
        What the values mean, in words, of models that say so.
    """

    epoch: int
    steps: int
    seconds: float
    learning_rate: float
    values: dict[str, float] = field(default_factory=dict)
    stage: str = ""
    remark: str = ""

    def flat(self) -> dict[str, float]:
        """Return all numbers of it as one mapping."""
        numbers = self.to_json()
        del numbers["stage"], numbers["remark"]
        return {"epoch": numbers.pop("epoch"), **numbers.pop("values"), **numbers}

    def to_json(self) -> dict[str, Any]:
        """Return the fields by name; a checkpoint asks for all rows, so not by the slow asdict."""
        return {name: getattr(self, name) for name in self.__slots__}


class History(Sequence[Row]):
    """The rows of all epochs so far; ``history["name"]`` is one column of them."""

    def __init__(self, rows: Sequence[Row] = ()) -> None:
        self._rows = list(rows)

    def append(self, row: Row) -> None:
        """Add an epoch."""
        self._rows.append(row)

    def __len__(self) -> int:
        """Return the number of epochs."""
        return len(self._rows)

    @overload
    def __getitem__(self, key: int) -> Row: ...
    @overload
    def __getitem__(self, key: slice) -> "History": ...
    @overload
    def __getitem__(self, key: str) -> list[float]: ...
    def __getitem__(self, key: int | slice | str) -> "Row | History | list[float]":
        """Return a row by number, a history by slice, or a column by name."""
        if isinstance(key, str):
            if key not in self.columns:
                raise KeyError(f"history has no column {key!r}; it has {', '.join(self.columns)}")
            return [row.flat().get(key, float("nan")) for row in self._rows]
        return History(self._rows[key]) if isinstance(key, slice) else self._rows[key]

    def __iter__(self) -> Iterator[Row]:
        """Iterate over the rows."""
        return iter(self._rows)

    def __eq__(self, other: object) -> bool:
        """Compare row by row."""
        return isinstance(other, History) and self._rows == other._rows

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        """Say how long it is and what it holds."""
        return f"History({len(self)} epochs: {', '.join(self.columns)})"

    @property
    def measures(self) -> list[str]:
        """The names of the columns that an objective or a measure fills."""
        return list(dict.fromkeys(name for row in self._rows for name in row.values))

    @property
    def stages(self) -> "dict[str, History]":
        """The history of each stage by its name, in order; one of no name if there is but one."""
        names = dict.fromkeys(row.stage for row in self._rows)
        return {name: History([row for row in self._rows if row.stage == name]) for name in names}

    @property
    def columns(self) -> list[str]:
        """The names of the columns, in the order in which they first occurred."""
        return list(dict.fromkeys(name for row in self._rows for name in row.flat()))

    def to_dict(self) -> dict[str, list[float]]:
        """Return the columns by name, ready for a data frame."""
        return {name: self[name] for name in self.columns}

    def to_json(self) -> list[dict[str, Any]]:
        """Return the rows as plain JSON values."""
        return [row.to_json() for row in self._rows]

    @classmethod
    def from_json(cls, rows: Sequence[dict[str, Any]]) -> "History":
        """Build the history back from :meth:`to_json`."""
        return cls([Row(**row) for row in rows])
