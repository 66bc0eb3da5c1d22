"""Recommenders by name, with parameters, and from files."""

import difflib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from embudo.applications.able import load_able
from embudo.declarations.parameters import check_parameters, parameters
from embudo.errors import ParameterError
from embudo.recommenders import recommender_class
from embudo.recommenders.base import Recommender
from embudo.training.events import Callback


def new_recommender(
    name: str, chosen: Mapping[str, Any], callbacks: Sequence[Callback] = ()
) -> Recommender:
    """Return a recommender that has learned nothing.

    Raises
    ------
    ParameterError
        If there is no such model, it has no parameter of a name, or a value is outside its limits.
    """
    cls = recommender_class(name)
    names = [parameter.name for parameter in parameters(cls)]
    settable = [each for each in names if each != "callbacks"]
    for given in chosen:
        if given not in settable:
            close = difflib.get_close_matches(given, settable, 1)
            hint = f"did you mean {close[0]}?" if close else f"choose from {', '.join(settable)}"
            raise ParameterError(f"{name} has no parameter {given!r}: {hint}")
    listening = {"callbacks": tuple(callbacks)} if "callbacks" in names else {}
    model = cls(**{**chosen, **listening})
    check_parameters(model)
    return model


def load_recommender(path: Path) -> Recommender:
    """Return the recommender that a file holds.

    Raises
    ------
    EmbudoError
        If it holds something else, or cannot be read.
    """
    model: Recommender = load_able(path, "recommend")
    return model
