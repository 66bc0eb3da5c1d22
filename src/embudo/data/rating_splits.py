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
    """Hold out a share of each user's ratings, rounded, and one at least of those with several.

    Returns
    -------
    kept, held : Ratings
        Of the same users and items.
    """
    held = _drawn_by_user(ratings.user, share, np.random.default_rng(seed))
    return ratings.select(np.flatnonzero(~held)), ratings.select(np.flatnonzero(held))


def unseen_users(ratings: Ratings, n_users: int, seed: int) -> tuple[Ratings, NDArray[np.int64]]:
    """Hold out whole users.

    Returns
    -------
    kept : Ratings
        Without the ratings of those users, who stay in its list of users.
    users : ndarray of shape (n_users,), int64
        Their codes, ascending.
    """
    order = np.random.default_rng(seed).permutation(len(ratings.users))
    users = np.sort(order[:n_users])
    return ratings.select(~np.isin(ratings.user, users)), users


def unseen_items(ratings: Ratings, n_items: int, seed: int) -> tuple[Ratings, NDArray[np.int64]]:
    """Hold out whole items.

    Returns
    -------
    kept : Ratings
        Without the ratings of those items, which stay in its list of items.
    items : ndarray of shape (n_items,), int64
        Their codes, ascending.
    """
    order = np.random.default_rng(seed).permutation(len(ratings.items))
    items = np.sort(order[:n_items])
    return ratings.select(~np.isin(ratings.item, items)), items


def later_ratings(ratings: Ratings, share: float) -> tuple[Ratings, Ratings]:
    """Hold out the latest share of all ratings: what is learned from lies before what is met."""
    assert ratings.time is not None
    order = np.argsort(ratings.time, kind="stable")
    first = len(order) - round(share * len(order))
    return ratings.select(np.sort(order[:first])), ratings.select(np.sort(order[first:]))


def active_users(ratings: Ratings, least: int) -> Ratings:
    """Return the ratings of users with a number of them at least, and of the items they rated."""
    counts = np.bincount(ratings.user, minlength=len(ratings.users))
    return without_idle(ratings.select(counts[ratings.user] >= least))


def without_idle(ratings: Ratings) -> Ratings:
    """Return the ratings without users and items that have none, in the same order."""
    users, user = np.unique(ratings.user, return_inverse=True)
    items, item = np.unique(ratings.item, return_inverse=True)
    return replace(
        ratings,
        users=ratings.users.some(users),
        items=ratings.items.some(items),
        user=user.astype(np.int64),
        item=item.astype(np.int64),
    )


def _drawn_by_user(
    user: NDArray[np.int64], share: float, rng: np.random.Generator
) -> NDArray[np.bool_]:
    """Say which ratings are drawn, of ratings in the order of users."""
    held = np.zeros(len(user), bool)
    first = np.flatnonzero(np.diff(user, prepend=-1))
    for start, stop in zip(first, [*first[1:], len(user)], strict=True):
        n = stop - start
        drawn = max(1, int(np.floor(share * n + 0.5)))
        held[start + rng.permutation(n)[:drawn]] = True
    return held
