"""Which verbs a saved model has, and a clear word where it lacks one."""

from pathlib import Path
from typing import Any

from embudo.errors import ParameterError
from embudo.storage import load

_COMMANDS = {
    "transform": "transform",
    "reconstruct": "reconstruct",
    "impute": "impute",
    "sample": "sample",
    "score_columns": "score",
    "log_partition": "likelihood",
    "log_likelihood": "likelihood",
    "predict": "predict",
    "diagnose": "inspect --diagnose",
    "inverse_transform": "interpolate",
    "recommend": "recommend",
}
"""By method of a model, the command that calls it."""


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
    able = {"recommend": "recommend"} if recommends else _COMMANDS
    others = {command: None for method, command in able.items() if hasattr(model, method)}
    raise ParameterError(
        f"{path} holds a {type(model).__name__}, which has no {_COMMANDS[verbs[0]]}: it takes "
        f"{', '.join(others)}"
    )
