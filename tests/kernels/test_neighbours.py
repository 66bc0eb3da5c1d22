"""Nearest rows and ranks, against whole numbers, whose distances are exact, and scikit-learn."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from sklearn.neighbors import NearestNeighbors

from embudo.kernels.neighbours import neighbours, ranks


def by_definition(x, of, own):
    """All distances, squared, with whole numbers, and the order by distance, then by index."""
    squares = ((of[:, None].astype(np.int64) - x[None].astype(np.int64)) ** 2).sum(2)
    if own:
        np.fill_diagonal(squares, np.iinfo(np.int64).max)
    return squares, np.argsort(squares, axis=1, kind="stable")


@st.composite
def lattices(draw):
    """Rows of few whole numbers: most distances are shared, many rows are equal."""
    n, width = draw(st.integers(2, 40)), draw(st.sampled_from([1, 2, 5, 15, 16, 30]))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    rows = rng.integers(-1, 2, (n, width)) + draw(st.sampled_from([0, 7, 2**20]))
    return rows.astype(draw(st.sampled_from([np.float32, np.float64])))


@pytest.mark.slow
@given(lattices(), st.integers(1, 50), st.data())
def test_equal_distances_are_taken_by_index_whatever_the_block(x, block, data):
    k = data.draw(st.integers(1, len(x) - 1))
    squares, order = by_definition(x, x, own=True)
    found = neighbours(torch.from_numpy(x), k, block=block)
    np.testing.assert_array_equal(found.indices, order[:, :k])
    chosen = np.take_along_axis(squares, order[:, :k], 1)
    np.testing.assert_allclose(found.distances, np.sqrt(chosen), rtol=1e-15)
    rank = ranks(torch.from_numpy(x), found.indices, block)
    np.testing.assert_array_equal(rank, 1 + (squares[:, None] < chosen[:, :, None]).sum(2))


@given(lattices(), st.integers(1, 50), st.data())
def test_neighbours_of_other_rows(x, block, data):
    k, cut = data.draw(st.integers(1, len(x))), data.draw(st.integers(0, len(x)))
    order = by_definition(x, x[cut:], own=False)[1]
    found = neighbours(torch.from_numpy(x), k, torch.from_numpy(x[cut:]), block)
    np.testing.assert_array_equal(found.indices, order[:, :k])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(("n", "width", "k"), [(50, 1, 3), (1100, 15, 1), (1100, 16, 20)])
def test_as_scikit_learn_finds_them(n, width, k, dtype):
    x = np.random.default_rng(n + width).normal(size=(n, width)).astype(dtype)
    peer = NearestNeighbors(n_neighbors=k).fit(x)
    for of in (None, x[::3] + dtype(0.1)):
        distances, indices = peer.kneighbors(of)
        queries = None if of is None else torch.from_numpy(of)
        for block in (None, 333):
            found = neighbours(torch.from_numpy(x), k, queries, block)
            np.testing.assert_array_equal(found.indices, indices)
            np.testing.assert_allclose(found.distances, distances, rtol=1e-6)


@pytest.mark.parametrize("width", [3, 40])
def test_rows_far_from_the_origin_lose_no_digits(width):
    x = torch.randn((600, width), generator=torch.Generator().manual_seed(0)).double() + 3e8
    squares = (x[:, None] - x).square().sum(2).fill_diagonal_(torch.inf)
    expected, order = squares.sort(1)
    found = neighbours(x, 10, block=250)
    np.testing.assert_array_equal(found.indices, order[:, :10])
    np.testing.assert_allclose(found.distances, expected[:, :10].sqrt(), rtol=1e-14)
    several = torch.arange(0, 599, 7)
    rank = ranks(x, order[:, several], block=250)
    np.testing.assert_array_equal(rank, (several + 1).expand_as(rank))


def test_one_row_far_off_costs_the_others_no_digits():
    x = torch.randn((300, 40), generator=torch.Generator().manual_seed(4)).double()
    alone = neighbours(x, 10)
    beside = neighbours(torch.cat((x, x[:1] + 1e9)), 10)
    assert torch.equal(beside.indices[:300], alone.indices)
    assert torch.equal(beside.distances[:300], alone.distances)


@pytest.mark.parametrize("block", [7, 13, 64, 1000])
@pytest.mark.parametrize("width", [3, 40, 500])
def test_copies_are_equally_near_though_products_are_rounded(width, block):
    """20 rows, each 7 times: 6 copies at distance 0, then those of the nearest other row."""
    base = np.random.default_rng(width).normal(size=(20, width)) ** 3
    x = torch.from_numpy(np.tile(base, (7, 1)))
    kind = np.arange(140) % 20
    between = np.linalg.norm(base[:, None] - base, axis=2)
    place = between.argsort(1).argsort(1)[kind][:, kind]
    np.fill_diagonal(place, 1000)
    order = np.argsort(place, axis=1, kind="stable")
    found = neighbours(x, 10, block=block)
    np.testing.assert_array_equal(found.indices, order[:, :10])
    assert (found.distances[:, :6] == 0).all()
    rank = ranks(x, found.indices, block)
    np.testing.assert_array_equal(rank, np.tile([1] * 6 + [7] * 4, (140, 1)))


def test_the_callers_rows_stay_as_they_are():
    x = torch.randn((30, 20), generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    before = x.clone()
    ranks(x, neighbours(x, 3).indices)
    assert torch.equal(x, before)


@pytest.mark.parametrize(
    ("rows", "k", "queries", "way_out"),
    [
        (10, 0, None, "k = 0 .* choose k from 1 to 9"),
        (10, 10, None, "k = 10 .* choose k from 1 to 9"),
        (10, 11, 3, "k = 11 .* choose k from 1 to 10"),
        (1, 1, None, "k = 1 .* give more rows"),
    ],
)
def test_counts_out_of_range_are_refused(rows, k, queries, way_out):
    of = None if queries is None else torch.zeros(queries, 2)
    with pytest.raises(ValueError, match=way_out):
        neighbours(torch.zeros(rows, 2), k, of)


@pytest.mark.parametrize("width", [2, 30])
def test_memory_does_not_grow_with_the_square_of_the_rows(peak_bytes, width):
    def of(n):
        x = torch.randn((n, width), generator=torch.Generator().manual_seed(2))
        return peak_bytes(lambda: ranks(x, neighbours(x, 5).indices))

    few, many = of(3000), of(6000)
    assert few < 40e6
    assert many - few < 3000 * 5 * 8 * 10


def test_wide_rows_meet_in_smaller_blocks(peak_bytes):
    x = torch.randn((1200, 20_000), generator=torch.Generator().manual_seed(3))
    other = x[:3].clone()
    assert peak_bytes(lambda: neighbours(x, 5, other)) < 150e6
