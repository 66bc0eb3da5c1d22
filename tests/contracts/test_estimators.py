"""What every model keeps to, whatever it is made of."""

import functools
import pickle
import re

import narwhals as nw
import numpy as np
import pandas as pd
import polars as pl
import pytest
import scipy.sparse
import torch
from models import assert_same, bold, cases, classes, label, labels, results, rows, small
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning, NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline

from embudo import Callback, Checkpoint, ParameterError, load
from embudo.estimators.contract import OneStage

X = rows()
HOLES = rows(missing=0.15)
NAMES = [f"column {i}" for i in range(X.shape[1])]

each_case = pytest.mark.parametrize("case", cases(), ids=label)
each_one_stage = pytest.mark.parametrize(
    "cls", [cls for cls in classes() if issubclass(cls, OneStage)], ids=label
)
each_class = pytest.mark.parametrize("cls", classes(), ids=label)


def fitted(case, data=X, y=None, **arguments):
    return clone(case).fit(data, labels(data) if y is None else y, **arguments)


def one_more(model, data=X):
    return model.partial_fit(data, labels(data))


def named(data):
    return getattr(data, "columns", None)


@each_case
def test_same_seed_same_bits(case):
    first, second = fitted(case, HOLES), fitted(case, HOLES)
    assert_same(results(first, HOLES), results(second, HOLES))
    other = fitted(case.set_params(random_state=1), HOLES)
    case.set_params(random_state=0)
    assert not np.array_equal(first.transform(HOLES), other.transform(HOLES))


@each_case
def test_the_global_generators_are_left_alone(case):
    np.random.seed(0)  # noqa: NPY002
    torch.manual_seed(0)
    before = np.random.get_state()[1].copy(), torch.get_rng_state()  # noqa: NPY002
    model = fitted(case)
    results(model, X)
    one_more(model, X)
    np.testing.assert_array_equal(np.random.get_state()[1], before[0])  # noqa: NPY002
    assert torch.equal(torch.get_rng_state(), before[1])


@each_case
@pytest.mark.parametrize("kind", ["c", "fortran", "float64", "csr", "memmap"])
def test_x_is_left_alone(case, kind, tmp_path):
    data = as_kind(kind, HOLES, tmp_path)
    plain = data.toarray() if scipy.sparse.issparse(data) else np.array(data)
    model = fitted(case, data)
    results(model, data)
    one_more(model, data)
    after = data.toarray() if scipy.sparse.issparse(data) else np.array(data)
    np.testing.assert_array_equal(after, plain)


KINDS = {
    "c": lambda v, folder: np.ascontiguousarray(v),
    "fortran": lambda v, folder: np.asfortranarray(v),
    "strided": lambda v, folder: np.repeat(v, 2, axis=1)[:, ::2],
    "float64": lambda v, folder: v.astype(np.float64),
    "float16": lambda v, folder: v.astype(np.float16),
    "object": lambda v, folder: v.astype(object),
    "list": lambda v, folder: v.tolist(),
    "pandas": lambda v, folder: pd.DataFrame(v, columns=NAMES),
    "pandas nullable": lambda v, folder: pd.DataFrame(v, columns=NAMES).convert_dtypes(),
    "polars": lambda v, folder: pl.DataFrame(v, schema=NAMES),
    "csr": lambda v, folder: scipy.sparse.csr_matrix(v),
    "csr array": lambda v, folder: scipy.sparse.csr_array(v),
    "csc": lambda v, folder: scipy.sparse.csc_matrix(v),
    "torch": lambda v, folder: torch.from_numpy(v.copy()),
    "torch with gradient": lambda v, folder: torch.from_numpy(v.copy()).requires_grad_(),
    "memmap": lambda v, folder: mapped(v, folder),
}


def mapped(values, folder):
    np.save(folder / "x.npy", values)
    return np.load(folder / "x.npy", mmap_mode="r")


def as_kind(kind, values, folder):
    return KINDS[kind](values, folder)


