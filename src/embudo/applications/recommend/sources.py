"""Ratings by a path, a folder or the name of a data set."""

from dataclasses import dataclass, replace
from pathlib import Path

from embudo.applications.listener import Listener
from embudo.data.movielens import movielens_files
from embudo.data.rating_files import RatingFile, read_ratings
from embudo.data.ratings import Ratings
from embudo.errors import UnknownDataError

_DATA_SETS = ("movielens-small",)
_IN_FOLDERS = ("ratings.csv", "ratings.dat", "u.data", "ratings.parquet", "*.inter")


@dataclass(frozen=True, kw_only=True)
class RatingsRequest:
    """Where ratings are.

    Parameters
    ----------
    data : str
        A file, a folder that holds one of a usual name, or "movielens-small".
    file : RatingFile
        Items, names of columns and the rest; its path is the one of ``data``.
    data_dir : Path, optional
        Where the data set lies.
    """

    data: str
    file: RatingFile
    data_dir: Path | None = None

    def read(self, listener: Listener) -> Ratings:
        """Read them, and say what was decided.

        Raises
        ------
        EmbudoError
            If there is no such thing, or it cannot be used.
        """
        ratings, notes = read_ratings(self._located())
        for note in notes:
            listener.note(note)
        return ratings

    def _located(self) -> RatingFile:
        if self.data in _DATA_SETS and not Path(self.data).exists():
            files = movielens_files(self.data_dir)
            return replace(self.file, path=files.ratings, items=self.file.items or files.movies)
        path = Path(self.data)
        if path.is_dir():
            return replace(self.file, path=_in_folder(path))
        if not path.is_file():
            raise UnknownDataError(
                f"{self.data} is neither a file, a folder nor a data set: give a table of "
                f"ratings, such as ratings.csv, or {' or '.join(_DATA_SETS)}"
            )
        return replace(self.file, path=path)


def size_of(ratings: Ratings) -> str:
    """Say how many ratings there are, of how many users and items."""
    n, users, items = len(ratings), len(ratings.users), len(ratings.items)
    what = "likes" if ratings.is_implicit else "ratings"
    share = n / max(users * items, 1)
    return f"{n:,} {what} of {items:,} items by {users:,} users ({share:.2%} of all pairs)"


def _in_folder(folder: Path) -> Path:
    for name in _IN_FOLDERS:
        found = sorted(folder.glob(name))
        if found:
            return found[0]
    raise UnknownDataError(
        f"{folder} holds no ratings under a usual name ({', '.join(_IN_FOLDERS)}): give the file"
    )
