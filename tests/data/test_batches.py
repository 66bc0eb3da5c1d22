"""Batches: every row once an epoch, the same ones whenever they are asked for again."""

import numpy as np
import pytest
import torch

from embudo.data.adapt import as_table
from embudo.data.batches import Batches

N = 23
VALUES = np.arange(N * 2, dtype=np.float64).reshape(N, 2)


def firsts(batches):
    return [batch.x[:, 0].tolist() for batch in batches]


def make(size=5, seed=3, values=VALUES, **options):
    return Batches(as_table(values), size, seed, **options)


def test_an_epoch_shows_every_row_once_and_the_last_batch_is_short():
    batches = make()
    assert len(batches) == 5
    found = firsts(batches.epoch(0))
    assert [len(rows) for rows in found] == [5, 5, 5, 5, 3]
    assert sorted(sum(found, [])) == VALUES[:, 0].tolist()


def test_a_batch_holds_whole_rows():
    for batch in make().epoch(0):
        assert (batch.x[:, 1] == batch.x[:, 0] + 1).all()
        assert batch.observed is None
        assert batch.weight is None


@pytest.mark.parametrize("start", range(6))
def test_an_epoch_resumed_at_any_step_is_the_tail_of_the_whole(start):
    assert firsts(make().epoch(4, start)) == firsts(make().epoch(4))[start:]


def test_the_order_depends_on_seed_and_epoch_alone():
    assert firsts(make().epoch(1)) == firsts(make().epoch(1))
    orders = [tuple(map(tuple, firsts(make(seed=s).epoch(e)))) for s in (0, 1) for e in (0, 1)]
    assert len(set(orders)) == 4


def test_only_the_rows_that_take_part_occur():
    rows = torch.tensor([1, 2, 3, 5, 8, 13])
    found = sum(firsts(make(rows=rows).epoch(0)), [])
    assert sorted(found) == VALUES[rows, 0].tolist()


def test_missing_entries_are_0_and_marked():
    values = VALUES.copy()
    values[4, 1] = np.nan
    batches = make(values=values, has_missing=True)
    batch = batches.take(torch.tensor([4, 5]))
    assert batch.x.tolist() == [[8, 0], [10, 11]]
    assert batch.observed.tolist() == [[1, 0], [1, 1]]


def test_weights_of_a_batch_sum_to_its_mean_over_that_of_all():
    weight = torch.rand(N, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    for batch in make(weight=weight).epoch(0):
        rows = (batch.x[:, 0] / 2).long()
        expected = weight[rows] / weight.mean() / len(rows)
        torch.testing.assert_close(batch.weight, expected)


def test_weights_of_an_epoch_average_the_data_as_weighted():
    """Batches of equal size add up to the weighted mean of all rows."""
    weight = torch.arange(1.0, 21.0, dtype=torch.float64)
    batches = list(make(size=4, values=VALUES[:20], weight=weight).epoch(0))
    mean = sum(batch.weight @ batch.x.double() for batch in batches) / len(batches)
    np.testing.assert_allclose(mean, np.average(VALUES[:20], axis=0, weights=weight), rtol=1e-6)


def test_weights_are_measured_against_the_rows_that_take_part():
    weight = torch.ones(N, dtype=torch.float64)
    weight[10:] = 7.0
    batch = make(weight=weight, rows=torch.arange(10)).take(torch.arange(5))
    torch.testing.assert_close(batch.weight, torch.full((5,), 0.2, dtype=torch.float64))


def test_a_table_can_be_drawn_anew_for_each_epoch():
    def anew(number):
        return as_table(VALUES + 100 * number)

    batches = make(anew=anew)
    for number in (0, 3, 1):
        found = sorted(sum(firsts(batches.epoch(number)), []))
        assert found == (VALUES[:, 0] + 100 * number).tolist()
    assert firsts(make(anew=anew).epoch(4, 2)) == firsts(make(anew=anew).epoch(4))[2:]
