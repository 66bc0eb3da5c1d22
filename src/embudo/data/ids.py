"""Ids as people have them, numbers, texts or UUIDs, and the codes from 0 that models count by."""

import difflib
import numbers
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TypeAlias
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from embudo.errors import DataError

Id: TypeAlias = int | str | UUID
UNKNOWN = -1
"""The code of an id that is not there."""


class Ids:
    """Different ids in their order, all of one type.

    Parameters
    ----------
    ids : sequence of int, str or UUID
        All different.
    what : str
        What they are ids of, for messages: "user" or "item".
    """

    def __init__(self, ids: Sequence[Any], what: str) -> None:
        self.what = what
        self._ids = tuple(_plain(one, what) for one in ids)
        self._codes = {one: code for code, one in enumerate(self._ids)}
        _check_type(self._ids, what)
        if len(self._codes) < len(self._ids):
            raise DataError(f"there are {what} ids that occur twice: give each one once")

    @classmethod
    def found_in(cls, ids: Iterable[Any], what: str) -> "Ids":
        """Return the different ones among many ids, in ascending order."""
        different = {_plain(one, what) for one in dict.fromkeys(ids)}
        _check_type(tuple(different), what)
        return cls(sorted(different), what)

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._ids)

    def __iter__(self) -> Iterator[Id]:
        """Go through them in the order of their codes."""
        return iter(self._ids)

    def __getitem__(self, code: int) -> Id:
        """Return the id that has a code."""
        return self._ids[code]

    def some(self, codes: Iterable[int]) -> "Ids":
        """Return some of the ids, in the order of the codes given."""
        return Ids([self._ids[int(code)] for code in codes], self.what)

    def __contains__(self, one: Any) -> bool:
        """Tell whether an id is there."""
        return self.code(one) != UNKNOWN

    def code(self, one: Any) -> int:
        """Return an id's code; UNKNOWN if it is not there.

        A number that came as text, or the other way round, is found where nothing else is meant.
        """
        one = _plain(one, self.what)
        found = self._codes.get(one)
        if found is None:
            found = next(
                (self._codes[other] for other in _spelt(one) if other in self._codes), None
            )
        return UNKNOWN if found is None else found

    def codes(self, ids: Iterable[Any]) -> NDArray[np.int64]:
        """Return the codes of ids; UNKNOWN for those that are not there."""
        return np.fromiter((self.code(one) for one in ids), np.int64)

    def known(self, one: Any) -> int:
        """Return an id's code.

        Raises
        ------
        DataError
            If it is not there; the message names those that look alike.
        """
        code = self.code(one)
        if code == UNKNOWN:
            alike = difflib.get_close_matches(str(one), [str(other) for other in self._ids], 3)
            first = ", ".join(repr(other) for other in self._ids[:3])
            hint = f"did you mean {', '.join(alike)}?" if alike else f"ids look like {first}"
            raise DataError(f"there is no {self.what} {one!r}: {hint}")
        return code

    def to_json(self) -> dict[str, Any]:
        """Return what :meth:`from_json` makes the same ids of."""
        kind = type(self._ids[0]).__name__ if self._ids else "int"
        values = [str(one) for one in self._ids] if kind == "UUID" else list(self._ids)
        return {"what": self.what, "type": kind, "ids": values}

    @classmethod
    def from_json(cls, facts: dict[str, Any]) -> "Ids":
        """Return the ids that :meth:`to_json` described."""
        make = {"int": int, "str": str, "UUID": UUID}[facts["type"]]
        return cls([make(one) for one in facts["ids"]], facts["what"])


def _plain(one: Any, what: str) -> Id:
    """Return an id as one of Python's own types; a whole number that came as a float is one."""
    if isinstance(one, str | UUID):
        return str(one) if isinstance(one, str) else one
    is_number = isinstance(one, numbers.Real) and not isinstance(one, bool | np.bool_)
    if is_number and one == one // 1:
        return int(one)
    raise DataError(
        f"{one!r} is no id of a {what}: give whole numbers, texts or UUIDs, and none missing"
    )


def _spelt(one: Id) -> tuple[Id, ...]:
    """Return other ways to write the same id."""
    if not isinstance(one, str):
        return (str(one),)
    try:
        number = int(one) if str(int(one)) == one else None
    except ValueError:
        number = None
    try:
        return (UUID(one),) if number is None else (number,)
    except ValueError:
        return ()


def _check_type(ids: Sequence[Id], what: str) -> None:
    examples = {type(one): one for one in ids}
    if len(examples) > 1:
        some = " and ".join(f"{one!r} ({kind.__name__})" for kind, one in examples.items())
        raise DataError(f"{what} ids are of different types, such as {some}: make them all one")
