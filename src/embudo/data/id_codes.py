"""Ids that come in batches, as codes: each different one is kept once, however often it comes."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from embudo.data.ids import Ids


class Codes:
    """Codes of ids in the order in which they were first met.

    Attributes
    ----------
    found : list of str
        The different ids, as text.
    """

    def __init__(self) -> None:
        self.found: list[str] = []
        self._code: dict[str, int] = {}
        self._parts: list[NDArray[np.int32]] = []

    def add(self, column: Any) -> None:
        """Take in a batch, a column of pyarrow without gaps."""
        import pyarrow as pa

        texts = column if pa.types.is_string(column.type) else column.cast(pa.string())
        words = texts.dictionary_encode()
        here = np.empty(len(words.dictionary), np.int32)
        for place, one in enumerate(words.dictionary.to_pylist()):
            code = self._code.setdefault(one, len(self.found))
            if code == len(self.found):
                self.found.append(one)
            here[place] = code
        self._parts.append(here[words.indices.to_numpy(zero_copy_only=False)])

    def ranked(self, ids: Ids) -> NDArray[np.int64]:
        """Return what was taken in as codes of these ids."""
        codes = ids.codes(self.found)
        return codes[np.concatenate(self._parts)] if self._parts else np.empty(0, np.int64)


def as_ids(found: Sequence[str], listed: Sequence[str], what: str) -> tuple[Ids, list[Any]]:
    """Return the ids of ratings and of a list, and that list; whole numbers if all of them are."""
    every = [*found, *listed]
    if all(_is_whole(one) for one in every):
        return Ids.found_in(map(int, every), what), [int(one) for one in listed]
    return Ids.found_in(every, what), list(listed)


def _is_whole(text: str) -> bool:
    """Say whether text is a whole number as numbers are written, without leading zeros."""
    digits = text.removeprefix("-")
    return digits.isascii() and digits.isdigit() and (digits == "0" or not digits.startswith("0"))
