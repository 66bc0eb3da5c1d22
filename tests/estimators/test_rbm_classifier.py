"""The classifier against sums over all states, and what its caller sees."""

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from embudo import DataError, ParameterError, RBMClassifier, load
from oracles import labels as oracle_of
from oracles.general import GeneralRBM

NAMES = np.array(["ash", "birch", "cedar"])
OBJECTIVES = ["generative", "discriminative", "hybrid"]


def table(n=90, seed=0):
    """Rows of 0 and 1 whose columns tell of the class, and the classes' names."""
    rng = np.random.default_rng(seed)
    y = rng.integers(3, size=n)
    p = np.array([[0.9, 0.1, 0.5], [0.2, 0.8, 0.5], [0.1, 0.2, 0.9]])[y]
    return (rng.random((n, 3)) < p).astype(np.float64), NAMES[y]


X, Y = table()
ALL = np.array([[i >> 2 & 1, i >> 1 & 1, i & 1] for i in range(8)], dtype=np.float64)


@pytest.fixture(scope="module", params=OBJECTIVES)
def model(request):
    settings = {"n_components": 4, "epochs": 80, "batch_size": 10, "random_state": 0}
    return RBMClassifier(objective=request.param, **settings).fit(X, Y)


def oracle(model):
    """The machine that was learned, as a table of states."""
    W = np.vstack([model.components_.T, model.components_label_.T])
    a = np.concatenate([model.intercept_visible_, model.intercept_label_])
    variables = (("bernoulli", 1),) * 3 + (("softmax", 3),)
    parts = (part.astype(np.float64) for part in (W, a, model.intercept_hidden_))
    return GeneralRBM(variables, "bernoulli", *parts)


def test_probabilities(model):
    expected = np.exp(oracle_of.log_posterior(oracle(model), ALL))
    np.testing.assert_allclose(model.predict_proba(ALL), expected, rtol=1e-6)
    np.testing.assert_array_equal(model.predict(ALL), NAMES[expected.argmax(1)])
    assert model.score(X, Y) == np.mean(model.predict(X) == Y) > 0.6


def test_joint_probabilities_add_up_to_one(model):
    partition = model.log_partition()
    each = [model.log_joint(ALL, np.full(8, name), partition) for name in NAMES]
    assert np.exp(each).sum() == pytest.approx(1, rel=1e-5)
    rows = np.logaddexp.reduce(each)
    np.testing.assert_allclose(model.log_likelihood(ALL, partition), rows, rtol=1e-6)
    np.testing.assert_allclose(model.log_likelihood(ALL), rows, rtol=1e-6)
    expected = oracle_of.class_masses(oracle(model), ALL) - oracle_of.log_partition(oracle(model))
    np.testing.assert_allclose(each, expected.T, rtol=1e-5)


def test_codes_and_scores_are_those_of_the_row_alone(model):
    machine = oracle(model)
    codes = oracle_of.hidden_means(machine, ALL)
    np.testing.assert_allclose(model.transform(ALL), codes, rtol=1e-6)
    energies = -np.logaddexp.reduce(oracle_of.class_masses(machine, ALL), axis=1)
    np.testing.assert_allclose(model.free_energy(ALL), energies, rtol=1e-6)
    each = [oracle_of.pseudo_log_likelihoods(machine, x) for x in ALL]
    np.testing.assert_allclose(model.score_columns(ALL), each, rtol=1e-5)
    np.testing.assert_allclose(model.score_samples(ALL), np.sum(each, 1), rtol=1e-5)


def test_samples_of_a_class(model):
    n = 4000
    for k, name in enumerate(NAMES):
        drawn = model.sample(n, y=name, steps=20)
        p = oracle_of.given_class(oracle(model), k) @ oracle_of.data_table(oracle(model))[0]
        assert (np.abs(drawn.mean(0) - p) < 4.5 * np.sqrt(p * (1 - p) / n)).all()
    some = np.repeat(NAMES, n)
    mixed = model.sample(3 * n, y=some, steps=20, means=True).reshape(3, n, 3).mean(1)
    for k in range(3):
        p = oracle_of.given_class(oracle(model), k) @ oracle_of.data_table(oracle(model))[0]
        np.testing.assert_allclose(mixed[k], p, atol=0.02)


def test_missing_entries_are_imputed_over_all_labels(model):
    machine = oracle(model)
    row = np.array([[1.0, np.nan, 0.0]])
    masses = oracle_of.class_masses(machine, np.array([[1.0, 0, 0], [1, 1, 0]]))
    p = np.exp(np.logaddexp.reduce(masses[1]) - np.logaddexp.reduce(masses.ravel()))
    filled = model.impute(np.repeat(row, 200, 0), steps=100)
    assert filled[:, 1].mean() == pytest.approx(p, abs=0.02)


