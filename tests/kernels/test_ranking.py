"""Rankings against their definitions, user by user."""

import numpy as np
import pytest
import torch

from embudo.kernels import ranking
from oracles.ranking import measures

MEASURES = (
    "recall",
    "precision",
    "hit_rate",
    "ndcg",
    "average_precision",
    "reciprocal_rank",
)


@pytest.mark.parametrize("n", [1, 5, 20, 40])
@pytest.mark.parametrize("levels", [3, 1000])
def test_measures_are_those_of_the_definition(n, levels):
    rng = np.random.default_rng(n + levels)
    scores = rng.integers(levels, size=(50, 30)).astype(float)
    scores[rng.random(scores.shape) < 0.3] = -np.inf  # seen
    scores[7, 2:] = -np.inf
    relevant = rng.random(scores.shape) < 0.2
    relevant[:, 0] = True  # so that nobody is without one
    listed = ranking.top_n(torch.from_numpy(scores), n)
    hit = ranking.hits(listed, torch.from_numpy(relevant))
    n_relevant = torch.from_numpy(relevant.sum(1))
    found = {name: getattr(ranking, name)(hit, n_relevant).numpy() for name in MEASURES}
    for user in range(len(scores)):
        own, expected = measures(scores[user], set(np.flatnonzero(relevant[user])), n)
        row = listed[user].tolist()
        assert [item for item in row if item != ranking.NOTHING] == own
        assert row == own + [ranking.NOTHING] * (len(row) - len(own))
        for name, value in expected.items():
            assert found[name][user] == pytest.approx(value, abs=1e-12), name


def test_perfect_list_scores_one():
    relevant = torch.tensor([[True, False, True, False], [False, True, False, False]])
    hit = ranking.hits(ranking.top_n(relevant.double(), 2), relevant)
    for name in ("recall", "ndcg", "hit_rate", "average_precision", "reciprocal_rank"):
        assert getattr(ranking, name)(hit, relevant.sum(1)).tolist() == [1, 1]
    assert ranking.precision(hit, relevant.sum(1)).tolist() == [1, 0.5]


@pytest.mark.parametrize("name", MEASURES)
def test_user_with_nothing_to_be_met_by_is_not_counted(name):
    hit = torch.tensor([[False, False], [True, False]])
    found = getattr(ranking, name)(hit, torch.tensor([0, 1]))
    assert found[0].isnan()
    assert not found[1].isnan()


def test_equal_scores_go_to_lower_numbers():
    assert ranking.top_n(torch.zeros(3, 1000), 4).tolist() == [[0, 1, 2, 3]] * 3


@pytest.mark.parametrize("levels", [2, 400, 10**9])
@pytest.mark.parametrize("columns", [1536, 1601, 5000])
def test_long_rows_are_searched_by_blocks_and_listed_as_a_sort_would(levels, columns):
    scores = np.random.default_rng(levels).integers(levels, size=(60, columns)).astype(float)
    scores[np.random.default_rng(0).random(scores.shape) < 0.2] = -np.inf
    scores[0, 3:] = -np.inf
    sorted_ = np.argsort(-scores, axis=1, kind="stable")[:, :5]
    expected = np.where(np.take_along_axis(scores, sorted_, 1) > -np.inf, sorted_, ranking.NOTHING)
    assert ranking.top_n(torch.from_numpy(scores), 5).tolist() == expected.tolist()


def test_nothing_is_listed_twice_or_against_its_exclusion():
    scores = torch.randn(200, 60, generator=torch.Generator().manual_seed(0)).round()
    seen = torch.rand(200, 60, generator=torch.Generator().manual_seed(1)) < 0.8
    listed = ranking.top_n(scores.masked_fill(seen, -torch.inf), 20)
    for row, excluded in zip(listed.tolist(), seen, strict=True):
        items = [item for item in row if item != ranking.NOTHING]
        assert len(items) == len(set(items)) == min(20, int((~excluded).sum()))
        assert not excluded[items].any()


def test_coverage_counts_distinct_items():
    assert ranking.coverage(torch.tensor([[0, 1], [1, -1], [3, 0]]), 6) == 0.5


def test_what_is_no_ranking_is_refused():
    with pytest.raises(ValueError, match="not a number"):
        ranking.top_n(torch.tensor([[1.0, torch.nan]]), 1)
    with pytest.raises(ValueError, match="not a number"):
        ranking.top_n(torch.zeros(2, 4000).index_fill(1, torch.tensor([2001]), torch.nan), 3)
    with pytest.raises(ValueError, match="at least 1"):
        ranking.top_n(torch.zeros(1, 2), 0)
