"""The machine that sees ratings, against one that sees every item's unit."""

import pytest
import torch
from torch.nn.functional import one_hot, softplus

from embudo.kernels.rated import (
    Contrast,
    Rated,
    RatedWeights,
    expected_field,
    free_energy,
    hidden_field,
    rating_mean,
)

USERS, ITEMS, LEVELS, UNITS = 7, 9, 5, 4


@pytest.fixture
def weights():
    generator = torch.Generator().manual_seed(0)
    shapes = (ITEMS, LEVELS, UNITS), (ITEMS, LEVELS), (UNITS,)
    return RatedWeights(
        *(torch.randn(shape, generator=generator, dtype=torch.float64) for shape in shapes)
    )


@pytest.fixture
def rated():
    generator = torch.Generator().manual_seed(1)
    there = torch.rand(USERS, ITEMS, generator=generator) < 0.4
    there[3] = False  # somebody who rated nothing
    return of(there, torch.randint(LEVELS, (USERS, ITEMS), generator=generator))


def of(there, levels):
    user, item = there.nonzero(as_tuple=True)
    counts = there.sum(1)
    return Rated(user, item, levels[there], counts.cumsum(0) - counts)


def dense(rated):
    """Return states of all units, those of items not rated being 0."""
    states = torch.zeros(USERS, ITEMS, LEVELS, dtype=torch.float64)
    states[rated.user, rated.item] = one_hot(rated.level, LEVELS).double()
    return states


def test_fields_are_those_of_the_dense_machine(rated, weights):
    expected = torch.einsum("uil,ilh->uh", dense(rated), weights.weight) + weights.hidden_bias
    torch.testing.assert_close(hidden_field(rated, weights), expected)
    mean = one_hot(rated.level, LEVELS).double()
    torch.testing.assert_close(expected_field(rated, mean, weights), expected)


def test_means_are_those_of_the_dense_machine(rated, weights):
    hidden = torch.rand(USERS, UNITS, dtype=torch.float64)
    fields = torch.einsum("uh,ilh->uil", hidden, weights.weight) + weights.visible_bias
    expected = fields.softmax(2)[rated.user, rated.item]
    torch.testing.assert_close(rating_mean(rated, hidden, weights), expected)


def test_free_energy_is_the_sum_over_hidden_states(rated, weights):
    states = torch.cartesian_prod(*[torch.arange(2.0, dtype=torch.float64)] * UNITS)
    field = torch.einsum("uil,ilh->uh", dense(rated), weights.weight) + weights.hidden_bias
    visible = (dense(rated) * weights.visible_bias).sum((1, 2))
    expected = -visible - (field @ states.T).logsumexp(1)
    torch.testing.assert_close(free_energy(rated, weights), expected)


def test_contrast_is_the_gradient_of_the_free_energies_difference(rated, weights):
    then = rated._replace(level=(rated.level + 1) % LEVELS)
    leaves = RatedWeights(*(part.clone().requires_grad_() for part in weights))
    difference = (free_energy(rated, leaves) - free_energy(then, leaves)).sum()
    expected = torch.autograd.grad(difference, leaves)
    found = Contrast(
        rated,
        hidden_field(rated, weights).sigmoid(),
        one_hot(then.level, LEVELS).double(),
        hidden_field(then, weights).sigmoid(),
        weights.weight,
        scale=0.5,
    )
    parts = found.dense(), found.visible_bias, found.hidden_bias
    for mine, theirs in zip(parts, expected, strict=True):
        torch.testing.assert_close(mine, 0.5 * theirs)
    target = torch.randn(ITEMS, LEVELS, UNITS, dtype=torch.float64)
    wanted = 0.9 * target - 0.1 * found.dense()
    found.add_to(target, 0.9, -0.1)
    torch.testing.assert_close(target, wanted)


def test_contrast_equals_the_dense_one_with_missing_entries(rated, weights):
    """The same gradient as of a machine of all units, those of missing entries masked."""
    seen = dense(rated).sum(2, keepdim=True)
    h0 = hidden_field(rated, weights).sigmoid()
    fields = torch.einsum("uh,ilh->uil", h0, weights.weight) + weights.visible_bias
    v1 = fields.softmax(2) * seen
    h1 = (torch.einsum("uil,ilh->uh", v1, weights.weight) + weights.hidden_bias).sigmoid()
    mean = rating_mean(rated, h0, weights)
    then = expected_field(rated, mean, weights).sigmoid()
    found = Contrast(rated, h0, mean, then, weights.weight)
    v0 = dense(rated)
    outer = [torch.einsum("uil,uh->ilh", v, h) for v, h in ((v0, h0), (v1, h1))]
    torch.testing.assert_close(found.dense(), outer[1] - outer[0], atol=1e-10, rtol=0)
    torch.testing.assert_close(found.visible_bias, (v1 - v0).sum(0), atol=1e-10, rtol=0)
    torch.testing.assert_close(found.hidden_bias, (h1 - h0).sum(0), atol=1e-10, rtol=0)


def test_somebody_who_rated_nothing_has_the_biases_alone(rated, weights):
    torch.testing.assert_close(hidden_field(rated, weights)[3], weights.hidden_bias)
    expected = -softplus(weights.hidden_bias).sum()
    torch.testing.assert_close(free_energy(rated, weights)[3], expected)


def test_parts_make_no_difference(rated, weights, monkeypatch):
    hidden = torch.rand(USERS, UNITS, dtype=torch.float64)
    mean = rating_mean(rated, hidden, weights)
    slope = Contrast(rated, hidden, mean, hidden.flip(0), weights.weight).dense()
    monkeypatch.setattr("embudo.kernels.rated._WEIGHTS_AT_ONCE", 3 * LEVELS * UNITS)
    torch.testing.assert_close(rating_mean(rated, hidden, weights), mean)
    again = Contrast(rated, hidden, mean, hidden.flip(0), weights.weight).dense()
    torch.testing.assert_close(again, slope)
