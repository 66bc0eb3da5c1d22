"""Which verbs a saved model has, and a clear word where it lacks one."""

from pathlib import Path
from typing import Any

from embudo.errors import ParameterError
from embudo.storage import load

_COMMANDS = {
    "transform": ("transform",),
    "reconstruct": ("reconstruct",),
    "impute": ("impute",),
    "sample": ("sample",),
    "score_columns": ("score",),
    "log_partition": ("likelihood",),
    "log_likelihood": ("likelihood",),
    "predict": ("predict",),
    "diagnose": ("inspect --diagnose",),
    "inverse_transform": ("export", "interpolate"),
    "recommend": ("recommend",),
}
"""By method of a model, the commands that call it."""


def load_able(path: Path, *verbs: str) -> Any:
    """Return the model that a file holds, which has one of these methods at least.

    Raises
    ------
    ParameterError
        If it is of a kind that has none of them; the message names the commands that it takes.
    """
    model: Any = load(path)
    recommends = hasattr(model, "recommend")  # its predict takes users and items, not rows
    if any(hasattr(model, verb) for verb in verbs) and recommends == ("recommend" in verbs):
        return model
    able = ("recommend",) if recommends else _COMMANDS
    has = [method for method in able if hasattr(model, method)]
    others = dict.fromkeys(command for method in has for command in _COMMANDS[method])
    raise ParameterError(
        f"{path} holds a {type(model).__name__}, which has no "
        f"{' or '.join(_COMMANDS[verbs[0]])}: it takes "
        f"{', '.join(others)}"
    )
