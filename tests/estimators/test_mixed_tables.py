"""Tables of numbers, truth values and categories, with holes: in, through the model, and out."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
from pandas.testing import assert_frame_equal as assert_pandas_equal
from polars.testing import assert_frame_equal as assert_polars_equal

from embudo import RBM, DataError, load

N = 300


def people(n=N, seed=0):
    """Rows of three groups, which all columns tell apart."""
    rng = np.random.default_rng(seed)
    group = rng.integers(3, size=n)
    blurred = np.where(rng.random(n) < 0.05, rng.integers(3, size=n), group)
    return pd.DataFrame(
        {
            "age": (np.array([30, 50, 70])[group] + rng.normal(0, 4, n)).round().astype(np.int64),
            "income": np.array([1000.0, 3000, 2000])[group] + rng.normal(0, 150, n),
            "city": pd.Categorical(np.array(["Oslo", "Lima", "Bonn"])[blurred]),
            "member": rng.random(n) < np.array([0.05, 0.95, 0.5])[group],
            "plan": np.array(["basic", "full", "full"])[blurred],
        }
    )


def with_holes(frame, share=0.2, seed=1):
    removed = np.random.default_rng(seed).random(frame.shape) < share
    holes = frame.mask(removed).astype({"age": "Int64", "member": "boolean"})
    return holes, removed


@pytest.fixture(scope="module")
def holes():
    return with_holes(people())


@pytest.fixture(scope="module")
def rbm(holes):
    return RBM(
        n_components=12, epochs=25, batch_size=10, learning_rate=0.1, schedule="linear",
        random_state=0,
    ).fit(holes[0])  # fmt: skip


def as_polars(frame):
    return pl.from_pandas(frame)


def test_what_was_chosen_is_told(rbm, tmp_path):
    kinds = {column.name: column.kind for column in rbm.layout_.columns}
    assert kinds == {
        "age": "gaussian", "income": "gaussian", "city": "softmax",
        "member": "bernoulli", "plan": "bernoulli",
    }  # fmt: skip
    assert rbm.visible_ == "mixed"
    assert rbm.n_features_in_ == 5
    assert list(rbm.feature_names_in_) == list(kinds)
    assert rbm.components_.shape == (12, 7)
    assert "2 gaussian, 1 softmax" in rbm._repr_html_()
    rbm.save(tmp_path / "m.embudo")
    assert load(tmp_path / "m.embudo").layout_ == rbm.layout_


def test_imputing_beats_mean_and_mode(rbm, holes):
    """With the groups known, 0.24 and 0.18 of the numbers' deviations are left."""
    frame, removed = holes
    truth, filled = people(), rbm.impute(frame, steps=100)
    for place, (name, bound) in enumerate([("age", 0.7), ("income", 0.7)]):
        here = removed[:, place]
        error = filled[name][here].astype(float) - truth[name][here]
        assert np.sqrt(np.mean(error**2)) < bound * truth[name].std(), name
    for place, name in [(2, "city"), (4, "plan")]:
        here = removed[:, place]
        guess = frame[name].mode()[0]
        found = np.mean(filled[name][here].astype(object) == truth[name][here].astype(object))
        assert found > np.mean(truth[name][here] == guess) + 0.15, name
        assert found > 0.75, name


@pytest.mark.parametrize("convert", [pd.DataFrame, as_polars], ids=["pandas", "polars"])
def test_frames_come_back_as_they_came(holes, convert, tmp_path):
    frame = convert(holes[0].iloc[:100])
    model = RBM(n_components=4, epochs=2, random_state=0).fit(frame)
    model.save(tmp_path / "m.embudo")
    twin = load(tmp_path / "m.embudo")
    same = assert_pandas_equal if convert is pd.DataFrame else assert_polars_equal
    results = {
        "impute": [m.impute(frame, steps=5) for m in (model, twin)],
        "reconstruct": [m.reconstruct(frame) for m in (model, twin)],
        "sample": [m.sample(7, steps=5) for m in (model, twin)],
        "means": [m.sample(7, steps=5, means=True) for m in (model, twin)],
        "inverse_transform": [m.inverse_transform(m.transform(frame)) for m in (model, twin)],
    }
    for verb, (result, loaded) in results.items():
        assert type(result) is type(frame), verb
        assert list(result.columns) == list(frame.columns), verb
        assert list(result.dtypes) == list(frame.dtypes), verb
        same(result, loaded)
    transformed = model.transform(frame)
    assert isinstance(transformed, np.ndarray)
    filled = pl.DataFrame(results["impute"][0])
    original = pl.DataFrame(frame)
    for name in filled.columns:
        assert filled[name].null_count() == 0
        known = original[name].is_not_null()
        assert filled[name].filter(known).to_list() == original[name].filter(known).to_list()


def test_rows_of_pandas_keep_their_labels(rbm, holes):
    some = holes[0].iloc[[5, 3, 9]]
    assert rbm.impute(some, steps=3).index.tolist() == [5, 3, 9]
    assert rbm.reconstruct(some).index.tolist() == [5, 3, 9]


