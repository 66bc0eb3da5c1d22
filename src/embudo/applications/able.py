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
    "predict": "predict",
    "diagnose": "inspect --diagnose",
    "inverse_transform": "export",
}
"""By method of a model, the command that calls it."""


def load_able(path: Path, verb: str) -> Any:
    """Return the model that a file holds.

    Raises
    ------
    ParameterError
        If it is of a kind that has no such verb; the message names those that it has.
    """
    model: Any = load(path)
    if hasattr(model, verb):
        return model
    others = [command for method, command in _COMMANDS.items() if hasattr(model, method)]
    raise ParameterError(
        f"{path} holds a {type(model).__name__}, which has no {_COMMANDS[verb]}: it takes "
        f"{', '.join(others)}"
    )
