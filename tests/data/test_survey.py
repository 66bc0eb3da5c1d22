"""The look before training: known means and scales, and refusals that point at the cell."""

import numpy as np
import pytest
import torch

from embudo.data.adapt import Table, as_table
from embudo.data.survey import check_unit_interval, survey, with_scale
from embudo.errors import DataError

NAN = np.nan


def look(values, weight=None):
    table = as_table(np.asarray(values))
    weight = None if weight is None else torch.tensor(weight, dtype=torch.float64)
    return with_scale(survey(table, weight), table, weight)


def test_means_and_scales_of_what_is_observed_by_hand():
    facts = look([[1.0, NAN, 5.0], [3.0, 2.0, NAN], [NAN, 6.0, NAN]])
    assert (facts.low, facts.high, facts.has_missing) == (1.0, 6.0, True)
    assert facts.mean.tolist() == [2.0, 4.0, 5.0]
    assert facts.scale.tolist() == [1.0, 2.0, 1.0]  # a constant column has the scale 1


def test_weights_count_as_repeated_rows():
    values = np.array([[0.0, 1.0], [4.0, NAN], [8.0, 9.0]])
    weighted = look(values, weight=[3, 1, 2])
    repeated = look(np.repeat(values, [3, 1, 2], axis=0))
    torch.testing.assert_close(weighted.mean, repeated.mean)
    torch.testing.assert_close(weighted.scale, repeated.scale)
    assert weighted.mean.tolist() == pytest.approx([20 / 6, 21 / 5])


def test_a_row_of_weight_0_is_as_absent():
    values = [[0.25, 0.5], [NAN, 7.0], [0.75, 1.0]]
    facts = look(values, weight=[1, 0, 1])
    assert (facts.low, facts.high, facts.has_missing) == (0.25, 1.0, False)
    assert facts.mean.tolist() == [0.5, 0.75]
    assert facts.within_unit_interval


@pytest.mark.parametrize("constant", [0.0, 0.1, -3.3e-5, 1e6 + 0.1, 16_777_217.0, 1e-40])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_constant_column_has_scale_1_however_it_is_rounded(constant, dtype):
    values = np.column_stack([np.full(5000, constant), np.arange(5000) % 2]).astype(dtype)
    facts = look(values)
    assert facts.scale.tolist() == [1.0, 0.5]
    assert facts.mean[0] == pytest.approx(constant, rel=1e-6, abs=1e-38)


@pytest.mark.parametrize("scale", [1e-30, 1e-3, 1.0, 1e3, 1e30])
def test_scales_of_any_size_are_found(scale):
    values = np.random.default_rng(0).normal(scale=scale, size=(4000, 3))
    np.testing.assert_allclose(look(values).scale, values.std(0), rtol=1e-5)


def test_the_answer_does_not_depend_on_the_blocks(monkeypatch):
    rng = np.random.default_rng(0)
    values = rng.normal(5, size=(500, 7))
    values[rng.random(values.shape) < 0.2] = NAN
    weight = rng.integers(1, 4, 500).tolist()
    whole = look(values, weight)
    for elements in (1, 50, 777):
        monkeypatch.setattr(Table.blocks, "__defaults__", (torch.float32, elements))
        parts = look(values, weight)
        assert (parts.low, parts.high) == (whole.low, whole.high)
        torch.testing.assert_close(parts.mean, whole.mean, rtol=1e-6, atol=0)
        torch.testing.assert_close(parts.scale, whole.scale, rtol=1e-6, atol=0)
    np.testing.assert_allclose(
        whole.mean,
        np.nansum(values * np.c_[weight], 0) / (~np.isnan(values) * np.c_[weight]).sum(0),
    )


@pytest.mark.parametrize("bad", [np.inf, -np.inf, 1e39, -1e300])
@pytest.mark.parametrize("names", [None, ["height", "weight"]])
def test_infinity_and_overflow_are_named_by_row_and_column(bad, names):
    values = np.zeros((3000, 2))
    values[10, 0] = NAN
    values[2345, 1] = bad
    label = "column 1" if names is None else "column 'weight'"
    with pytest.raises(DataError, match=f"inf, .*too large for float32, at row 2345, {label}"):
        survey(as_table(values), names=names)


def test_large_values_whose_sum_overflows_are_let_in():
    facts = survey(as_table(np.full((40, 2), 3e38)))
    assert facts.high == pytest.approx(3e38)


def test_nothing_observed_is_refused():
    with pytest.raises(DataError, match="every entry of X is missing"):
        survey(as_table(np.full((3, 2), NAN)))


@pytest.mark.parametrize(
    ("value", "advice"),
    [(255.0, "divide by 255"), (2.0, "divide by 255"), (1.5, "; scale with"), (-1.0, "; scale")],
)
def test_values_outside_the_unit_interval_come_with_advice(value, advice):
    values = np.full((4, 3), 0.5)
    values[1, 0] = NAN
    values[2, 1] = value
    with pytest.raises(DataError, match=rf"row 2, column 'b' holds {value:g}.*{advice}"):
        check_unit_interval(as_table(values), ["a", "b", "c"])


def test_the_ends_of_the_unit_interval_belong_to_it():
    table = as_table(np.array([[0.0, 1.0, NAN]]))
    check_unit_interval(table, None)
    assert survey(table).within_unit_interval
