"""MovieLens, the small release of September 2018: a matrix of ratings, or its files."""

import csv
import hashlib
import os
import zipfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from embudo.data.faults import reading
from embudo.data.fetch import cache_folder, fetched, local_folders
from embudo.data.source import Matrix, Source, array_source
from embudo.errors import DataError, UnknownDataError

_FOLDER = "ml-latest-small"
_URL = "https://files.grouplens.org/datasets/movielens/ml-latest-small.zip"
_ARCHIVE = "sha256:696d65a3dfceac7c45750ad32df2c259311949efec81f0f144fdfb91ebc9e436"
_CONTENTS = {
    "ratings.csv": "aa289ca83157595d0df6aea1be6a4ded676ddc4385472e8313a8ed9805352646",
    "movies.csv": "5a5f32dd9bb3797b8e728a1b98958789d2b13f294a69fdfbc5727f8a9611aa07",
    "tags.csv": "92a9f8bb7916dceef6151209845788c3643f794dfa79d1feaec7121b5960399d",
    "links.csv": "97ad18e4e56a09363c65676b6cb3482ce3e2cea2372a24620c1599c843325f31",
    "README.txt": "63d22ac138e80fae37021797ed8e1b9424b5239dc576a137422adf783ae3f404",
}
_BY_HAND = f"place the folder {_FOLDER} below a folder named by --data-dir or EMBUDO_DATA"
_LARGEST_FILE = 2**24


@dataclass(frozen=True)
class MovieLensFiles:
    """Paths of the four tables, each verified against its SHA-256."""

    ratings: Path
    movies: Path
    tags: Path
    links: Path


def movielens_files(data_dir: Path | None = None) -> MovieLensFiles:
    """Find the tables in a data folder, or fetch them once.

    Parameters
    ----------
    data_dir : Path, optional
        Folder that holds ``ml-latest-small``; EMBUDO_DATA names another.

    Raises
    ------
    DataError
        If a file is not the original.
    UnknownDataError
        If nothing is found and nothing can be fetched.
    """
    for folder in local_folders(data_dir):
        if (folder / _FOLDER / "ratings.csv").is_file():
            return _verified(folder / _FOLDER)
    folder = cache_folder() / _FOLDER
    if not all((folder / name).is_file() for name in _CONTENTS):
        _extract(fetched(_URL, _ARCHIVE, f"{_FOLDER}.zip", _BY_HAND), folder)
    return _verified(folder)


def load_movielens(data_dir: Path | None = None) -> Source:
    """Load the ratings as a matrix of users and films.

    Returns
    -------
    Source
        610 rows in order of the user's id, one column for each of the 9,724 films with a rating,
        in order of the film's id. Stars 0.5 to 5 are brought to [0, 1] by (stars - 0.5) / 4.5;
        missing ratings are NaN. Two films of one title carry their ids in brackets.
    """
    files = movielens_files(data_dir)
    ratings = list(_rows(files.ratings))
    users = {user: i for i, user in enumerate(sorted({int(row[0]) for row in ratings}))}
    films = {film: i for i, film in enumerate(sorted({int(row[1]) for row in ratings}))}
    matrix: Matrix = np.full((len(users), len(films)), np.nan, np.float32)
    for user, film, stars, _ in ratings:
        matrix[users[int(user)], films[int(film)]] = (float(stars) - 0.5) / 4.5
    titles = {int(row[0]): row[1] for row in _rows(files.movies)}
    columns = tuple(_unique({film: titles[film] for film in films}))
    return array_source("movielens-small", matrix, columns=columns)


def _unique(titles: dict[int, str]) -> Iterator[str]:
    count = Counter(titles.values())
    for film, title in titles.items():
        yield title if count[title] == 1 else f"{title} [{film}]"


def _rows(path: Path) -> Iterator[list[str]]:
    with path.open(encoding="utf-8", newline="") as handle:
        reader = csv.reader(handle)
        next(reader)
        yield from reader


def _verified(folder: Path) -> MovieLensFiles:
    names = [name for name in _CONTENTS if name.endswith(".csv")]
    for name in names:
        with reading(folder / name, "a table of MovieLens"):
            _check(folder / name, (folder / name).read_bytes())
    return MovieLensFiles(*(folder / name for name in names))


def _check(path: Path, content: bytes) -> None:
    if hashlib.sha256(content).hexdigest() != _CONTENTS[path.name]:
        raise DataError(
            f"{path} is not the file of September 2018 (its SHA-256 differs from "
            f"{_CONTENTS[path.name]}): remove it, so that the original is fetched"
        )


def _extract(archive: Path, folder: Path) -> None:
    with reading(archive, "a zip archive"), zipfile.ZipFile(archive) as unzipped:
        for name in _CONTENTS:  # names are ours, so none can lead out of the folder
            with unzipped.open(f"{_FOLDER}/{name}") as member:
                content = member.read(_LARGEST_FILE)
            _check(folder / name, content)
            _keep(folder / name, content)


def _keep(path: Path, content: bytes) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_name(f".{path.name}.{os.getpid()}")
        temporary.write_bytes(content)
        temporary.replace(path)
    except OSError as fault:
        raise UnknownDataError(f"{path} could not be kept ({fault.strerror}): {_BY_HAND}") from None
