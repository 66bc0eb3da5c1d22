"""Zeros and ones come up exactly as often as they should, and independently."""

import numpy as np
import pytest
import torch

from embudo.kernels.noise import bernoulli, fast_bernoulli

DRAWS = [bernoulli, fast_bernoulli]
DTYPES = [torch.float32, torch.float64, torch.bfloat16]
both = pytest.mark.parametrize("draw", DRAWS, ids=lambda draw: draw.__name__)
every_type = pytest.mark.parametrize("dtype", DTYPES, ids=str)


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def threshold_bins(n, bins, seed):
    """In which of equal bins each of the n thresholds of a seed lies, found through draws."""
    levels = [torch.full((n,), k / bins) for k in range(1, bins)]
    return bins - 1 - sum(fast_bernoulli(p, seeded(seed)) for p in levels).long()


@both
@every_type
def test_impossible_never_happens_and_certain_always_does(draw, dtype):
    certain = torch.ones(2**19, dtype=dtype)
    generator = seeded()
    assert draw(certain, generator).sum(dtype=torch.float64) == 2**19
    assert draw(certain - 1, generator).sum(dtype=torch.float64) == 0


@both
@every_type
@pytest.mark.parametrize("shape", [(0,), (1,), (2,), (3,), (7,), (3, 5), (5, 1, 3)], ids=str)
def test_every_shape_is_filled_in_place_order(draw, dtype, shape):
    pattern = torch.arange(int(np.prod(shape))).remainder(3).eq(0).to(dtype).view(shape)
    drawn = draw(pattern, seeded())
    assert drawn.dtype == dtype
    assert torch.equal(drawn, pattern)


@both
def test_a_transposed_matrix_is_drawn_entry_by_entry(draw):
    pattern = torch.eye(5)[:3]
    assert torch.equal(draw(pattern.t(), seeded()), pattern.t())


@both
@every_type
def test_frequencies_stay_within_binomial_bounds(draw, dtype):
    n = 40_000
    p = torch.tensor([0.002, 0.125, 0.5, 0.71, 0.998]).to(dtype)
    drawn = draw(p.expand(n, -1), seeded()).double()
    bound = 4.5 * (p.double() * (1 - p.double()) / n).sqrt()
    assert ((drawn.mean(0) - p.double()).abs() < bound).all()


def test_all_four_lanes_of_a_word_are_uniform():
    n, bins = 2**18, 32
    lanes = threshold_bins(n, bins, seed=1).view(-1, 4)
    expected = n / 4 / bins
    for lane in lanes.t():
        counts = torch.bincount(lane, minlength=bins).double()
        chi_square = ((counts - expected) ** 2 / expected).sum()
        assert 8 < chi_square < 70  # 31 degrees of freedom: each side has a chance below 1e-4


def test_lanes_and_neighbouring_words_are_uncorrelated():
    words = threshold_bins(2**18, 16, seed=2).view(-1, 4).numpy()
    columns = np.hstack((words[:-1], words[1:]))
    correlation = np.corrcoef(columns.T) - np.eye(8)
    assert np.abs(correlation).max() < 4.5 / np.sqrt(len(columns))


def test_thresholds_resolve_one_in_65536():
    n = 2**22
    once, never = torch.full((n,), 2.0**-16), torch.full((n,), 0.49 * 2.0**-16)
    assert fast_bernoulli(never, seeded()).sum() == 0
    assert abs(float(fast_bernoulli(once, seeded()).sum()) - n / 2**16) < 4.5 * 8


@both
def test_the_generator_alone_decides(draw):
    p = torch.full((1000,), 0.5)
    generator = seeded(3)
    first, second = draw(p, generator), draw(p, generator)
    assert torch.equal(first, draw(p, seeded(3)))
    assert not torch.equal(first, second)
    assert torch.equal(p, torch.full((1000,), 0.5))