@each_class
@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "c"])
@pytest.mark.parametrize("holes", [False, True], ids=["whole", "with holes"])
def test_every_kind_of_input_trains_the_same_model(cls, kind, holes, tmp_path):
    """A sparse matrix or a frame trains, bit for bit, what the plain array does."""
    values = HOLES if holes else X
    data = as_kind(kind, values, tmp_path)
    expected, found = of_an_array(cls, holes)
    model = fitted(small(cls), data)
    given = values if named(data) is None else pd.DataFrame(values, columns=NAMES)
    first, second = dict(found), results(model, given)
    if kind == "pandas nullable":  # its columns of whole numbers come back as such: rounded
        for verb in ("inverse_transform", "reconstruct", "impute", "sample"):
            if verb in first:
                rounded, found = first.pop(verb), second.pop(verb)
                np.testing.assert_array_equal(found, rounded.round())
    assert_same(first, second)
    wide = kind in ("float64", "object", "list", "pandas nullable")
    codes = np.asarray(model.transform(data))
    assert codes.dtype == (np.float64 if wide else np.float32)
    if not wide:
        np.testing.assert_array_equal(codes, expected.transform(values))
    np.testing.assert_allclose(codes, expected.transform(values), atol=1e-6)


@functools.cache
def of_an_array(cls, holes):
    """What the plain array trains, and its results."""
    values = HOLES if holes else X
    model = fitted(small(cls), values)
    return model, results(model, values)


@each_class
@pytest.mark.parametrize("kind", ["c", "float64", "csr"])
def test_results_have_the_type_of_the_input(cls, kind, tmp_path):
    model = fitted(small(cls))
    dtype = np.float64 if kind == "float64" else np.float32
    for verb, result in results(model, as_kind(kind, X, tmp_path)).items():
        if verb != "sample" and result.ndim:
            assert result.dtype == dtype, verb
            assert result.shape[0] == len(X), verb


@each_class
@pytest.mark.parametrize("frames", ["pandas", "polars"])
def test_set_output_is_honoured(cls, frames):
    frame = {"pandas": pd.DataFrame, "polars": pl.DataFrame}[frames]
    data = as_kind(frames, X, None)
    model = small(cls).set_output(transform=frames).fit(data, labels(data))
    codes = model.transform(data)
    assert isinstance(codes, frame)
    names = [f"{cls.__name__.lower()}{i}" for i in range(5)]
    assert list(codes.columns) == names == list(model.get_feature_names_out())
    plain = fitted(small(cls)).transform(X)
    np.testing.assert_array_equal(nw.from_native(codes).to_numpy(), plain)
    assert list(model.feature_names_in_) == NAMES


@each_class
@pytest.mark.parametrize("frames", ["pandas", "polars"])
def test_columns_by_other_names_are_refused(cls, frames):
    data = as_kind(frames, X, None)
    model = fitted(small(cls), data)
    other = {"pandas": pd.DataFrame, "polars": pl.DataFrame}[frames]
    renamed = other({f"z{i}": X[:, i] for i in range(X.shape[1])})
    with pytest.raises(ValueError, match="feature names should match"):
        model.transform(renamed)


@each_case
def test_parameters_are_those_declared_and_survive_a_clone(case):
    twin = clone(case)
    assert twin.get_params() == case.get_params()
    assert twin is not case
    assert not hasattr(clone(twin.fit(X, labels(X))), "module_")
    assert twin.set_params(epochs=2).epochs == 2
    with pytest.raises(ValueError, match="Invalid parameter 'epoch'"):
        twin.set_params(epoch=2)


@each_class
def test_constructing_only_assigns(cls):
    """Nonsense is refused by fit, and not before, so that set_params and clone work."""
    model = small(cls, epochs="many", batch_size=0)
    assert (model.epochs, model.batch_size) == ("many", 0)
    with pytest.raises(ParameterError, match=r"epochs must be .*; batch_size must be ") as caught:
        model.fit(X, labels(X))
    assert isinstance(caught.value, ValueError)
    assert not hasattr(model, "module_")
    with pytest.raises(TypeError):
        cls(5)


