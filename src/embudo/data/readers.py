"""The door for data: a path or a name goes in, a `Source` comes out."""

import difflib
import itertools
from collections.abc import Callable
from pathlib import Path

from embudo.data import columns, folders, idx, npy, npz, parquet, pictures, tables
from embudo.data.binarize import binarized
from embudo.data.datasets import DATASETS
from embudo.data.faults import reading
from embudo.data.source import Source
from embudo.errors import DataError, UnknownDataError

__all__ = ["Source", "binarized", "open_source"]

_BY_SUFFIX: dict[str, Callable[[Path], Source]] = {
    ".csv": tables.open_csv,
    ".tsv": lambda path: tables.open_csv(path, "\t"),
    ".parquet": parquet.open_parquet,
    ".pq": parquet.open_parquet,
    ".npy": npy.open_npy,
    ".npz": npz.open_npz,
    ".txt": columns.open_columns,
    ".data": columns.open_columns,
}
_BY_BEGINNING: dict[bytes, Callable[[Path], Source]] = {
    b"\x93NUMPY": npy.open_npy,
    b"PK\x03\x04": npz.open_npz,
    b"PAR1": parquet.open_parquet,
}
_NEIGHBOURS = 1000  # files beside a missing one that are looked at for a similar name


def open_source(
    data: str | Path,
    *,
    data_dir: str | Path | None = None,
    image_size: tuple[int, int] | None = None,
) -> Source:
    """Open a file, a folder of pictures or a data set.

    Parameters
    ----------
    data : str or Path
        A data-set name (see `embudo.data.datasets.DATASETS`; a file that has such a name is
        reached as ``./name``), or a path to

        - ``.csv``, ``.tsv``, ``.txt``, ``.data``, each also with ``.gz``;
        - ``.parquet``, ``.npy``, ``.npz`` or, for one of several arrays, ``file.npz:key``;
        - an IDX file, plain or gzip'd, known by its first bytes whatever its name;
        - a folder of pictures.
    data_dir : str or Path, optional
        Folder in which data sets are looked for before they are fetched; the environment
        variable EMBUDO_DATA names another.
    image_size : tuple of int, optional
        (height, width) for a folder of pictures.

    Returns
    -------
    Source

    Raises
    ------
    UnknownDataError
        If there is neither such a file nor such a data set, or it could not be fetched.
    DataError
        If the data cannot be read; the message says where they fail.
    MissingExtraError
        If csv or parquet is asked for without pyarrow.
    """
    if isinstance(data, str) and data in DATASETS:
        return DATASETS[data].load(None if data_dir is None else Path(data_dir))
    path, key = split_key(data)
    if _exists(path, Path.is_dir):
        return folders.open_folder(path, image_size)
    if not _exists(path, Path.exists):
        raise _unknown(str(data), path)
    if not _exists(path, Path.is_file):
        raise DataError(f"{path} is neither a file nor a folder: give one of these")
    return npz.open_npz(path, key) if key is not None else _open_file(path)


def split_key(data: str | Path) -> tuple[Path, str | None]:
    """Tell the archive from the key in ``file.npz:key``; the colon of a drive is no such colon."""
    text = str(data)
    archive, colon, key = text.rpartition(":")
    if colon and archive.lower().endswith(".npz") and not _exists(Path(text), Path.exists):
        return Path(archive), key
    return Path(text), None


def _exists(path: Path, test: Callable[[Path], bool]) -> bool:
    try:
        return test(path)
    except (OSError, ValueError):  # a name too long, a NUL in it, a folder that may not be read
        return False


def _open_file(path: Path) -> Source:
    suffixes = [suffix.lower() for suffix in path.suffixes[-2:]]
    if suffixes and suffixes[-1] == ".gz":
        suffixes.pop()
        known = {".csv", ".tsv", ".txt", ".data"}.intersection(suffixes[-1:])
    else:
        known = set(suffixes[-1:])
    for suffix in known & _BY_SUFFIX.keys():
        return _BY_SUFFIX[suffix](path)
    return _open_by_beginning(path)


def _open_by_beginning(path: Path) -> Source:
    with reading(path, "data"), idx.open_plain(path) as handle:
        head = handle.read(8)
    if idx.is_idx(head):
        return idx.open_idx(path)
    for beginning, opener in _BY_BEGINNING.items():
        if head.startswith(beginning) and not idx.is_gzip(path):
            return opener(path)
    if path.suffix.lower() in pictures.SUFFIXES:
        raise DataError(f"{path} is a single picture: give the folder that holds it")
    known = ", ".join(_BY_SUFFIX)
    raise DataError(
        f"{path} is of no kind that embudo reads: "
        f"give it one of the endings {known}, an IDX file, or a folder of pictures"
    )


def _unknown(data: str, path: Path) -> UnknownDataError:
    beside = [str(path.parent / name) for name in _neighbours(path.parent)]
    close = difflib.get_close_matches(data, [*DATASETS, *beside], 1)
    hint = f"did you mean {close[0]}? " if close else ""
    names = ", ".join(DATASETS)
    return UnknownDataError(f"{data} is neither a file nor a data set: {hint}data sets are {names}")


def _neighbours(folder: Path) -> list[str]:
    try:
        return [entry.name for entry in itertools.islice(folder.iterdir(), _NEIGHBOURS)]
    except (OSError, ValueError):
        return []
