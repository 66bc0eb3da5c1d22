"""What is learned from and what is held out, of ratings: each protocol a way to tell them apart."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from embudo.data.ratings import Ratings


def rating_folds(ratings: Ratings, n_folds: int, seed: int) -> list[NDArray[np.int64]]:
    """Return the numbers of the ratings that each fold holds out, all ratings being in one."""
    order = np.random.default_rng(seed).permutation(len(ratings))
    return [np.asarray(part, np.int64) for part in np.array_split(order, n_folds)]


def held_out_likes(ratings: Ratings, share: float, seed: int) -> tuple[Ratings, Ratings]:
    """Hold out a share of each user's ratings, rounded, and one at least.

    Returns
    -------
    kept, held : Ratings
        Of the same users and items.
    """
    held = drawn_by_user(ratings.user, share, seed)
    return ratings.select(np.flatnonzero(~held)), ratings.select(np.flatnonzero(held))


def drawn_codes(n: int, n_drawn: int, seed: int) -> NDArray[np.int64]:
    """Return some of the codes from 0 to ``n``, ascending: users, or items, that are held out."""
    order = np.random.default_rng(seed).permutation(n)
    return np.sort(order[:n_drawn])


def latest(time: NDArray[np.float64], share: float) -> NDArray[np.bool_]:
    """Say which ratings are of the latest share of all: what is learned from lies before them."""
    order = np.argsort(time, kind="stable")
    found = np.zeros(len(time), bool)
    found[order[len(order) - round(share * len(order)) :]] = True
    return found


def with_active_users(ratings: Ratings, threshold: float, least: int) -> Ratings:
    """Return the ratings of users who like several items, of the items that one of them likes.

    Parameters
    ----------
    ratings : Ratings
    threshold : float
        The rating from which an item counts as liked.
    least : int
        Items that a user has to like.
    """
    likes = ratings.value >= threshold
    counts = np.bincount(ratings.user[likes], minlength=len(ratings.users))
    active = counts[ratings.user] >= least
    liked = np.zeros(len(ratings.items), bool)
    liked[ratings.item[likes & active]] = True
    return without_idle(ratings.select(np.flatnonzero(active & liked[ratings.item])))


def without_idle(ratings: Ratings) -> Ratings:
    """Return the ratings without users and items that have none, in the same order."""
    users, user = np.unique(ratings.user, return_inverse=True)
    items, item = np.unique(ratings.item, return_inverse=True)
    some, kept = ratings.users.some(users), ratings.items.some(items)
    catalogue, people = ratings.catalogue, ratings.people
    return replace(
        ratings,
        users=some,
        items=kept,
        user=user.astype(np.int64),
        item=item.astype(np.int64),
        catalogue=None if catalogue is None else catalogue.some(catalogue.items.codes(kept)),
        people=None if people is None else people.some(people.items.codes(some)),
    )


def drawn_by_user(user: NDArray[np.int64], share: float, seed: int) -> NDArray[np.bool_]:
    """Say which ratings are drawn, a share of each user's, of ratings in the order of users."""
    rng = np.random.default_rng(seed)
    held = np.zeros(len(user), bool)
    first = np.flatnonzero(np.diff(user, prepend=-1))
    for start, stop in zip(first, [*first[1:], len(user)], strict=True):
        n = stop - start
        drawn = max(1, int(np.floor(share * n + 0.5)))
        held[start + rng.permutation(n)[:drawn]] = True
    return held
