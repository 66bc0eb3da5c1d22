"""Tables: the rows asked for, as they are, whatever holds them."""

import numpy as np
import pytest
import scipy.sparse
import torch

from embudo.data.adapt import DenseTable, SparseTable, as_table


@pytest.fixture
def values():
    values = np.random.default_rng(0).normal(size=(23, 5))
    values[values < 0] = 0
    values[3, 2] = np.nan
    return values


@pytest.fixture(params=["c", "fortran", "float32", "strided", "csr", "csc", "memmap"])
def table(request, values, tmp_path):
    if request.param == "memmap":
        np.save(tmp_path / "x.npy", values)
    return as_table(
        {
            "c": lambda: values,
            "fortran": lambda: np.asfortranarray(values),
            "float32": lambda: values.astype(np.float32),
            "strided": lambda: np.repeat(values, 2, axis=0)[::2],
            "csr": lambda: scipy.sparse.csr_matrix(values),
            "csc": lambda: scipy.sparse.csc_array(values),
            "memmap": lambda: np.load(tmp_path / "x.npy", mmap_mode="r"),
        }[request.param]()
    )


def test_rows_by_slice_and_by_number(table, values):
    assert (table.n_rows, table.n_features) == values.shape
    numbers = np.array([4, 3, 22, 4])
    for index in (slice(2, 9), numbers):
        rows = table.rows(index)
        assert rows.dtype is torch.float32
        np.testing.assert_array_equal(rows, values[index].astype(np.float32))


def test_rows_are_the_callers_to_change(table, values):
    for index in (slice(0, 4), np.array([0, 1, 2, 3])):
        table.rows(index).fill_(-1)
        np.testing.assert_array_equal(table.rows(index), values[index].astype(np.float32))


def test_float64_keeps_every_bit(values):
    for table in (as_table(values), as_table(scipy.sparse.csr_matrix(values))):
        rows = table.rows(slice(0, 23), torch.float64)
        np.testing.assert_array_equal(rows.numpy(), values)


@pytest.mark.parametrize("elements", [1, 5, 17, 60, 10_000])
def test_blocks_cover_all_rows_once_and_stay_within_their_size(table, values, elements):
    parts = list(table.blocks(elements=elements))
    covered = [row for rows, _ in parts for row in range(rows.start, rows.stop)]
    assert covered == list(range(23))
    assert all(len(block) == rows.stop - rows.start for rows, block in parts)
    assert all(block.numel() <= max(elements, 5) for _, block in parts)
    whole = torch.cat([block for _, block in parts])
    np.testing.assert_array_equal(whole, values.astype(np.float32))


def test_booleans_and_whole_numbers_become_floats():
    np.testing.assert_array_equal(as_table(np.eye(3, dtype=bool)).rows(slice(0, 3)), np.eye(3))
    np.testing.assert_array_equal(
        as_table(scipy.sparse.csr_matrix(np.eye(3, dtype=np.uint8))).rows(slice(0, 3)), np.eye(3)
    )


def test_what_overflows_becomes_infinite_without_a_warning():
    values = np.array([[1e300, -1e300, 1.0]])
    for table in (DenseTable(values), SparseTable(values)):
        assert table.rows(slice(0, 1)).tolist() == [[float("inf"), -float("inf"), 1.0]]


def test_duplicate_entries_of_a_sparse_matrix_add_up():
    doubled = scipy.sparse.csr_matrix(([1.0, 2.0], ([0, 0], [1, 1])), shape=(1, 3))
    assert as_table(doubled).rows(slice(0, 1)).tolist() == [[0, 3, 0]]