@each_case
def test_pickle_keeps_every_bit_and_goes_on(case):
    model = fitted(case)
    twin = pickle.loads(pickle.dumps(model))
    assert_same(results(twin, X), results(model, X))
    assert_same(results(one_more(twin, X), X), results(one_more(model, X), X))


@each_case
def test_a_file_keeps_every_bit_and_goes_on(case, tmp_path):
    model = fitted(case, HOLES)
    model.save(tmp_path / "m.embudo")
    twin = load(tmp_path / "m.embudo")
    assert twin.get_params() == model.get_params()
    assert twin.history_ == model.history_
    assert twin.history_.columns == model.history_.columns
    assert_same(results(twin, HOLES), results(model, HOLES))
    assert_same(results(one_more(twin, HOLES), X), results(one_more(model, HOLES), X))


class StopAt(Callback):
    """Interrupts training after so many steps of a stage."""

    def __init__(self, stage, step):
        self.stage, self.step = stage, step

    def on_step(self, run):
        if run.stage_name == self.stage and run.step == self.step:
            run.stop("interrupted")


@each_case
def test_interrupted_in_any_stage_and_resumed_equals_left_alone(case, tmp_path):
    alone = fitted(case, HOLES)
    for stage in alone.history_.stages:
        path = tmp_path / f"{stage}.checkpoint"
        stopped = clone(case).set_params(callbacks=[StopAt(stage, 7), Checkpoint(path)])
        where = rf" of {stage}" if stage else ""
        with pytest.warns(ConvergenceWarning, match=rf"interrupted after step 7 of \d+{where};"):
            stopped.fit(HOLES, labels(HOLES))
        elsewhere = fitted(case, HOLES, resume=path)
        stopped.set_params(callbacks=()).fit(HOLES, labels(HOLES), resume=True)
        for resumed in (stopped, elsewhere):
            assert_same(results(resumed, HOLES), results(alone, HOLES))
            assert [row.stage for row in resumed.history_] == [r.stage for r in alone.history_]


@each_class
def test_in_a_pipeline_and_a_grid_search(cls):
    y = (X.mean(1) > 0.5).astype(int)
    pipeline = make_pipeline(small(cls), LogisticRegression())
    step = cls.__name__.lower()
    search = GridSearchCV(
        pipeline, {f"{step}__batch_size": [4, 8], f"{step}__epochs": np.array([1, 2])},
        n_jobs=2, cv=2, error_score="raise",
    ).fit(X, y)  # fmt: skip
    chosen = search.best_estimator_[0]
    assert chosen.batch_size == search.best_params_[f"{step}__batch_size"]
    alone = pipeline.set_params(**search.best_params_).fit(X, y)
    np.testing.assert_array_equal(search.predict_proba(X), alone.predict_proba(X))


@each_case
def test_other_rows_do_not_change_a_row_s_result(case, monkeypatch):
    model = fitted(case, HOLES)
    whole = results(model, HOLES)
    for verb in ("transform", "reconstruct", "score_samples", "free_energy"):
        if verb in whole:
            for i in (0, 7, len(HOLES) - 1):
                row = getattr(model, verb)(HOLES[i : i + 1])[0]
                np.testing.assert_allclose(row, whole[verb][i], rtol=1e-5, atol=1e-6)


@each_case
def test_the_size_of_inference_blocks_does_not_change_results(case, monkeypatch):
    model = fitted(case, HOLES)
    whole = results(model, HOLES)
    monkeypatch.setattr("embudo.estimators.inputs._BLOCK_ELEMENTS", 3 * HOLES.shape[1])
    for verb, result in results(model, HOLES).items():
        if verb != "impute":  # which draws on from block to block
            np.testing.assert_allclose(result, whole[verb], rtol=1e-5, atol=1e-6, err_msg=verb)


