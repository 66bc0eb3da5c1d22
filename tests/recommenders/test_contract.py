"""What every recommender keeps to, on ratings whose right answers are known."""

import copy
from dataclasses import replace
from uuid import UUID

import numpy as np
import pandas as pd
import polars as pl
import pytest

from embudo import DataError, ModelFileError, ParameterError, load
from embudo.data.ids import Ids
from embudo.recommenders import RECOMMENDERS, Ratings
from recommenders.conftest import N_ITEMS, N_USERS, TRAINED, board, quick

COLUMNS = ["user", "item", "title", "score", "kind", "source", "reason"]


def has(model, user: int) -> set:
    ratings = model.ratings_
    return {ratings.items[code] for code in ratings.item[ratings.user == ratings.users.code(user)]}


def test_recommends_what_the_user_must_love(personal) -> None:
    found = personal.recommend(range(N_USERS), n=5)
    assert list(found.columns) == COLUMNS
    assert len(found) == 5 * N_USERS
    loved = (found["user"].astype(int) + found["item"].astype(int)) % 2 == 0
    assert loved.mean() > 0.97


def test_recommends_to_somebody_never_seen(personal) -> None:
    even = personal.recommend(history={0: 5, 2: 5, 4: 5, 6: 5, 1: 1, 3: 1}, n=5)
    assert (even["item"] % 2 == 0).mean() >= 0.8
    odd = personal.recommend(history={"Film 1 (1951)": 5, "film 3 (1953)": 5, 5: 5, 0: 1}, n=5)
    assert (odd["item"] % 2 == 1).mean() >= 0.8


def test_similar_items_are_loved_by_the_same(personal) -> None:
    assert (personal.similar(6, 5)["item"] % 2 == 0).all()
    assert 6 not in personal.similar(6, N_ITEMS)["item"].tolist()


def test_what_is_loved_speaks_for_what_is_loved(personal) -> None:
    shares = personal.explain({0: 5, 2: 5, 4: 5, 1: 1, 3: 1}, 8, n=3)
    assert shares["share"].iloc[0] > 0
    assert (shares["item"][shares["share"] > 0.01] % 2 == 0).all() or personal.kind == "rating"


def test_an_item_does_not_speak_for_itself(personal) -> None:
    shares = personal.explain({0: 5, 2: 5, 3: 1}, 2)
    assert set(shares["item"]) == {0, 3}
    with pytest.raises(DataError, match="no history that could speak for 2"):
        personal.explain([2], 2)


def test_reasons_are_among_what_was_rated_well(personal) -> None:
    found = personal.recommend(history={0: 5, 2: 4, 1: 1, 3: 2}, n=8)
    assert set(found["reason"]) <= {"like Film 0 (1950)", "like Film 2 (1952)"}


def test_popularity_counts_likes(fitted) -> None:
    model = fitted["popularity"]
    likes = np.bincount(model.ratings_.item[model.ratings_.value == 5], minlength=N_ITEMS)
    best = model.recommend(0, n=N_ITEMS, exclude_seen=False)
    np.testing.assert_array_equal(best["score"], np.sort(likes)[::-1])


def test_what_one_has_is_left_out(model) -> None:
    found = model.recommend([3, 8], n=N_ITEMS)
    for user in (3, 8):
        mine = found[found["user"] == user]["item"]
        assert set(mine) == set(range(N_ITEMS)) - has(model, user)
    whole = model.recommend(3, n=N_ITEMS, exclude_seen=False)
    assert set(whole["item"]) == set(range(N_ITEMS))
    assert not {0, 2} & set(model.recommend(history=[0, 2], n=N_ITEMS)["item"])


def test_exclude_and_only_narrow_the_list(model) -> None:
    found = model.recommend(3, n=N_ITEMS, exclude=[39, "Film 37 (1987)"], only={"genre": "drama"})
    assert len(found) > 3
    assert all(item % 2 == 1 and item not in (37, 39) for item in found["item"])
    with pytest.raises(ParameterError, match=r"no item has genre 'Western'.*Comedy, Drama"):
        model.recommend(3, only={"genre": "Western"})


def test_scores_fall(model) -> None:
    scores = model.recommend(5, n=20)["score"].to_numpy()
    assert (np.diff(scores) <= 0).all()
    assert np.isfinite(scores).all()


def test_answers_do_not_depend_on_who_else_asks(model) -> None:
    together = model.recommend(n=4)
    alone = model.recommend(7, n=4)
    mine = together[together["user"] == 7]
    assert mine["item"].tolist() == alone["item"].tolist()
    np.testing.assert_allclose(mine["score"], alone["score"], rtol=1e-4, atol=1e-5)


def test_unknown_users_get_what_is_popular(model, fitted) -> None:
    found = model.recommend("nobody", n=3)
    assert set(found["source"]) == {"popular"}
    assert set(found["kind"]) <= {"number of users", "score"}
    with pytest.raises(DataError, match="no user 'nobody'"):
        model.recommend("nobody", strict=True)


def test_unknown_titles_are_named_with_those_meant(model) -> None:
    with pytest.raises(DataError, match=r"no item 'Film 3'.*Film 3 \(1953\)"):
        model.recommend(history=["Film 3"])
    with pytest.raises(ParameterError, match="cannot be rated 9: ratings go from 1 to 5"):
        model.recommend(history={3: 9})


