"""Pictures that a model changes, one after the other, written back under their names."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from embudo.applications.listener import Listener
from embudo.applications.sources import listed
from embudo.data.folders import pictures_below
from embudo.data.pictures import SUFFIXES
from embudo.data.repaint import Painting
from embudo.errors import DataError, OutputError, ParameterError
from embudo.files import check_target

Repaint = Callable[[Painting], Painting]


@dataclass(frozen=True)
class Gallery:
    """Pictures to change, each with the place it goes to.

    Parameters
    ----------
    places : list of (Path, Path)
        From where to where.
    skipped : list of str
        Files that could not be used, each with its reason; filled as the pictures are read.
    """

    places: list[tuple[Path, Path]]
    skipped: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, data: str, out: Path) -> "Gallery | None":
        """Return the pictures of a folder, or a single one; None if the data are neither.

        Raises
        ------
        DataError
            If a folder holds no picture.
        ParameterError
            If pictures would replace those that they are made of.
        OutputError
            If nothing can be written there.
        """
        path = Path(data)
        if path.is_dir():
            return cls(_into_folder(path, out))
        if path.is_file() and path.suffix.lower() in SUFFIXES:
            return cls([(path, _into_file(path, out))])
        return None

    def repaint(self, repaint: Repaint, listener: Listener) -> Iterator[tuple[Painting, Painting]]:
        """Change every picture, write it, and yield it as it was and as it became.

        Raises
        ------
        DataError
            If none can be read.
        """
        done = 0
        for number, (source, target) in enumerate(self.places, start=1):
            try:
                before = Painting.read(source)
            except DataError as fault:
                self.skipped.append(str(fault))
                continue
            after = repaint(before)
            target.parent.mkdir(parents=True, exist_ok=True)
            after.write(target)
            done += 1
            listener.rows(number, len(self.places))
            yield before, after
        if self.skipped:
            listener.note(f"left out what could not be read: {listed(self.skipped)}")
        if not done:
            raise DataError(f"no picture could be read (the first: {self.skipped[0]})")


def _into_folder(folder: Path, out: Path) -> list[tuple[Path, Path]]:
    if out.resolve() == folder.resolve():
        raise ParameterError(f"{out} would replace the pictures it is made of: name another folder")
    if out.suffix.lower() in SUFFIXES or out.is_file():
        raise ParameterError(f"{folder} is a folder of pictures: name a folder for them, not {out}")
    found = [path for path in pictures_below(folder) if out.resolve() not in path.resolve().parents]
    if not found:
        raise DataError(f"the folder {folder} holds no picture")
    try:
        out.mkdir(exist_ok=True)
    except OSError as fault:
        raise OutputError(f"{out} cannot be made ({fault.strerror}): name another folder") from None
    return [(path, out / path.relative_to(folder)) for path in found]


def _into_file(path: Path, out: Path) -> Path:
    target = out / path.name if out.is_dir() else out
    if target.suffix.lower() not in SUFFIXES:
        raise ParameterError(f"{path} is a picture: give {out} the ending of one, such as .png")
    if target.resolve() == path.resolve():
        raise ParameterError(f"{target} would replace the picture it is made of: name another file")
    check_target(target)
    return target