@each_case
def test_missing_values_drop_out(case):
    model = fitted(case, HOLES)
    for verb, result in results(model, HOLES).items():
        assert np.isfinite(result).all(), verb
    if hasattr(model, "impute"):
        filled, seen = model.impute(HOLES), ~np.isnan(HOLES)
        np.testing.assert_array_equal(filled[seen], HOLES[seen])
    blank = model.transform(np.full((2, X.shape[1]), np.nan, np.float32))
    np.testing.assert_array_equal(blank[0], blank[1])


@each_case
def test_a_model_of_whole_rows_takes_rows_with_holes(case):
    model = fitted(case)
    codes = model.transform(np.vstack([X, HOLES]))
    np.testing.assert_allclose(codes[: len(X)], model.transform(X), rtol=1e-5, atol=1e-6)
    assert np.isfinite(codes).all()


@each_class
@pytest.mark.parametrize("value", [np.inf, -np.inf, 1e39])
def test_infinities_are_named_by_row_and_column(cls, value):
    data = X.astype(np.float64)
    data[13, 4] = value
    with pytest.raises(ValueError, match="row 13, column 4"):
        fitted(small(cls), data)
    with pytest.raises(ValueError, match="row 13, column 'column 4'"):
        fitted(small(cls), pd.DataFrame(data, columns=NAMES))
    if np.isinf(value):
        with pytest.raises(ValueError, match="row 13, column 4"):
            fitted(small(cls)).transform(data)


WEIGHTS = np.array([0, 1, 2, 3] * 10)


@each_class
def test_a_weight_counts_rows(cls):
    """A weight of 2 equals the row twice, and one of 0 its absence, where all make one batch.

    Without holes: what is drawn to fill them differs from row to row.
    """
    settings = {"batch_size": 100, "epochs": 60, "learning_rate": bold(cls)}
    weighted = fitted(small(cls, **settings), X, sample_weight=WEIGHTS)
    y = np.repeat(labels(X), WEIGHTS)
    repeated = fitted(small(cls, **settings), np.repeat(X, WEIGHTS, axis=0), y)
    np.testing.assert_allclose(weighted.transform(X), repeated.transform(X), rtol=1e-5)
    unweighted = fitted(small(cls, **settings), X)
    assert abs(weighted.transform(X) - unweighted.transform(X)).max() > 1e-3


@each_case
def test_a_row_of_weight_0_is_as_absent_in_every_batch(case):
    """Even if what stands in it would change the kind of model, or be refused."""
    data = np.insert(HOLES, [3, 20], 77.0, axis=0)
    weight = np.ones(len(data))
    weight[[3, 21]] = 0
    y = np.insert(labels(HOLES), [3, 20], 0)
    with_it = fitted(case, data, y, sample_weight=weight)
    without = fitted(case, HOLES, sample_weight=np.ones(len(HOLES)))
    np.testing.assert_array_equal(with_it.transform(X), without.transform(X))


@each_case
def test_only_the_proportions_of_weights_count(case):
    a = fitted(case, HOLES, sample_weight=WEIGHTS + 1)
    b = fitted(case, HOLES, sample_weight=(WEIGHTS + 1) * 8.0)
    np.testing.assert_array_equal(a.transform(X), b.transform(X))


@each_class
@pytest.mark.parametrize(
    ("weight", "words"),
    [
        (np.ones(3), r"40 entries.* shape \(3,\)"),
        (np.ones((40, 1)), r"shape \(40, 1\)"),
        (np.full(40, -1.0), "not negative.* from -1 to -1"),
        (np.full(40, np.nan), "finite and not negative.* from nan to nan"),
        (np.zeros(40), "zero for every row; at least one"),
    ],
)
def test_wrong_weights_are_named(cls, weight, words):
    with pytest.raises(ValueError, match=f"sample_weight .*{words}"):
        fitted(small(cls), X, sample_weight=weight)


