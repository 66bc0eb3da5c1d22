"""Normal scores of quantiles: there and back, ties, weights, and what lies beyond."""

import numpy as np
import pytest
import torch
from sklearn.preprocessing import QuantileTransformer

from embudo.kernels.quantiles import from_normal_scores, knots_of, normal_scores, scores_of_knots


def knots(x, n=200, weight=None):
    """Knots of the one column there is, and their scores."""
    weight = torch.ones(len(x)) if weight is None else weight
    return knots_of(x, weight, n)[None], scores_of_knots(n).to(x.dtype)


def test_scores_of_any_continuous_column_are_standard_normal():
    x = torch.from_numpy(np.random.default_rng(0).gamma(0.5, size=20_000))
    z = normal_scores(x[:, None], *knots(x, 1000))[:, 0].numpy()
    probabilities = [0.01, 0.1, 0.5, 0.9, 0.99]
    found = np.quantile(z, probabilities)
    np.testing.assert_allclose(found, [-2.326, -1.282, 0, 1.282, 2.326], atol=0.02)
    peer = QuantileTransformer(n_quantiles=1000, output_distribution="normal", subsample=None)
    theirs = peer.fit_transform(x.numpy()[:, None])[:, 0]
    np.testing.assert_allclose(theirs.clip(-2.5, 2.5), z.clip(-2.5, 2.5), atol=0.01)


def test_there_and_back_nothing_is_lost():
    x = torch.randn(500, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    k = knots(x, 100)
    back = from_normal_scores(normal_scores(x[:, None], *k), *k)[:, 0]
    torch.testing.assert_close(back, x, atol=1e-9, rtol=0)


def test_a_value_of_many_rows_is_met_from_wherever_its_stretch_is_hit():
    x = torch.cat((torch.zeros(700), torch.linspace(1, 2, 300))).double()
    k = knots(x)
    z = torch.linspace(-3, 0.5, 50).double()[:, None]
    assert torch.equal(from_normal_scores(z, *k), torch.zeros(50, 1).double())
    middle = float(normal_scores(torch.zeros(1, 1).double(), *k))
    assert middle == pytest.approx(float(torch.special.ndtri(torch.tensor(0.35))), abs=0.02)


def test_none_is_given_back_beyond_those_seen_and_scores_go_on():
    x = torch.linspace(0, 10, 101).double()
    k = knots(x)
    z = torch.tensor([[-9.0], [9.0]]).double()
    assert from_normal_scores(z, *k).flatten().tolist() == [0, 10]
    scores = normal_scores(torch.tensor([[10.0], [20.0], [30.0]]).double(), *k).flatten()
    assert scores[0] < scores[1] < scores[2]


def test_a_weight_is_that_many_rows():
    x = torch.tensor([3.0, 1, 2, 7, 5]).double()
    weight = torch.tensor([2.0, 1, 0, 3, 1])
    repeated = x.repeat_interleave(weight.long())
    assert torch.equal(knots(x, 50, weight)[0], knots(repeated, 50)[0])


def test_a_column_of_one_value_stays_it():
    k = knots(torch.full((5,), 4.0).double())
    z = normal_scores(torch.full((2, 1), 4.0).double(), *k)
    torch.testing.assert_close(z, torch.zeros(2, 1).double())
    assert from_normal_scores(torch.randn(9, 1).double(), *k).unique().tolist() == [4]
