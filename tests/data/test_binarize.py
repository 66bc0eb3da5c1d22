"""Binarised sources: exact bits, whatever the blocks."""

import numpy as np
import pytest
from scipy import sparse

from embudo.data.readers import binarized, open_source
from embudo.data.source import array_source, regrouped
from embudo.errors import DataError, ParameterError


@pytest.fixture
def grey():
    X = np.random.default_rng(0).random((1000, 6)).astype(np.float32)
    X[3, 2] = np.nan
    return X


def test_a_threshold_is_exclusive_and_keeps_missing():
    source = array_source("x", np.array([[0.2, 0.5, 0.51, np.nan, 1.0]]))
    bits = binarized(source, "0.5").read()
    np.testing.assert_array_equal(bits, [[0, 0, 1, np.nan, 1]])
    assert bits.dtype == np.float64


def test_the_bits_do_not_depend_on_the_blocks(grey):
    source = binarized(array_source("x", grey), "sample", seed=3)
    whole = source.read()
    assert set(np.unique(whole[~np.isnan(whole)])) == {0, 1}
    assert np.isnan(whole[3, 2])
    for rows in (1, 7, 256, 257, 999, 5000):
        np.testing.assert_array_equal(np.concatenate(list(source.blocks(rows))), whole)
    again = binarized(array_source("x", grey), "sample", seed=3).read()
    np.testing.assert_array_equal(again, whole)
    other = binarized(array_source("x", grey), "sample", seed=4).read()
    assert (np.nan_to_num(other) != np.nan_to_num(whole)).mean() > 0.2


def test_sampled_bits_have_the_right_mean():
    p = np.tile(np.array([0.0, 0.1, 0.5, 0.9, 1.0]), (20_000, 1))
    mean = binarized(array_source("x", p), "sample", seed=0).read().mean(0)
    deviation = np.sqrt(p[0] * (1 - p[0]) / len(p))
    assert (np.abs(mean - p[0]) <= 4 * deviation).all()


def test_blocks_of_rows_draw_different_bits():
    p = np.full((2048, 8), 0.5)
    bits = binarized(array_source("x", p), "sample", seed=0).read()
    assert len({block.tobytes() for block in np.split(bits, 8)}) == 8


def test_what_is_known_of_the_source_stays(grey):
    source = array_source("x", grey, image_shape=(2, 3), labels=np.arange(1000))
    bits = binarized(source, "0.5")
    assert (bits.n_rows, bits.image_shape, bits.name) == (1000, (2, 3), "x")
    np.testing.assert_array_equal(bits.labels, np.arange(1000))
    assert "above 0.5" in bits.note


def test_sparse_data_stay_sparse(tmp_path):
    matrix = sparse.random_array((600, 9), density=0.2, format="csr", rng=np.random.default_rng(0))
    sparse.save_npz(tmp_path / "x.npz", matrix)
    for how in ("0.5", "sample"):
        bits = binarized(open_source(tmp_path / "x.npz"), how, seed=1)
        whole = bits.read()
        assert sparse.issparse(whole)
        dense = binarized(array_source("x", matrix.toarray()), how, seed=1).read()
        np.testing.assert_array_equal(whole.toarray(), dense)
        np.testing.assert_array_equal(np.concatenate(list(bits.blocks(100))), dense)


@pytest.mark.parametrize("how", ["0", "1", "-0.5", "nan", "inf", "maybe", "", "0.5 0.6"])
def test_other_ways_are_refused(grey, how):
    with pytest.raises(ParameterError, match="'sample', or a threshold between 0 and 1"):
        binarized(array_source("x", grey), how)


@pytest.mark.parametrize("value", [-0.01, 1.01, np.inf])
def test_sampling_needs_probabilities(grey, value):
    grey[700, 4] = value
    source = binarized(array_source("x", grey), "sample")
    with pytest.raises(DataError, match="row 700, column 4 of x is"):
        source.read()


@pytest.mark.parametrize("heights", [[10], [1] * 10, [3, 7], [0, 9, 1], []])
def test_regrouping_keeps_every_row(heights):
    rows = np.arange(float(sum(heights)))[:, None]
    blocks = np.split(rows, np.cumsum(heights)[:-1]) if heights else []
    cut = list(regrouped(blocks, 4))
    assert [len(block) for block in cut] == [4] * (len(rows) // 4) + [len(rows) % 4] * bool(
        len(rows) % 4
    )
    if cut:
        np.testing.assert_array_equal(np.concatenate(cut), rows)
