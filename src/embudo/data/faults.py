"""Turn what a foreign parser throws at damaged files into embudo's own error."""

import contextlib
import gzip
import struct
import tokenize
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

from embudo.errors import DataError, EmbudoError

# What the standard library and numpy raise on damaged or hostile files.
_FAULTS = (
    OSError,
    EOFError,
    ValueError,
    TypeError,
    KeyError,
    IndexError,
    SyntaxError,
    ArithmeticError,
    MemoryError,
    RuntimeError,
    struct.error,
    tokenize.TokenError,
    zlib.error,
    zipfile.BadZipFile,
    gzip.BadGzipFile,
)


@contextlib.contextmanager
def reading(path: Path, kind: str, *also: type[Exception]) -> Iterator[None]:
    """Raise `DataError` for any fault of a parser that runs inside.

    Parameters
    ----------
    path : Path
        The file, as the message calls it.
    kind : str
        What it was taken for, such as "a parquet table".
    *also : type of Exception
        Errors of the parser beyond those of Python and numpy.
    """
    faults: tuple[type[Exception], ...] = (*_FAULTS, *also)
    try:
        yield
    except EmbudoError:
        raise
    except faults as fault:
        raise DataError(
            f"{path} cannot be read as {kind} ({_first_line(fault)}): "
            f"check that it is complete and what its name says it is"
        ) from None


def _first_line(fault: BaseException) -> str:
    if isinstance(fault, OSError) and fault.strerror:
        return fault.strerror
    lines = str(fault).strip().splitlines()
    return lines[0][:200] if lines else type(fault).__name__
