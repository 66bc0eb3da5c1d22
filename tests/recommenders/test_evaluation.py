"""Evaluation: what is held out stays out, measures are right, and leaking gains nothing."""

import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import scipy.sparse

from embudo import DataError, ParameterError
from embudo.data.synthetic import checkerboard_ratings
from embudo.recommenders import EASE, RECOMMENDERS, Popularity, Ratings, evaluate
from embudo.recommenders.protocols import PROTOCOLS, Settings
from embudo.recommenders.trials import RankingTrial, RatingTrial
from recommenders.conftest import board, quick

HOW = Settings(n=5, threshold=4.0, share=0.2, n_folds=3, least=3, seed=0)
RANKING = ("weak", "strong", "cold", "time")


@pytest.fixture(scope="module")
def timed() -> Ratings:
    """A checkerboard whose ratings were given at random times."""
    ratings = board()
    return replace(ratings, time=np.random.default_rng(0).permutation(len(ratings)).astype(float))


def _trial(ratings: Ratings, protocol: str, **changes) -> RankingTrial:
    how = replace(HOW, share=PROTOCOLS[protocol].share)
    (trial,) = PROTOCOLS[protocol].plan(ratings, how).trials
    return replace(trial, **changes)


def _pairs(matrix) -> set:
    return set(zip(*matrix.nonzero(), strict=True))


@pytest.mark.parametrize("protocol", RANKING)
def test_nothing_held_out_is_learned_from_or_asked_with(timed, protocol) -> None:
    trial = _trial(timed, protocol)
    assert trial.targets.nnz > 20
    assert not _pairs(trial.targets) & _pairs(trial.inputs)
    users = trial.users if protocol != "strong" else None
    learned = _pairs(trial.learned.matrix[trial.users]) if users is not None else set()
    assert not _pairs(trial.targets) & learned
    assert (trial.targets.data >= 4).all()


def test_each_protocol_holds_out_what_it_says(timed) -> None:
    likes = timed.positives(4)
    weak = _trial(timed, "weak")
    per_user = np.bincount(likes.user)
    np.testing.assert_array_equal(
        np.diff(weak.targets.indptr), np.maximum(1, np.floor(0.2 * per_user + 0.5))
    )
    strong = _trial(timed, "strong")
    assert len(strong.users) == round(0.16 * 60)
    assert len(np.unique(strong.learned.user)) == 60 - len(strong.users)
    cold = _trial(timed, "cold")
    assert not np.isin(cold.learned.item, cold.candidates).any()
    assert set(cold.targets.indices) <= set(cold.candidates.tolist())
    late = _trial(timed, "time")
    assert late.learned.time.max() < len(timed) - round(0.2 * len(timed)) + 1


def test_every_rating_is_predicted_once(timed) -> None:
    trials = PROTOCOLS["rating"].plan(timed, HOW).trials
    assert sum(len(trial.held) for trial in trials) == len(timed)
    for trial in trials:
        assert isinstance(trial, RatingTrial)
        assert not _pairs(trial.learned.matrix) & _pairs(trial.held.matrix)
        assert len(trial.learned) + len(trial.held) == len(timed)


@pytest.mark.parametrize("protocol", ["weak", "strong"])
@pytest.mark.parametrize("name", RECOMMENDERS)
def test_handing_over_the_targets_raises_no_score(timed, name, protocol) -> None:
    trial = _trial(timed, protocol)
    model = quick(name)
    model.fit(trial.feed(model))
    honest = trial.judge(model).means
    leaking = replace(trial, inputs=scipy.sparse.csr_array(trial.inputs + trial.targets))
    found = leaking.judge(model).means
    for measure in ("ndcg", "recall", "precision", "hit_rate", "map"):
        assert found[measure] == 0
        assert honest[measure] > 0


@pytest.mark.parametrize("name", [name for name in RECOMMENDERS if name != "content"])
def test_models_tell_what_is_loved_from_what_is_not(timed, name) -> None:
    found = evaluate({name: quick(name)}, timed, n=5)
    by_name = {standing.model: standing.measures for standing in found.standings}
    assert set(by_name) == {name, "popularity"}
    if name != "popularity":
        assert by_name[name]["ndcg"] > by_name["popularity"]["ndcg"] + 0.1


def test_measures_are_those_of_a_ranking_done_by_hand(timed) -> None:
    trial, model = _trial(timed, "weak"), quick("ease")
    likes = trial.learned.positives(4)
    model.fit(likes)
    gains, found = [], []
    for user in range(len(timed.users)):
        best = model.recommend(timed.users[user], n=5)["item"].tolist()
        wanted = {timed.items[code] for code in trial.targets[[user]].indices}
        hits = [item in wanted for item in best]
        ideal = sum(1 / math.log2(place + 2) for place in range(min(5, len(wanted))))
        gains.append(sum(h / math.log2(p + 2) for p, h in enumerate(hits)) / ideal)
        found += best
    means = trial.judge(quick("ease").fit(likes)).means
    assert means["ndcg"] == pytest.approx(np.mean(gains))
    assert means["coverage"] == len(set(found)) / len(timed.items)
    counts = np.bincount(likes.item, minlength=len(timed.items))
    surprise = [-math.log2((counts[timed.items.code(one)] + 1) / 61) for one in found]
    assert means["novelty"] == pytest.approx(np.mean(surprise))


