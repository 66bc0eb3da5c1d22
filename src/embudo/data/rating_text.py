"""Tables of ratings as text: which mark divides fields, and what the columns are called."""

import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from embudo.data.faults import reading
from embudo.data.idx import open_plain
from embudo.data.text import is_number
from embudo.errors import DataError

_UNNAMED_RATINGS = ("user", "item", "rating", "timestamp")
_UNNAMED_ITEMS = ("item", "title", "genres")  # of movies.dat
_GENRES_OF_100K = [
    "unknown",
    "Action",
    "Adventure",
    "Animation",
    "Children",
    "Comedy",
    "Crime",
    "Documentary",
    "Drama",
    "Fantasy",
    "Film-Noir",
    "Horror",
    "Musical",
    "Mystery",
    "Romance",
    "Sci-Fi",
    "Thriller",
    "War",
    "Western",
]
_ITEMS_OF_100K = ("item", "title", "date", "video date", "url", *_GENRES_OF_100K)
_DOUBLE = b"::"
_ONE_MARK = "\x1f"  # stands for :: , since parsers know marks of one letter alone
_LONGEST_LINE = 2**20


@dataclass(frozen=True)
class TextForm:
    """How a file is written.

    Attributes
    ----------
    columns : tuple of str
        Names, as the file has them or as files of its kind are known to have them.
    has_names : bool
        Whether they stand in the first line.
    delimiter : str
        One letter.
    is_double : bool
        Whether it stands for two colons.
    encoding : str
    """

    columns: tuple[str, ...]
    has_names: bool
    delimiter: str
    is_double: bool
    encoding: str

    def open(self, path: Path) -> BinaryIO:
        """Open the file so that a parser of one-letter marks can read it."""
        plain = open_plain(path)
        return io.BufferedReader(_OneMark(plain), 2**20) if self.is_double else plain


def text_form(path: Path, what: str) -> TextForm:
    """Look at the beginning of a file.

    Parameters
    ----------
    path : Path
    what : str
        "ratings" or "items": what columns without names are taken for.

    Raises
    ------
    DataError
        If it is empty, or its columns have no names and are of no known kind.
    """
    with reading(path, f"a table of {what}"), open_plain(path) as handle:
        first = handle.readline(_LONGEST_LINE).removeprefix(b"\xef\xbb\xbf")
        rest = handle.read(_LONGEST_LINE)
    if not first.strip():
        raise DataError(f"{path} is empty: give a table of {what}")
    encoding = "utf-8" if _is_utf8(first + rest) else "latin-1"
    line = first.decode(encoding).rstrip("\r\n")
    is_double = "::" in line
    delimiter = "::" if is_double else _delimiter(line)
    fields = [field.strip().strip('"') for field in line.split(delimiter)]
    mark = _ONE_MARK if is_double else delimiter
    known = _unnamed(fields, delimiter, what)
    if known is not None:
        return TextForm(known, False, mark, is_double, encoding)
    if is_number(fields[0]):
        raise DataError(
            f"{path} has {len(fields)} columns without names: write names into its first line"
        )
    names = tuple(_without_type(field) for field in fields)
    return TextForm(names, True, mark, is_double, encoding)


def genres_of_flags(columns: dict[str, list[Any]]) -> dict[str, list[Any]]:
    """Turn the columns of 0 and 1 that MovieLens 100K has for genres into one of words."""
    if tuple(columns) != _ITEMS_OF_100K:
        return columns
    flags = zip(*(columns[name] for name in _GENRES_OF_100K), strict=True)
    words = [
        "|".join(name for name, flag in zip(_GENRES_OF_100K, row, strict=True) if str(flag) == "1")
        for row in flags
    ]
    return {"item": columns["item"], "title": columns["title"], "genres": words}


def _delimiter(line: str) -> str:
    return "\t" if "\t" in line else max((",", ";", "|"), key=line.count)


def _unnamed(fields: list[str], delimiter: str, what: str) -> tuple[str, ...] | None:
    """Return the columns of a file of a known kind that names none of them."""
    if not is_number(fields[0]):
        return None
    if what == "items":
        if delimiter == "::" and len(fields) == len(_UNNAMED_ITEMS):
            return _UNNAMED_ITEMS
        return _ITEMS_OF_100K if len(fields) == len(_ITEMS_OF_100K) else None
    numbers = all(is_number(field) for field in fields)
    return _UNNAMED_RATINGS[: len(fields)] if numbers and 2 <= len(fields) <= 4 else None


def _without_type(name: str) -> str:
    """Return a name without the type that RecBole writes behind it, as in ``user_id:token``."""
    bare, colon, kind = name.partition(":")
    known = ("token", "float", "token_seq", "float_seq")
    return bare if colon and kind in known else name


def _is_utf8(text: bytes) -> bool:
    try:
        text.decode("utf-8")
    except UnicodeDecodeError as fault:
        return fault.start > len(text) - 4 and fault.reason == "unexpected end of data"
    return True


class _OneMark(io.RawIOBase):
    """Reads a file with each pair of colons as one mark."""

    def __init__(self, plain: BinaryIO) -> None:
        self._plain, self._left = plain, b""

    def readable(self) -> bool:
        """Say yes."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill a buffer; a colon at the end waits for what follows."""
        found = self._left + self._plain.read(max(1, len(buffer) - len(self._left)))
        is_last = len(found) == len(self._left)
        keep = found.endswith(b":") and not found.endswith(_DOUBLE) and not is_last
        self._left = found[-1:] if keep else b""
        text = found[: len(found) - len(self._left)].replace(_DOUBLE, _ONE_MARK.encode())
        if not text and self._left:
            return self.readinto(buffer)
        buffer[: len(text)] = text
        return len(text)

    def close(self) -> None:
        """Close the file below."""
        self._plain.close()
        super().close()
