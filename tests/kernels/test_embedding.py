"""Neighbours of rows and of codes: against a root finder and autograd."""

import numpy as np
import pytest
import torch
from scipy.optimize import brentq
from scipy.special import softmax
from scipy.stats import entropy

from embudo.kernels.embedding import affinities, divergence

rng = np.random.default_rng(0)
X = torch.from_numpy(rng.normal(size=(40, 6)))
EVEN = torch.full((40,), 1 / 40, dtype=torch.float64)


def squared_distances(x):
    return (x[:, None] - x[None]).square().sum(2)


@pytest.mark.parametrize("perplexity", [3.0, 12.0])
def test_every_row_has_as_many_neighbours_as_asked_for(perplexity):
    near = squared_distances(X).numpy()
    np.fill_diagonal(near, np.inf)
    furthest = np.sort(near, 1)[:, [int(3 * perplexity) - 1]]
    near[near > furthest] = np.inf
    given = [row_of(distances, perplexity) for distances in near]
    truth = (np.array(given) + np.array(given).T) / 80
    np.testing.assert_allclose(affinities(X, EVEN, perplexity), truth, rtol=1e-4, atol=1e-9)
    assert truth.sum() == pytest.approx(1)


def row_of(distances, perplexity):
    """One row's p(j | i), its precision from scipy's root finder."""

    def surplus(log_precision):
        return np.exp(entropy(softmax(-np.exp(log_precision) * distances))) - perplexity

    return softmax(-np.exp(brentq(surplus, -10, 10)) * distances)


@pytest.mark.parametrize("factor", [1e-4, 1e4])
def test_affinities_have_no_unit(factor):
    torch.testing.assert_close(
        affinities(X * factor, EVEN, 8.0), affinities(X, EVEN, 8.0), rtol=1e-4, atol=1e-9
    )


def test_a_row_of_weight_two_is_two_of_its_pairs():
    share = EVEN.clone()
    share[3], share[5] = 2 / 40, 0
    p = affinities(X, share, 8.0)
    assert float(p[3].sum()) > 1.3 * float(affinities(X, EVEN, 8.0)[3].sum())


def test_rows_that_are_all_alike_have_finite_affinities():
    p = affinities(torch.ones(5, 3), torch.full((5,), 0.2), 30.0)
    torch.testing.assert_close(p, (1 - torch.eye(5)) / 20)


def test_the_divergence_and_its_slope():
    p = affinities(X, EVEN, 8.0)
    code = torch.from_numpy(rng.normal(size=(40, 2))).requires_grad_()
    weight = 1 / (1 + squared_distances(code))
    weight = weight * (1 - torch.eye(40, dtype=torch.float64))
    q = weight / weight.sum()
    mask = p > 0
    truth = (p[mask] * (p[mask] / q[mask]).log()).sum()
    value, slope = divergence(p, code.detach())
    torch.testing.assert_close(value, truth.detach())
    torch.testing.assert_close(slope, torch.autograd.grad(truth, code)[0])


def test_an_outlier_and_a_twin_are_met_in_single_precision():
    """One row is far from all others, another much nearer to one than to the rest."""
    rows = torch.randn(300, 50, generator=torch.Generator().manual_seed(0))
    rows[7] *= 30
    rows[8] = rows[9] + 0.01
    p = affinities(rows, torch.full((300,), 1 / 300), 20.0).double()
    wide = affinities(rows.double(), torch.full((300,), 1 / 300, dtype=torch.float64), 20.0)
    torch.testing.assert_close(p, wide, rtol=0.02, atol=1e-8)