def test_the_absent_units_of_missing_entries(model):
    rest = oracle(model).without([False, True, False, False])
    expected = np.exp(oracle_of.log_posterior(rest, np.array([[1.0, 0.0]])))
    found = model.predict_proba([[1.0, np.nan, 0.0]])
    np.testing.assert_allclose(found, expected, rtol=1e-6)
    with pytest.raises(DataError, match="row 0 lacks column 1"):
        model.log_joint([[1.0, np.nan, 0.0]], ["ash"])


def test_a_file_keeps_the_classes(model, tmp_path):
    model.save(tmp_path / "m.embudo")
    twin = load(tmp_path / "m.embudo")
    assert twin.classes_.dtype == model.classes_.dtype
    np.testing.assert_array_equal(twin.predict(ALL), model.predict(ALL))
    np.testing.assert_array_equal(
        twin.sample(3, y="cedar", steps=9), model.sample(3, y="cedar", steps=9)
    )


def test_diagnosis_looks_at_rows_without_labels(model):
    found = model.diagnose(X, X[:30], steps=40)
    gap = model.free_energy(X[:30]).mean() - model.free_energy(X).mean()
    assert found.free_energy_gap == pytest.approx(gap, abs=1e-4)


def test_other_classes_are_refused(model):
    with pytest.raises(ParameterError, match="y='elm' is not among .*'ash'"):
        model.sample(2, y="elm")
    with pytest.raises(ParameterError, match=r"one for each of 2 samples, .* shape \(3,\)"):
        model.sample(2, y=NAMES)
    with pytest.raises(DataError, match="'elm' in row 1"):
        model.log_joint(ALL[:2], ["ash", "elm"])


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_digits(objective):
    digits = load_digits()
    parts = train_test_split(digits.data / 16, digits.target, test_size=0.3, random_state=0)
    train, test, y_train, y_test = parts
    settings = {"n_components": 64, "epochs": 15, "random_state": 0}
    fitted = RBMClassifier(objective=objective, **settings).fit(train, y_train)
    assert fitted.score(test, y_test) > {"generative": 0.6}.get(objective, 0.9)
    assert fitted.history_["accuracy"][-1] > fitted.history_["accuracy"][0]


def test_rows_without_a_label_are_left_out_or_learned_from():
    y = np.arange(90) % 2
    y[::3] = -1
    known = y >= 0
    settings = {"n_components": 4, "epochs": 5, "batch_size": 90, "random_state": 0}
    alone = RBMClassifier(objective="discriminative", **settings).fit(X[known], y[known])
    semi = RBMClassifier(objective="discriminative", unlabelled=-1, **settings).fit(X, y)
    assert semi.classes_.tolist() == [0, 1]
    difference = semi.components_label_ - alone.components_label_
    assert np.abs(difference).max() < 0.01  # they start from the columns' rates, over all rows
    other = X.copy()
    other[~known] = 1 - other[~known]
    hybrid = {**settings, "objective": "hybrid", "generative_weight": 1.0, "unlabelled": -1}
    first, second = (RBMClassifier(**hybrid).fit(rows, y) for rows in (X, other))
    assert np.abs(first.intercept_visible_ - second.intercept_visible_).max() > 0.1


def test_a_frame_of_all_kinds_with_named_classes():
    rng = np.random.default_rng(0)
    y = rng.choice(["no", "yes"], 120)
    yes = y == "yes"
    frame = pd.DataFrame(
        {
            "age": rng.normal(40, 5, 120) + 15 * yes,
            "pet": np.where(rng.random(120) < 0.2 + 0.6 * yes, "cat", "dog"),
            "town": rng.choice(["a", "b", "c", "d"], 120),
        }
    )
    frame.loc[3, "pet"] = None
    model = RBMClassifier(n_components=8, epochs=20, random_state=0).fit(frame, y)
    assert model.score(frame, y) > 0.85
    assert model.visible_ == "mixed"
    drawn = model.sample(300, y="yes", steps=50)
    assert list(drawn.columns) == list(frame.columns)
    assert drawn["age"].mean() > model.sample(300, y="no", steps=50)["age"].mean() + 5
    assert model.components_.shape == (8, 1 + 1 + 4)


def test_early_stopping_watches_the_labels():
    settings = {"n_components": 4, "epochs": 60, "early_stopping": True, "patience": 2}
    model = RBMClassifier(learning_rate=3.0, random_state=0, **settings).fit(X, Y)
    scores = model.history_["validation_log_posterior"]
    assert len(scores) < 60
    assert len(scores) - 1 - int(np.argmax(scores)) == 2


def test_sparsity_is_no_part_of_the_discriminative_objective():
    with pytest.raises(ParameterError, match=r"sparsity_weight=0\.1 .*objective='hybrid'"):
        RBMClassifier(objective="discriminative", sparsity_weight=0.1).fit(X, Y)
