"""Which models there are."""

import inspect
from dataclasses import dataclass

from embudo.estimators import MODELS, model_class


@dataclass(frozen=True)
class ModelFacts:
    """A model's short name, the name of its class, and what it is in one line."""

    name: str
    class_name: str
    summary: str


def models() -> tuple[ModelFacts, ...]:
    """Return what is known of every model, in the order of the list of models."""
    return tuple(_facts(name) for name in MODELS)


def _facts(name: str) -> ModelFacts:
    cls = model_class(name)
    summary = (inspect.getdoc(cls) or "").partition("\n")[0].rstrip(".")
    return ModelFacts(name, cls.__name__, summary)
