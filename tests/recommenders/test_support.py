"""What few people rated does not lead the lists, however well they liked it."""

from dataclasses import replace

import numpy as np
import pytest

from embudo.data.ids import Ids
from embudo.recommenders import RECOMMENDERS, Ratings, axis
from recommenders.conftest import N_ITEMS, board, quick

OBSCURE = range(N_ITEMS, N_ITEMS + 12)


@pytest.fixture(scope="module")
def with_obscure() -> Ratings:
    """Harsh and noisy users, and twelve items of which each has one rating, the best there is."""
    ratings = board()
    rng = np.random.default_rng(0)
    value = ratings.value.copy()
    value -= rng.integers(0, 2, len(value)) * (value == 5)
    value -= 2 * (ratings.user % 3 == 0)  # a third of the users think little of anything
    kind = np.flatnonzero(np.arange(60) % 3)
    user = np.r_[ratings.user, rng.permutation(kind)[: len(OBSCURE)]]
    item = np.r_[ratings.item, list(OBSCURE)]
    value = np.r_[value.clip(1, 5), np.full(len(OBSCURE), 5)].astype(np.float32)
    order = np.lexsort((item, user))
    items = Ids(range(N_ITEMS + len(OBSCURE)), "item")
    changed = {"user": user[order], "item": item[order], "value": value[order]}
    return replace(ratings, items=items, **changed)


@pytest.mark.parametrize("name", [name for name in RECOMMENDERS if name != "content"])
def test_obscure_items_do_not_lead(name, with_obscure) -> None:
    found = quick(name).fit(with_obscure).recommend(n=5)
    assert (found["item"] >= N_ITEMS).mean() < 0.02


@pytest.mark.parametrize("name", ["rbm", "autorec"])
def test_nor_with_rows_of_users_which_would_without_doubt(name, with_obscure, monkeypatch) -> None:
    model = quick(name, axis="user").fit(with_obscure)
    assert (model.recommend(n=5)["item"] >= N_ITEMS).mean() < 0.02
    monkeypatch.setattr(axis, "_DOUBT", 0.0)
    assert (model.recommend(n=5)["item"] >= N_ITEMS).mean() > 0.008
