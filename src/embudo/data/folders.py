"""Read a folder of pictures as rows of pixels."""

import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from embudo.data.pictures import SUFFIXES, Header, decode, read_header
from embudo.data.source import ImageShape, Matrix, Source
from embudo.errors import DataError, ParameterError


def open_folder(path: Path, image_size: tuple[int, int] | None = None) -> Source:
    """Open all pictures below a folder, in the order of their names.

    Every picture is decoded once to learn whether it can be; those that cannot are left out and
    named in ``skipped``. All are brought to one size, in grey if all are grey, else in colour.

    Parameters
    ----------
    path : Path
    image_size : tuple of int, optional
        (height, width); by default the most frequent size in the folder.

    Raises
    ------
    DataError
        If no picture can be read.
    ParameterError
        If ``image_size`` is not two positive numbers.
    """
    if image_size is not None and (len(image_size) != 2 or min(image_size) < 1):
        raise ParameterError(f"image_size={image_size!r} is not (height, width) in pixels")
    candidates = list(pictures_below(path))
    headers, skipped = _readable(path, candidates)
    if not headers:
        raise _nothing(path, candidates, skipped)
    size = image_size or _most_frequent([header.size for header in headers.values()])
    grey = all(header.grey for header in headers.values())
    resized = sum(header.size != size for header in headers.values())
    shape: ImageShape = size if grey else (*size, 3)
    return Source(
        name=str(path),
        n_features=int(np.prod(shape)),
        stream=lambda rows: _blocks(list(headers), size, grey, rows),
        known_rows=len(headers),
        image_shape=shape,
        files=tuple(file.relative_to(path).as_posix() for file in headers),
        skipped=tuple(skipped),
        note=_note(resized, len(headers), size),
    )


def pictures_below(folder: Path) -> Iterator[Path]:
    """Yield the files below a folder that are pictures by their names, in the order of these."""
    for root, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(files):
            if Path(name).suffix.lower() in SUFFIXES and not name.startswith("."):
                yield Path(root, name)


def _readable(folder: Path, paths: list[Path]) -> tuple[dict[Path, Header], list[str]]:
    headers, skipped = {}, []
    for path in paths:
        try:
            header = read_header(path)
            decode(path, header.size, header.grey)
        except DataError as fault:
            skipped.append(str(fault).replace(str(path), str(path.relative_to(folder)), 1))
        else:
            headers[path] = header
    return headers, skipped


def _most_frequent(sizes: list[tuple[int, int]]) -> tuple[int, int]:
    return Counter(sizes).most_common(1)[0][0]


def _note(resized: int, total: int, size: tuple[int, int]) -> str:
    if not resized:
        return ""
    return f"{resized} of {total} pictures were resized to {size[0]} x {size[1]} (height x width)."


def _nothing(folder: Path, candidates: list[Path], skipped: list[str]) -> DataError:
    if not candidates:
        known = ", ".join(sorted(suffix[1:] for suffix in SUFFIXES))
        return DataError(f"the folder {folder} holds no picture: put files of these kinds: {known}")
    return DataError(
        f"none of the {len(candidates)} pictures in the folder {folder} can be read "
        f"(the first: {skipped[0]}): check that they are complete"
    )


def _blocks(paths: list[Path], size: tuple[int, int], grey: bool, rows: int) -> Iterator[Matrix]:
    for start in range(0, len(paths), rows):
        pictures = [decode(path, size, grey) for path in paths[start : start + rows]]
        yield np.stack(pictures).reshape(len(pictures), -1)