def test_terms_of_columns_sum_to_the_score(rbm, holes):
    terms = rbm.score_columns(holes[0])
    np.testing.assert_allclose(terms.sum(1), rbm.score_samples(holes[0]), rtol=1e-5)
    np.testing.assert_array_equal(terms == 0, holes[0].isna())
    odd = people(40, seed=5)
    odd.loc[7, "city"] = "Oslo" if odd.loc[7, "city"] != "Oslo" else "Lima"
    changed, before = rbm.score_columns(odd)[7], rbm.score_columns(people(40, seed=5))[7]
    assert (changed - before).argmin() == 2


def test_the_biases_start_at_the_frequencies(holes):
    """With no weights to speak of, samples have the frequencies and means of the table."""
    frame, _ = holes
    model = RBM(n_components=2, epochs=1, learning_rate=1e-9, random_state=0).fit(frame)
    drawn = model.sample(4000, steps=2)
    assert drawn["city"].value_counts(normalize=True).to_dict() == pytest.approx(
        frame["city"].value_counts(normalize=True).to_dict(), abs=0.04
    )
    assert drawn["member"].mean() == pytest.approx(frame["member"].mean(), abs=0.04)
    assert drawn["age"].mean() == pytest.approx(frame["age"].mean(), abs=1)
    assert drawn["age"].std() == pytest.approx(frame["age"].std(), rel=0.1)


def test_weights_of_rows_count_in_the_frequencies():
    frame = pd.DataFrame({"t": ["a", "b", "c"] * 20, "x": np.linspace(0, 9, 60)})
    weight = np.array([1.0, 2.0, 5.0] * 20)
    model = RBM(n_components=2, epochs=1, learning_rate=1e-9, random_state=0)
    model.fit(frame, sample_weight=weight)
    bias = model.intercept_visible_[-3:]
    np.testing.assert_allclose(np.exp(bias) / np.exp(bias).sum(), [1 / 8, 2 / 8, 5 / 8], atol=1e-3)


def test_partial_fit_keeps_the_first_layout(holes):
    frame, _ = holes
    model = RBM(n_components=4, random_state=0)
    model.partial_fit(frame.iloc[:150])
    layout = model.layout_
    model.partial_fit(frame.iloc[150:])
    assert model.layout_ is layout
    assert len(model.history_) == 2
    spoilt = frame.astype({"plan": object})
    spoilt.loc[2, "plan"] = "gold"
    with pytest.raises(DataError, match="'plan' holds 'gold' in row 2"):
        model.partial_fit(spoilt)


def test_an_array_cannot_name_categories(rbm, holes):
    with pytest.raises(DataError, match="column 'city' has categories: give a frame"):
        rbm.transform(np.zeros((3, 5)))


def test_codes_of_an_array_become_softmax_blocks():
    rng = np.random.default_rng(0)
    first = rng.integers(3, size=300)
    X = np.stack([first, (first + (rng.random(300) < 0.1)) % 3, first > 0], axis=1).astype(float)
    model = RBM(
        visible="softmax", n_components=8, epochs=20, batch_size=10, learning_rate=0.1,
        random_state=0,
    ).fit(X)  # fmt: skip
    assert model.visible_ == "softmax"
    assert [column.n_states for column in model.layout_.columns] == [3, 3, 2]
    hidden = X.copy()
    hidden[:, 1] = np.nan
    assert np.mean(model.impute(hidden, steps=50)[:, 1] == X[:, 1]) > 0.85
    assert set(np.unique(model.sample(50, steps=20)[:, 0])) <= {0, 1, 2}
    with pytest.raises(DataError, match="codes from 0 to 2, but row 1, column 0 holds 3"):
        model.transform(np.array([[0.0, 0, 0], [3, 0, 0]]))
    with pytest.raises(DataError, match=r"codes from 0 on, but row 0, column 1 holds 0\.5"):
        RBM(visible="softmax").fit(np.array([[1.0, 0.5], [0, 1]]))
    with pytest.raises(DataError, match="column 0 holds the code 5000"):
        RBM(visible="softmax").fit(np.array([[5000.0], [0]]))


def test_a_frame_of_probabilities_stays_plain(holes):
    frame = pd.DataFrame(np.random.default_rng(0).random((30, 4)), columns=list("abcd"))
    model = RBM(n_components=3, epochs=1, random_state=0).fit(frame)
    assert model.visible_ == "bernoulli"
    plain = RBM(n_components=3, epochs=1, random_state=0).fit(frame.to_numpy())
    np.testing.assert_array_equal(model.transform(frame), plain.transform(frame.to_numpy()))
    np.testing.assert_array_equal(model.reconstruct(frame), plain.reconstruct(frame.to_numpy()))


def test_bernoulli_columns_forced_name_the_value_that_does_not_fit():
    frame = pd.DataFrame({"a": [0, 1, 7], "t": ["x", "y", "x"]})
    with pytest.raises(DataError, match="'a' holds 7 in row 2|row 2, column 'a' holds 7"):
        RBM(visible="bernoulli").fit(frame)


def test_infinities_are_named_in_mixed_frames(holes):
    frame = people(30)
    frame.loc[4, "income"] = np.inf
    with pytest.raises(DataError, match="row 4, column 'income'"):
        RBM().fit(frame)
