"""Find data sets in a folder, or fetch them once and keep them."""

import logging
import os
from collections.abc import Iterator
from pathlib import Path

from embudo.errors import DataError, UnknownDataError

_TIMEOUT = 30  # seconds without an answer


def local_folders(data_dir: Path | None) -> Iterator[Path]:
    """Yield the folders where the user keeps data: ``data_dir``, then EMBUDO_DATA.

    Raises
    ------
    UnknownDataError
        If ``data_dir`` is given but is no folder.
    """
    if data_dir is not None:
        if not data_dir.is_dir():
            raise UnknownDataError(f"the data folder {data_dir} does not exist: check its path")
        yield data_dir
    if variable := os.environ.get("EMBUDO_DATA"):
        yield Path(variable)


def cache_folder() -> Path:
    """Return the folder for fetched data: EMBUDO_CACHE, or the user's cache."""
    import pooch  # type: ignore[import-untyped]

    return Path(os.environ.get("EMBUDO_CACHE") or pooch.os_cache("embudo"))


def fetched(url: str, checksum: str, name: str, by_hand: str) -> Path:
    """Return a file of the cache, after fetching it if it is not there.

    Parameters
    ----------
    url : str
    checksum : str
        As pooch writes it: "sha256:..." or "md5:...".
    name : str
        Name in the cache.
    by_hand : str
        What a user without a network can do, as the end of a sentence.

    Raises
    ------
    UnknownDataError
        If the file cannot be fetched or kept.
    DataError
        If what came is not the file that was asked for.
    """
    import pooch

    log = pooch.get_logger()
    level = log.level
    log.setLevel(logging.WARNING)  # otherwise it tells of every download on the terminal
    try:
        downloader = pooch.HTTPDownloader(timeout=_TIMEOUT)
        path = pooch.retrieve(url, checksum, name, cache_folder(), downloader=downloader)
    except OSError as fault:  # requests' errors are OSErrors
        reason = type(fault).__name__
        raise UnknownDataError(f"{url} could not be fetched ({reason}): {by_hand}") from None
    except ValueError:
        raise DataError(f"{url} no longer gives the file with {checksum}: {by_hand}") from None
    finally:
        log.setLevel(level)
    return Path(path)