@each_class
def test_history_has_a_row_an_epoch(cls):
    model = fitted(small(cls))
    stages = model.history_.stages.values()
    for stage in stages:
        assert stage["epoch"] == [1, 2, 3]
        assert stage["steps"] == [5, 5, 5]
    assert model.n_iter_ == 3 * len(stages)
    one_more(model, X)
    *before, last = model.history_.stages.values()
    assert last["epoch"] == [1, 2, 3, 4]
    for stage in before:  # some only make a beginning
        assert stage["epoch"] in ([1, 2, 3], [1, 2, 3, 4])


@each_one_stage
def test_early_stopping_holds_rows_out_and_brings_the_best_back(cls):
    settings = {"early_stopping": True, "patience": 1, "epochs": 60}
    model = fitted(small(cls, **settings, learning_rate=2.0))
    scores = model.history_[cls.watched]
    assert len(scores) < 60
    assert len(scores) - 1 - int(np.argmax(scores)) == 1
    assert model.history_["steps"][0] == 5  # 36 rows of 40 in batches of 8
    settings["epochs"] = len(scores) - 1
    shorter = fitted(small(cls, **settings, learning_rate=2.0))
    np.testing.assert_array_equal(model.transform(X), shorter.transform(X))


@each_class
def test_a_validation_fraction_measures_without_stopping(cls):
    model = fitted(small(cls, validation_fraction=0.25))
    assert cls.watched in model.history_.columns
    assert model.history_["steps"][:3] == [4, 4, 4]  # 30 rows of 40 in batches of 8
    assert cls.watched not in fitted(small(cls)).history_.columns
    with pytest.raises(ParameterError, match=r"validation_fraction=0\.01 of 40 rows"):
        fitted(small(cls, validation_fraction=0.01))


@each_one_stage
def test_partial_fit_passes_equal_those_of_fit(cls):
    """Two passes by fit, or one by fit and one by partial_fit, end with the same bits."""
    whole = fitted(small(cls, epochs=2))
    parts = one_more(fitted(small(cls, epochs=1)))
    assert_same(results(parts, X), results(whole, X))
    fresh = one_more(one_more(small(cls)))
    assert_same(results(fresh, X), results(whole, X))


@each_class
@pytest.mark.parametrize("verb", ["transform", "inverse_transform", "reconstruct", "save", "score",
                                  "score_samples", "impute", "sample"])  # fmt: skip
def test_results_before_fit_are_refused(cls, verb, tmp_path):
    if hasattr(cls, verb):
        argument = {"save": [tmp_path / "m"], "sample": [], "score": [X, labels(X)]}.get(verb, [X])
        with pytest.raises(NotFittedError, match=f"This {cls.__name__} instance is not fitted"):
            getattr(small(cls), verb)(*argument)


@each_class
def test_codes_of_another_width_are_refused(cls):
    model = fitted(small(cls))
    with pytest.raises(ValueError, match=r"shape \(rows, 5\), but H has \(40, 4\)"):
        model.inverse_transform(np.zeros((40, 4)))
    with pytest.raises(ValueError, match="X has 5 features, but .* is expecting 6"):
        model.transform(X[:, :5])


@each_class
def test_the_card_of_a_notebook_runs_nothing_and_is_small(cls):
    model = fitted(small(cls))
    page = model._repr_html_()
    assert cls.__name__ in page
    assert "<svg" in page
    assert len(page) < 100_000
    assert not re.search(r"<script|javascript:|\son\w+=|<iframe|https?://", page)
    assert cls.__name__ in small(cls)._repr_html_()


@each_class
def test_verbose_writes_a_line_an_epoch_and_silence_is_the_default(cls, capsys):
    fitted(small(cls))
    assert capsys.readouterr() == ("", "")
    fitted(small(cls, verbose=1))
    shown = capsys.readouterr()
    assert shown.out == ""
    stages = len(fitted(small(cls)).history_.stages)
    told = re.findall(r"^(?:[\w -]+, )?epoch (\d)/3  ", shown.err, re.MULTILINE)
    assert told == ["1", "2", "3"] * stages


@each_class
def test_nothing_but_declared_parameters_is_taken_from_the_class(cls):
    assert repr(cls(epochs=7)) == f"{cls.__name__}(epochs=7)"