def test_pairs_are_predicted_on_the_scale(model) -> None:
    users, items = [0, 0, 1, "nobody", 2], [2, 3, 2, 5, 999]
    found = model.predict(users, items)
    assert found.shape == (5,)
    assert np.isfinite(found).all()
    if model.kind == "rating":
        assert ((found >= 1) & (found <= 5)).all()
        assert found[0] > 3.5 > 2.5 > found[1]
    elif type(model).__name__ != "Popularity":
        assert found[0] > found[1]
        assert found[2] < found[0]


@pytest.mark.parametrize("name", RECOMMENDERS)
def test_same_seed_same_bits(name, ratings, fitted) -> None:
    again = quick(name).fit(ratings)
    same = fitted[name].predict(range(20), range(20))
    np.testing.assert_array_equal(again.predict(range(20), range(20)), same)
    np.testing.assert_array_equal(again.fit(ratings).predict(range(20), range(20)), same)


def test_a_model_fitted_anew_forgets_the_old_ratings(fitted) -> None:
    other = board(30, 24, seed=1)
    for name in RECOMMENDERS:
        fresh = quick(name).fit(other)
        changed = copy.copy(fitted[name]).fit(other)
        ids = range(24)
        np.testing.assert_array_equal(fresh.predict(ids, ids), changed.predict(ids, ids))


def test_a_saved_model_says_the_same(model, tmp_path) -> None:
    model.save(tmp_path / "m.embudo")
    again = load(tmp_path / "m.embudo")
    pd.testing.assert_frame_equal(again.recommend(n=5), model.recommend(n=5))
    history = {0: 5, 1: 2, 7: 4}
    pd.testing.assert_frame_equal(
        again.recommend(history=history), model.recommend(history=history)
    )
    pd.testing.assert_frame_equal(again.similar(3), model.similar(3))
    np.testing.assert_array_equal(
        again.predict(range(9), range(9)), model.predict(range(9), range(9))
    )
    assert repr(again) == repr(model)


def test_damage_is_noticed(model, tmp_path) -> None:
    path = tmp_path / "m.embudo"
    model.save(path)
    whole = path.read_bytes()
    rng = np.random.default_rng(0)
    for place in rng.integers(len(whole), size=5):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        with pytest.raises(ModelFileError):
            load(path)
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ModelFileError):
        load(path)


@pytest.mark.parametrize(
    "ids",
    [
        [int(n) * 7 + 3 for n in range(N_USERS)],
        [f"u-{n:03}" for n in range(N_USERS)],
        [UUID(int=n) for n in range(N_USERS)],
    ],
    ids=["int", "str", "uuid"],
)
def test_ids_of_any_type_come_back(ids, ratings, tmp_path) -> None:
    model = quick("ease").fit(replace(ratings, users=Ids(ids, "user")))
    model.save(tmp_path / "m.embudo")
    again = load(tmp_path / "m.embudo")
    found = again.recommend([ids[4], ids[5]], n=2)
    assert [str(one) for one in found["user"]] == [str(ids[n]) for n in (4, 4, 5, 5)]
    assert again.recommend(str(ids[4]), n=1)["source"].tolist() == ["collaborative"]
    if isinstance(ids[4], int):
        assert again.recommend(float(ids[4]), n=1)["item"].tolist() == [found["item"][0]]


def test_frames_of_polars_come_back_as_such(ratings) -> None:
    frame = pl.DataFrame(
        {"user": ratings.user, "item": ratings.item, "rating": ratings.value.astype(float)}
    )
    found = quick("ease").fit(Ratings.from_frame(frame)).recommend([1, 2], n=3)
    assert isinstance(found, pl.DataFrame)
    assert found["item"].dtype == pl.Int64
    assert found.columns == COLUMNS


@pytest.mark.parametrize("name", TRAINED)
def test_checkerboard_of_plays(name) -> None:
    plays = board().positives(4)
    model = quick("rbm", axis="user") if name == "rbm" else quick(name)
    if "implicit" not in model.learns_from:
        with pytest.raises(DataError, match="needs ratings, but these are implicit"):
            model.fit(plays)
        return
    found = model.fit(plays).recommend(n=5)
    assert ((found["user"] + found["item"]) % 2 == 0).mean() > 0.9


def test_refusals_say_what_to_do(ratings) -> None:
    with pytest.raises(ParameterError, match="not fitted yet: call fit first"):
        quick("ease").recommend(1)
    with pytest.raises(DataError, match=r"learns from Ratings, not from DataFrame.*from_frame"):
        quick("ease").fit(pd.DataFrame())
    with pytest.raises(ParameterError, match="n must be a whole number >= 1"):
        quick("ease").fit(ratings).recommend(1, n=0)
    with pytest.raises(DataError, match="takes .* GB, but max_memory_gb=1e-06.*ELSA"):
        quick("ease", max_memory_gb=1e-6).fit(ratings)
    with pytest.raises(DataError, match="needs a table of items"):
        quick("content").fit(replace(ratings, catalogue=None))
