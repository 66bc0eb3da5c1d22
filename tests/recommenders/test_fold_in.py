"""Somebody new with the history of a known user is told what that user is told."""

import numpy as np
import pytest

from recommenders.conftest import N_ITEMS, quick

BY_ROWS = ["autorec", "dae", "vae", "ease", "elsa", "content", "hybrid"]


def lists(model, user: int) -> tuple:
    ratings = model.ratings_
    mine = ratings.user == user
    history = dict(zip(ratings.item[mine].tolist(), ratings.value[mine].tolist(), strict=True))
    return model.recommend(user, n=N_ITEMS), model.recommend(history=history, n=N_ITEMS)


@pytest.mark.parametrize("name", BY_ROWS)
@pytest.mark.parametrize("user", [0, 7, 59])
def test_fold_in_of_a_known_user_is_that_user(name, user, fitted) -> None:
    known, new = lists(fitted[name], user)
    assert known["item"].tolist() == new["item"].tolist()
    np.testing.assert_array_equal(known["score"], new["score"])


@pytest.mark.parametrize("name", ["rbm", "autorec"])
def test_rows_of_users_fold_in_exactly(name, ratings) -> None:
    known, new = lists(quick(name, axis="user").fit(ratings), 11)
    np.testing.assert_array_equal(known["score"], new["score"])


@pytest.mark.parametrize("name", ["rbm", "autorec"])
def test_rows_of_items_fold_in_closely(name, ratings) -> None:
    model = quick(name, axis="item").fit(ratings)
    for user in (0, 7, 30):
        known, new = (frame.set_index("item")["score"] for frame in lists(model, user))
        assert np.corrcoef(known.sort_index(), new.sort_index())[0, 1] > 0.9


def test_plays_fold_in_exactly(ratings) -> None:
    model = quick("rbm").fit(ratings.positives(4))
    known, new = lists(model, 11)
    np.testing.assert_array_equal(known["score"], new["score"])
