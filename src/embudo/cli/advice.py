"""What to try next, as commands that can be typed."""

import shlex
from pathlib import Path

from embudo.data.images import guess_image_shape


def shell(*words: object) -> str:
    """Return a command of embudo, with every word quoted that needs it."""
    return shlex.join(["embudo", *map(str, words)])


def sampling(model: Path, n_features: int, *, named: bool = False) -> str:
    """Return the command that draws rows: as a picture where a row looks like one."""
    pictured = not named and guess_image_shape(n_features) is not None
    return shell("sample", model, "-n", 64, "-o", f"samples.{'png' if pictured else 'csv'}")