def test_who_knows_nothing_of_cold_items_ranks_them_at_random() -> None:
    ratings = checkerboard_ratings(400, 100, seed=0)
    found = evaluate(["ease"], ratings, protocol="cold", n=5)
    trial = _trial(ratings, "cold")
    chance = trial.targets.nnz / trial.targets.shape[0] / len(trial.candidates)
    for standing in found.standings:
        assert standing.measures["precision"] == pytest.approx(chance, abs=0.03)
        assert "novelty" not in standing.measures


def test_content_reaches_cold_items(timed) -> None:
    found = evaluate({"hybrid": quick("hybrid")}, timed, protocol="cold", n=2, positive=5)
    best, floor = found.standings
    assert best.model == "hybrid"
    assert best.measures["ndcg"] > floor.measures["ndcg"] + 0.2
    assert found.level == ()
    assert found.reading == "hybrid is best, and by more than other users would change"


def test_ratings_are_predicted_better_than_by_means_of_items(timed) -> None:
    found = evaluate({"rbm": quick("rbm"), "ease": EASE()}, timed, protocol="rating", n_folds=3)
    assert [standing.model for standing in found.standings] == ["rbm", "popularity", "ease"]
    rbm, floor, ease = found.standings
    assert rbm.measures["rmse"] < 0.8 * floor.measures["rmse"]
    assert rbm.interval.low < rbm.measures["rmse"] < rbm.interval.high
    assert ease.failure == "it ranks items, and predicts no ratings"
    assert math.isnan(found.table["low"].iloc[2])


def test_a_model_that_is_no_better_is_level_with_the_best(timed) -> None:
    found = evaluate({"one": EASE(), "other": EASE()}, timed)
    assert found.level == ("other",)
    assert found.reading == "one is first, but other cannot be told from it with these users"
    assert found.standings[1].behind == 0
    assert "held out: 20% of each user's likes" in str(found)
    assert str(found).splitlines()[1].startswith("one ")


def test_twice_the_same_seed_gives_the_same_table(timed) -> None:
    tables = [
        evaluate(["ease", quick("dae")], timed, n=5, random_state=3).table.drop(columns="seconds")
        for _ in range(2)
    ]
    pd.testing.assert_frame_equal(*tables)
    other = evaluate(["ease"], timed, n=5, random_state=4).table
    assert other["ndcg"].tolist() != tables[0]["ndcg"].tolist()


def test_models_that_were_given_are_left_alone(timed) -> None:
    model = EASE(regularization=7.0)
    found = evaluate([model, EASE()], timed)
    assert not hasattr(model, "ratings_")
    assert {standing.model for standing in found.standings} == {"ease", "ease 2", "popularity"}


def test_a_model_that_cannot_learn_is_told_of(timed) -> None:
    bare = replace(timed, catalogue=None)
    found = evaluate(["content"], bare)
    assert found.standings[-1].model == "content"
    assert "needs a table of items" in found.standings[-1].failure


def test_wrong_questions_are_refused(timed) -> None:
    with pytest.raises(ParameterError, match="no protocol 'random'; choose from rating, weak"):
        evaluate(["ease"], timed, protocol="random")
    with pytest.raises(ParameterError, match="no recommender 'eas'; choose from popularity"):
        evaluate(["eas"], timed)
    with pytest.raises(ParameterError, match="share must lie between 0 and 1, but is 2"):
        evaluate(["ease"], timed, share=2)
    with pytest.raises(ParameterError, match="n must be a whole number >= 1, but is 0"):
        evaluate(["ease"], timed, n=0)
    with pytest.raises(DataError, match="name the column of times"):
        evaluate(["ease"], replace(timed, time=None), protocol="time")
    with pytest.raises(DataError, match="no ratings to predict"):
        evaluate(["ease"], timed.positives(4), protocol="rating")
    with pytest.raises(DataError, match="0 users like 50 items or more"):
        evaluate(["ease"], timed, least=50)


def test_ctrl_c_keeps_the_models_that_were_done(timed, monkeypatch) -> None:
    def interrupted(self, resume: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(EASE, "_learn", interrupted)
    found = evaluate([Popularity(), EASE(), quick("dae")], timed)
    assert found.interrupted
    assert [standing.model for standing in found.standings] == ["popularity"]
