"""What the file of a recommender holds."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from embudo import container
from embudo.applications.recommend.models import load_recommender
from embudo.applications.recommend.sources import size_of
from embudo.recommenders.manifest import declared

_SHOWN = 5


@dataclass(frozen=True, kw_only=True)
class RecommenderFacts:
    """A recommender and what it learned from.

    Attributes
    ----------
    path : Path
    model : str
        Name of its class.
    parameters : dict
    ratings : str
        How many, in words.
    scale : tuple of float or None
        Levels of a rating; None for likes.
    popular : list of str
        Titles that most users have.
    size : int
        Bytes of the file.
    """

    path: Path
    model: str
    parameters: dict[str, Any]
    ratings: str
    scale: tuple[float, ...] | None
    popular: list[str]
    size: int


def is_recommender(path: Path) -> bool:
    """Say whether a readable file holds a recommender."""
    _, manifest = container.read(path)
    return isinstance(manifest, dict) and manifest.get("kind") == "recommender"


def recommender_facts(path: Path) -> RecommenderFacts:
    """Read a recommender and tell what it is.

    Raises
    ------
    EmbudoError
        If the file cannot be read.
    """
    model = load_recommender(path)
    ratings = model.ratings_
    best = np.argsort(-ratings.support, kind="stable")[:_SHOWN]
    return RecommenderFacts(
        path=path,
        model=type(model).__name__,
        parameters=declared(model),
        ratings=size_of(ratings),
        scale=ratings.scale,
        popular=[ratings.titles[code] for code in best],
        size=path.stat().st_size,
    )
