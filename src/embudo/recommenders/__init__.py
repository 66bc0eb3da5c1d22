"""Recommenders: one declaration per model, asked by user, by history or by item.

``RECOMMENDERS`` is the one list of them. Command line, model files, tests and docs go by it.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from embudo.errors import ParameterError

if TYPE_CHECKING:
    from embudo.data.catalogue import Catalogue
    from embudo.data.rating_files import RatingFile, read_ratings
    from embudo.data.ratings import Ratings
    from embudo.recommenders.autorec import AutoRec
    from embudo.recommenders.base import Recommender
    from embudo.recommenders.content import ContentRecommender
    from embudo.recommenders.ease import EASE
    from embudo.recommenders.elsa import ELSA
    from embudo.recommenders.evaluation import evaluate
    from embudo.recommenders.hybrid import HybridRecommender
    from embudo.recommenders.multinomial import MultDAE, MultVAE
    from embudo.recommenders.popularity import Popularity
    from embudo.recommenders.rbm import RBMRecommender

RECOMMENDERS: dict[str, str] = {
    "popularity": "embudo.recommenders.popularity:Popularity",
    "rbm": "embudo.recommenders.rbm:RBMRecommender",
    "autorec": "embudo.recommenders.autorec:AutoRec",
    "dae": "embudo.recommenders.multinomial:MultDAE",
    "vae": "embudo.recommenders.multinomial:MultVAE",
    "ease": "embudo.recommenders.ease:EASE",
    "elsa": "embudo.recommenders.elsa:ELSA",
    "content": "embudo.recommenders.content:ContentRecommender",
    "hybrid": "embudo.recommenders.hybrid:HybridRecommender",
}
"""Every model's short name, and where its class is; classes are imported when asked for."""

_HOMES = {
    **{place.partition(":")[2]: place.partition(":")[0] for place in RECOMMENDERS.values()},
    "Catalogue": "embudo.data.catalogue",
    "RatingFile": "embudo.data.rating_files",
    "Ratings": "embudo.data.ratings",
    "Recommender": "embudo.recommenders.base",
    "evaluate": "embudo.recommenders.evaluation",
    "read_ratings": "embudo.data.rating_files",
}

__all__ = [
    "EASE",
    "ELSA",
    "RECOMMENDERS",
    "AutoRec",
    "Catalogue",
    "ContentRecommender",
    "HybridRecommender",
    "MultDAE",
    "MultVAE",
    "Popularity",
    "RBMRecommender",
    "RatingFile",
    "Ratings",
    "Recommender",
    "evaluate",
    "read_ratings",
    "recommender_class",
]


def recommender_class(name: str) -> "type[Recommender]":
    """Return the class of recommenders with a short name.

    Raises
    ------
    ParameterError
        If there is none.
    """
    if name not in RECOMMENDERS:
        known = ", ".join(RECOMMENDERS)
        raise ParameterError(f"there is no recommender {name!r}; choose from {known}")
    module, _, attribute = RECOMMENDERS[name].partition(":")
    cls: type[Recommender] = getattr(import_module(module), attribute)
    return cls


def __getattr__(name: str) -> Any:
    """Import a public name when it is first asked for."""
    if name not in _HOMES:
        raise AttributeError(f"module 'embudo.recommenders' has no attribute {name!r}")
    value = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
