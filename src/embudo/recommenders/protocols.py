"""The ways to hold something out, and what each of them asks."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from embudo.data.ids import UNKNOWN
from embudo.data.rating_splits import (
    drawn_by_user,
    drawn_codes,
    latest,
    rating_folds,
    with_active_users,
)
from embudo.data.ratings import Ratings
from embudo.errors import DataError
from embudo.recommenders.trials import RankingTrial, RatingTrial, Trial

_HELD_OF_STRANGERS = 0.2


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What all protocols go by.

    Attributes
    ----------
    n : int
        Places of a list.
    threshold : float
        The rating from which an item counts as liked.
    share : float
        Of what is held out.
    n_folds : int
    least : int
        Items that a user has to like to take part.
    seed : int
    """

    n: int
    threshold: float
    share: float
    n_folds: int
    least: int
    seed: int


class Plan(NamedTuple):
    """Trials, and in words what they are."""

    trials: Sequence[Trial]
    words: str


class Protocol(NamedTuple):
    """How to hold something out."""

    plan: Callable[[Ratings, Settings], Plan]
    share: float
    headline: str
    question: str


def _rating(ratings: Ratings, how: Settings) -> Plan:
    if ratings.is_implicit:
        raise DataError("there are no ratings to predict: choose the protocol weak or strong")
    n = len(ratings)
    folds = rating_folds(ratings, how.n_folds, how.seed)
    trials = [
        RatingTrial(ratings.select(np.setdiff1d(np.arange(n), fold)), ratings.select(np.sort(fold)))
        for fold in folds
    ]
    return Plan(trials, f"{n:,} ratings, each held out once, in {how.n_folds} folds")


def _weak(ratings: Ratings, how: Settings) -> Plan:
    ratings, likes = _active(ratings, how)
    held = np.zeros(len(ratings), bool)
    held[likes[drawn_by_user(ratings.user[likes], how.share, how.seed)]] = True
    trial = _ranking(ratings, ~held, held, how)
    return _plan(trial, f"{how.share:.0%} of each user's likes, {held.sum():,} in all", ratings)


def _strong(ratings: Ratings, how: Settings) -> Plan:
    ratings, likes = _active(ratings, how)
    n_users = len(ratings.users)
    strangers = drawn_codes(n_users, max(1, round(how.share * n_users)), how.seed)
    is_strange = np.isin(ratings.user, strangers)
    likes = likes[is_strange[likes]]
    held = np.zeros(len(ratings), bool)
    held[likes[drawn_by_user(ratings.user[likes], _HELD_OF_STRANGERS, how.seed + 2)]] = True
    known = _ranking(ratings, ~held, held, how)
    trial = replace(
        known,
        learned=ratings.select(np.flatnonzero(~is_strange)),
        users=np.full(len(strangers), UNKNOWN),
    )
    words = (
        f"{_HELD_OF_STRANGERS:.0%} of the likes, {held.sum():,} in all, of {len(strangers):,} "
        "users whom no model learned from"
    )
    return _plan(trial, words, ratings)


def _cold(ratings: Ratings, how: Settings) -> Plan:
    ratings, likes = _active(ratings, how)
    n_items = len(ratings.items)
    items = drawn_codes(n_items, max(1, int(how.share * n_items)), how.seed)
    is_cold = np.isin(ratings.item, items)
    held = np.zeros(len(ratings), bool)
    held[likes] = is_cold[likes]
    trial = replace(_ranking(ratings, ~is_cold, held, how), candidates=items, seed=how.seed)
    words = (
        f"all ratings of {len(items):,} items, {held.sum():,} likes among them; these items alone "
        "are ranked, at random by a model that knows nothing of them"
    )
    return _plan(trial, words, ratings)


def _time(ratings: Ratings, how: Settings) -> Plan:
    if ratings.time is None:
        raise DataError(
            "the protocol time needs to know when ratings were given: name the column of times, "
            "by time= or in a shell by --time"
        )
    ratings, _ = _active(ratings, how)
    assert ratings.time is not None
    late = latest(ratings.time, how.share)
    held = late & (ratings.value >= how.threshold)
    words = f"the latest {how.share:.0%} of all ratings, {held.sum():,} likes among them"
    return _plan(_ranking(ratings, ~late, held, how), words, ratings)


PROTOCOLS: dict[str, Protocol] = {
    "rating": Protocol(_rating, 0.2, "rmse", "How well are ratings predicted?"),
    "weak": Protocol(_weak, 0.2, "ndcg", "What else do users like whom the models know?"),
    "strong": Protocol(_strong, 0.16, "ndcg", "What do people like whom the models never met?"),
    "cold": Protocol(_cold, 0.1, "ndcg", "Who likes items that nobody has rated yet?"),
    "time": Protocol(_time, 0.2, "ndcg", "What will users like later?"),
}
"""Every protocol by its name; shares are of ratings, likes, users, items and ratings."""


def _active(ratings: Ratings, how: Settings) -> tuple[Ratings, NDArray[np.int64]]:
    """Return the ratings that take part, and which of them are likes."""
    kept = with_active_users(ratings, how.threshold, how.least)
    if len(kept.users) < 2:
        raise DataError(
            f"{len(kept.users)} users like {how.least} items or more, from a rating of "
            f"{how.threshold:g} on: there is nothing to hold out; lower positive or least"
        )
    return kept, np.flatnonzero(kept.value >= how.threshold)


def _ranking(
    ratings: Ratings, kept: NDArray[np.bool_], held: NDArray[np.bool_], how: Settings
) -> RankingTrial:
    """Return a trial of all users of whom something is held out, each asked for with the rest."""
    users = np.unique(ratings.user[held])
    learned = ratings.select(np.flatnonzero(kept))
    targets = ratings.select(np.flatnonzero(held)).matrix[users]
    return RankingTrial(learned, how.threshold, users, learned.matrix[users], targets, how.n)


def _plan(trial: RankingTrial, words: str, ratings: Ratings) -> Plan:
    part = f"{len(ratings.users):,} users and {len(ratings.items):,} items take part"
    return Plan([trial], f"{words}; {part}")
