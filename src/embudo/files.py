"""Write a file so that it is either complete or was never there."""

import contextlib
import errno
import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from embudo.errors import EmbudoError, OutputError


def check_target(path: str | os.PathLike[str]) -> Path:
    """Make sure, before any work starts, that a file can be written there.

    Parameters
    ----------
    path : str or Path
        The file to be; if one exists, it will be replaced.

    Returns
    -------
    Path
        The same, with links followed.

    Raises
    ------
    OutputError
        If the folder is missing or may not be written, or something stands there that is no file.
    """
    target = _target(path)
    with explained(path):
        probe = _beside(target)
        _create(probe).close()
        probe.unlink()
    return target


def _target(path: str | os.PathLike[str]) -> Path:
    if "\0" in str(path):
        raise OutputError(f"{path}: cannot be written (null character); choose another name")
    with explained(path):
        target = Path(path).resolve()
        if target.is_dir():
            raise OutputError(f"{path}: cannot be written (it is a folder); name a file in it")
        if target.exists() and not target.is_file():  # a device would be replaced, not written to
            raise OutputError(f"{path}: cannot be written (it is no ordinary file); name another")
        if not target.parent.is_dir():
            raise OutputError(
                f"{path}: cannot be written ({os.strerror(errno.ENOENT)}); the folder "
                f"{target.parent} does not exist, make it first"
            )
    return target


@contextlib.contextmanager
def replacing(path: str | os.PathLike[str]) -> Iterator[BinaryIO]:
    """Open a temporary file that takes the place of ``path`` when everything is written.

    Until then, and after any exception, what stood there before is untouched.

    Parameters
    ----------
    path : str or Path

    Yields
    ------
    binary file

    Raises
    ------
    OutputError
        If it cannot be written, or the disk is full.
    """
    target = _target(path)
    temporary = _beside(target)
    with explained(path):
        handle = _create(temporary)
    try:
        with explained(path):
            yield handle
            handle.flush()
            os.fsync(handle.fileno())
            handle.close()
            os.replace(temporary, target)
            _sync_folder(target.parent)
    finally:
        with contextlib.suppress(OSError):
            handle.close()
        temporary.unlink(missing_ok=True)


def _beside(target: Path) -> Path:
    return target.with_name(f".{target.name[:200]}.{secrets.token_hex(4)}")


def _create(path: Path) -> BinaryIO:
    # Created anew, with the permissions that any new file of the user gets.
    return os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o666), "w+b")


def _sync_folder(folder: Path) -> None:
    with contextlib.suppress(OSError):  # not every system lets a folder be synced
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


@contextlib.contextmanager
def explained(path: str | os.PathLike[str]) -> Iterator[None]:
    """Turn what the system says of a failed write into an OutputError that names the file."""
    try:
        yield
    except EmbudoError:  # from the caller's own work, such as reading data
        raise
    except OSError as fault:
        reason = fault.strerror or fault
        raise OutputError(f"{path}: cannot be written ({reason}); choose another path") from None
