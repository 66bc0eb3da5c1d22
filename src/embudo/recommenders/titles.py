"""Items as people call them: a title without its year, without its article, or the start of it."""

import difflib
import re
from typing import NamedTuple

from embudo.data.ids import UNKNOWN
from embudo.data.ratings import Ratings

_YEAR = re.compile(r"\s*\(\d{4}\)\s*$")
_ARTICLE = re.compile(r"^(the|a|an|la|le|el|der|die|das)\s+|,\s*(the|a|an|la|le|el|der|die|das)$")
_MARKS = re.compile(r"[^\w\s]|_")


class Found(NamedTuple):
    """The code of an item, or UNKNOWN, and the titles that are meant perhaps."""

    code: int
    close: list[str]


def find_item(ratings: Ratings, words: str, most: int = 5) -> Found:
    """Look for an item by its id, its title, or words that only one title begins with or has.

    Case, marks, a year at the end and an article do not count where they make no difference.
    """
    code = ratings.items.code(words)
    if code != UNKNOWN:
        return Found(code, [])
    for alike in (str, str.lower, plain, _bare):
        wanted = alike(words)
        same = [code for code, title in enumerate(ratings.titles) if alike(title) == wanted]
        if len(same) == 1:
            return Found(same[0], [])
        if same:
            return Found(UNKNOWN, [ratings.titles[code] for code in same][:most])
    close = titles_like(ratings, words, most)
    sure = [title for title in ratings.titles if plain(words) in plain(title)]
    if len(sure) == 1 and plain(words):
        return Found(ratings.titles.index(sure[0]), [])
    return Found(UNKNOWN, close)


def titles_like(ratings: Ratings, words: str, most: int) -> list[str]:
    """Return the titles that are most like some words, best first."""
    asked = words.lower()
    by_lower = {title.lower(): title for title in reversed(ratings.titles)}
    beginning = sorted((t for t in by_lower if t.startswith(asked)), key=len)
    within = sorted((t for t in by_lower if asked in t), key=len)
    bare = {_bare(title): title for title in by_lower}
    close = difflib.get_close_matches(asked, by_lower, most, cutoff=0.6)
    misspelt = [bare[one] for one in difflib.get_close_matches(_bare(words), bare, most, 0.75)]
    found = list(dict.fromkeys([*beginning, *within, *misspelt, *close]))[:most]
    return [by_lower[title] for title in found]


def plain(title: str) -> str:
    """Return a title in small letters, without marks and with single spaces."""
    return " ".join(_MARKS.sub(" ", title.lower()).split())


def _bare(title: str) -> str:
    """Return it without its year and its article too."""
    return plain(_ARTICLE.sub("", _YEAR.sub("", title.lower())))
