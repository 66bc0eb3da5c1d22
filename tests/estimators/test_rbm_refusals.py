"""What an RBM does not take, and how it says so: the place, the value, the way out."""

import numpy as np
import pytest

from embudo import RBM
from embudo.errors import DataError, ParameterError


def rows(value, row=1, column=2, dtype=np.float64):
    X = np.full((4, 3), 0.5, dtype)
    X[row, column] = value
    return X


def refusal(X, error=DataError, **parameters):
    with pytest.raises(error) as caught:
        RBM(n_components=2, epochs=1, random_state=0, **parameters).fit(X)
    return str(caught.value)


@pytest.mark.parametrize("value", [1.5, -0.25, 255.0])
def test_binary_units_refuse_what_lies_outside_0_and_1(value):
    message = refusal(rows(value), visible="bernoulli")
    for word in ("row 1", "column 2", f"{value:g}", "MinMaxScaler", "visible='gaussian'"):
        assert word in message
    assert ("divide by 255" in message) == (value == 255)


def test_a_column_is_called_by_its_name():
    pandas = pytest.importorskip("pandas")
    X = pandas.DataFrame(rows(7.0), columns=["age", "height", "weight"])
    assert "column 'weight'" in refusal(X, visible="bernoulli")


@pytest.mark.parametrize("visible", ["auto", "bernoulli", "gaussian"])
@pytest.mark.parametrize("value", [np.inf, -np.inf, 1e300, -1e39])
def test_infinities_and_overflow_are_refused_by_place(visible, value):
    message = refusal(rows(value, row=3, column=0), visible=visible)
    for word in ("row 3", "column 0", "inf", "remove or clip"):
        assert word in message


@pytest.mark.parametrize("method", ["transform", "score_samples", "free_energy", "impute"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_fitted_model_refuses_infinities_too(method, dtype):
    rbm = RBM(n_components=2, epochs=1, random_state=0).fit(rows(0.1, dtype=dtype))
    with pytest.raises(DataError, match="row 2, column 1"):
        getattr(rbm, method)(rows(np.inf, row=2, column=1, dtype=dtype))


def test_a_place_is_the_tables_not_the_blocks():
    X = np.zeros((9000, 600), np.float32)
    X[8500, 599] = np.inf
    assert "row 8500, column 599" in refusal(X)


def test_a_table_of_holes_is_refused():
    assert "every entry of X is missing" in refusal(np.full((3, 2), np.nan))


def test_exact_learning_refuses_too_many_states_and_says_what_helps():
    with pytest.raises(ParameterError) as caught:
        RBM(n_components=21, algorithm="exact", epochs=1).fit(np.zeros((2, 30)))
    for word in ("2^21", "2^20", "n_components", "algorithm='pcd'"):
        assert word in str(caught.value)


@pytest.mark.parametrize(("n_visible", "n_components"), [(30, 3), (3, 30)])
def test_exact_learning_needs_one_small_layer_only(n_visible, n_components):
    X = np.eye(n_visible)[:3]
    rbm = RBM(n_components=n_components, algorithm="exact", epochs=1, random_state=0).fit(X)
    assert np.isfinite(rbm.components_).all()


def test_exact_learning_of_real_units_lists_the_hidden_ones():
    with pytest.raises(ParameterError, match=r"2\^21"):
        RBM(n_components=21, algorithm="exact", epochs=1).fit(rows(2.0))


@pytest.mark.parametrize(
    ("weights", "words"),
    [
        ([1, 1, 1], "4 entries"),
        ([1, -1, 1, 1], "from -1 to 1"),
        ([0, 0, 0, 0], "at least one row must count"),
        ([1, np.nan, 1, 1], "finite"),
    ],
    ids=["too few", "negative", "all zero", "not a number"],
)
def test_sample_weights_that_weigh_nothing_are_refused(weights, words):
    with pytest.raises(DataError, match=words):
        RBM(n_components=2, epochs=1).fit(rows(0.1), sample_weight=weights)
