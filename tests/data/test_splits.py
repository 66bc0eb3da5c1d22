"""Splits: nothing in both parts, nothing lost, the same again with the same seed."""

import pytest
import torch

from embudo.data.splits import hold_out, permutation
from embudo.errors import ParameterError


def test_a_permutation_holds_every_number_once():
    assert permutation(100, 5, 2).sort().values.tolist() == list(range(100))


def test_a_permutation_depends_on_its_arguments_alone():
    torch.manual_seed(0)
    first = permutation(50, 1, 2)
    torch.manual_seed(1)
    before = torch.get_rng_state()
    assert torch.equal(permutation(50, 1, 2), first)
    assert torch.equal(torch.get_rng_state(), before)  # the global generator is left alone
    assert not torch.equal(permutation(50, 1, 3), first)
    assert not torch.equal(permutation(50, 2, 2), first)


def test_every_seed_that_an_estimator_takes_is_taken():
    assert len(permutation(3, 2**32 - 1, epoch=10_000)) == 3
    assert len(hold_out(10, 0.5, 2**32 - 1)[0]) == 5


def test_a_permutation_of_three_is_uniform():
    orders = [tuple(permutation(3, seed).tolist()) for seed in range(3000)]
    counts = [orders.count(order) for order in set(orders)]
    assert len(counts) == 6
    assert sum((count - 500) ** 2 / 500 for count in counts) < 20.5  # 0.999 at 5 degrees


@pytest.mark.parametrize(("n", "fraction", "held"), [(10, 0.1, 1), (7, 0.5, 4), (100, 0.99, 99)])
def test_parts_are_disjoint_ordered_and_complete(n, fraction, held):
    train, validation = hold_out(n, fraction, seed=0)
    assert len(validation) == held
    assert sorted(train.tolist() + validation.tolist()) == list(range(n))
    assert train.tolist() == sorted(train.tolist())
    assert validation.tolist() == sorted(validation.tolist())


def test_the_seed_decides_which_rows_are_held_out():
    first, again, other = (hold_out(1000, 0.2, seed)[1].tolist() for seed in (0, 0, 1))
    assert first == again != other


def test_no_fraction_holds_nothing_out():
    train, validation = hold_out(4, 0.0, seed=0)
    assert train.tolist() == [0, 1, 2, 3]
    assert len(validation) == 0


@pytest.mark.parametrize(
    ("n", "fraction", "words"), [(3, 0.1, "validate with"), (2, 0.9, "train on")]
)
def test_an_empty_part_is_refused(n, fraction, words):
    with pytest.raises(ParameterError, match=f"{fraction:g} of {n} rows leaves no rows to {words}"):
        hold_out(n, fraction, seed=0)
