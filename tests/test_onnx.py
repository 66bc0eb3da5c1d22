"""The graphs that are written compute what the model does, and stand alone."""

import logging
import re
import sys
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import onnx as checkers
import pandas as pd
import pytest
import torch
from onnxruntime import InferenceSession
from sklearn.exceptions import NotFittedError

from embudo import RBM, MissingExtraError, OutputError, ParameterError, onnx
from embudo.estimators import MODELS, model_class
from embudo.kernels import boltzmann_states

ROOT = Path(__file__).parent.parent
BATCHES = (1, 2, 9)
SMALL: dict[str, dict[str, Any]] = {
    "bm": {"n_hidden": 5},
    "dbn": {"hidden": (6, 5)},
    "dbm": {"hidden": (6, 4, 5)},
    "dbn-classifier": {"hidden": (6, 5)},
    "autoencoder": {"hidden": (6,), "n_components": 5, "activation": "relu", "code": "truncated"},
    "sparse": {"hidden": (6,), "n_components": 5, "k": 2},
    "denoising": {"hidden": (6,), "n_components": 5, "tied": True},
    "contractive": {"hidden": (6,), "n_components": 5},
    "vae": {"hidden": (6,), "n_components": 5},
    "gan": {"n_components": 5, "width": 5},
}
FURTHER: list[tuple[str, dict[str, Any]]] = [
    ("rbm", {"hidden": "gaussian", "n_components": 5, "visible": "bernoulli"}),
    ("rbm-classifier", {"hidden": "relu", "n_components": 5}),
    ("dbn", {"hidden": (6, 5), "top": "relu", "fine_tune": "up_down", "fine_tune_epochs": 1}),
    ("bm", {"n_hidden": 24}),  # too many units to list
    ("bm", {"n_hidden": 5, "lateral": "none"}),
]
"""Settings that take other paths through the graphs."""


def table(n: int = 40) -> pd.DataFrame:
    """Rows of every kind of column, in which two groups differ."""
    rng = np.random.default_rng(0)
    old = rng.random(n) < 0.5
    return pd.DataFrame(
        {
            "age": np.where(old, rng.normal(60, 8, n), rng.normal(30, 5, n)),
            "plan": np.array(["gold", "basic", "none"])[old + rng.integers(2, size=n)],
            "member": old ^ (rng.random(n) < 0.1),
            "city": [f"city {i}" for i in rng.integers(9, size=n)],
        }
    )


def numbers(n: int = 40) -> np.ndarray:
    """Rows of zeros and ones with order in them, and one column of larger numbers."""
    rng = np.random.default_rng(0)
    kind = rng.integers(2, size=(n, 1))
    found = (rng.random((n, 6)) < np.where(kind, 0.8, 0.2)).astype(np.float32)
    found[:, 2] = 5 * kind[:, 0] + rng.random(n) - 2
    return found


def bold(name: str, X: Any, **settings: Any) -> Any:
    """A fitted model of large weights, so that its units are far from their base rates."""
    settings = SMALL.get(name, {"n_components": 5}) | settings
    model = model_class(name)(epochs=2, batch_size=8, random_state=0, **settings)
    model.fit(X, np.arange(len(X)) % 2)
    for parameter in model.module_.parameters():
        if parameter.ndim > 1:
            parameter.data.div_(parameter.std())
    return model


def run(path: Path, rows: np.ndarray) -> np.ndarray:
    session = InferenceSession(path, providers=["CPUExecutionProvider"])
    (given,) = session.get_inputs()
    (found,) = session.run(None, {given.name: rows})
    return found


def assert_equal(found: np.ndarray, expected: np.ndarray) -> None:
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5)


def assert_computed(model: Any, rows: np.ndarray, folder: Path) -> None:
    """Check both graphs against torch, for batches of several sizes."""
    paths = (folder / "encoder.onnx", folder / "decoder.onnx")
    onnx.export(model, *paths)
    missing = torch.from_numpy(np.isnan(rows))
    seen = (~missing).float() if missing.any() else None
    x = torch.from_numpy(rows).masked_fill(missing, 0)
    codes = model._encoder(torch.float32)(x, seen)
    back = model._decoder(torch.float32)(codes, None)
    assert float(codes.std(0).max()) > 0.02  # or anything would agree
    for n in BATCHES:
        assert_equal(run(paths[0], rows[:n]), codes[:n].numpy())
        assert_equal(run(paths[1], codes[:n].numpy()), back[:n].numpy())
    if not model._gaps_drop_out:
        assert_gap_spoils_its_row_alone(paths[0], rows, codes.numpy())


def assert_gap_spoils_its_row_alone(path: Path, rows: np.ndarray, codes: np.ndarray) -> None:
    rows = rows.copy()
    rows[1, 3] = np.nan
    found = run(path, rows)
    assert np.isnan(found[1]).all()
    assert_equal(np.delete(found, 1, 0), np.delete(codes, 1, 0))


@pytest.mark.slow
@pytest.mark.parametrize("name", MODELS)
def test_graphs_equal_the_model_with_columns_of_every_kind(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(boltzmann_states, "_STATES_AT_ONCE", 8)  # of 32: a loop over blocks
    X = numbers() if name == "bm" else table()  # the former has units that are on or off
    model = bold(name, X)
    rows = (X if name == "bm" else model.layout_.codes(X)).astype(np.float32)[: max(BATCHES)]
    if model._gaps_drop_out:
        rows[[0, 3, 5], [1, 0, 3]] = np.nan
        rows[6] = np.nan
    assert_computed(model, rows, tmp_path)


@pytest.mark.exhaustive
@pytest.mark.parametrize(("name", "settings"), FURTHER, ids=str)
def test_graphs_equal_the_model_with_other_units(
    name: str, settings: dict[str, Any], tmp_path: Path
) -> None:
    X = np.delete(numbers(), 2, 1) if name != "bm" else numbers()
    assert_computed(bold(name, X, **settings), X[: max(BATCHES)], tmp_path)


@pytest.fixture(scope="module")
def rbm() -> RBM:
    return RBM(n_components=4, epochs=1, random_state=0).fit(numbers())


@pytest.fixture(scope="module")
def written(rbm: RBM, tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, ...]:
    folder = tmp_path_factory.mktemp("graphs")
    return onnx.export(rbm, folder / "encoder.onnx", folder / "decoder.onnx")


def test_graphs_are_the_public_verbs(rbm: RBM, written: tuple[Any, ...]) -> None:
    X = numbers()
    codes = run(written[0].path, X)
    assert_equal(codes, rbm.transform(X))
    assert_equal(run(written[1].path, codes), rbm.inverse_transform(codes))


@pytest.mark.parametrize(
    ("index", "given", "found"), [(0, ("rows", 6), ("codes", 4)), (1, ("codes", 4), ("rows", 6))]
)
def test_a_file_is_whole_and_says_what_goes_in_and_out(
    written: tuple[Any, ...], index: int, given: tuple[str, int], found: tuple[str, int]
) -> None:
    file = written[index]
    assert ((file.input, file.n_inputs), (file.output, file.n_outputs)) == (given, found)
    assert file.takes_gaps == (index == 0)
    content = file.path.read_bytes()
    assert file.n_bytes == len(content)
    graph = checkers.load_from_string(content)
    checkers.checker.check_model(graph, full_check=True)
    assert [entry.version for entry in graph.opset_import if not entry.domain] == [onnx.OPSET]
    assert all(not tensor.external_data for tensor in graph.graph.initializer)
    for value, (name, width) in ((graph.graph.input, given), (graph.graph.output, found)):
        assert [entry.name for entry in value] == [name]
        rows, columns = value[0].type.tensor_type.shape.dim
        assert (rows.dim_param, columns.dim_value) == ("batch", width)
    assert [path.name for path in file.path.parent.iterdir() if path.suffix != ".onnx"] == []


def test_nothing_of_this_machine_and_nothing_idle_is_in_a_file(
    rbm: RBM, written: tuple[Any, ...]
) -> None:
    for file in written:
        content = file.path.read_bytes()
        assert b".py" not in content
        assert str(ROOT).encode() not in content
    # Weights and one side's biases, and no chains: an encoder knows no visible biases.
    initializers = checkers.load(written[1].path).graph.initializer
    assert sum(int(np.prod(tensor.dims)) for tensor in initializers) < 4 * 6 + 6 + 4 * 6


@pytest.mark.slow
def test_exporting_is_silent_and_leaves_no_trace(
    rbm: RBM, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    before = {name: value.clone() for name, value in rbm.module_.state_dict().items()}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        onnx.export(rbm, tmp_path / "encoder.onnx", tmp_path / "decoder.onnx")
    assert capfd.readouterr() == ("", "")
    assert logging.root.manager.disable == logging.NOTSET
    after = rbm.module_.state_dict()
    assert after.keys() == before.keys()
    assert all(torch.equal(value, after[name]) for name, value in before.items())


@pytest.mark.parametrize(
    ("encoder", "decoder", "error", "message"),
    [
        ("encoder.pt", "decoder.onnx", ParameterError, "encoder.pt is to be an ONNX file"),
        ("encoder.onnx", "decoder", ParameterError, "decoder is to be an ONNX file"),
        ("same.onnx", "same.onnx", ParameterError, "both are to be"),
        ("same.onnx", "./same.onnx", ParameterError, "both are to be"),
        ("encoder.onnx", "no/decoder.onnx", OutputError, "does not exist, make it first"),
    ],
)
def test_paths_that_cannot_be_used_are_refused_before_anything_is_written(
    rbm: RBM,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    encoder: str,
    decoder: str,
    error: type[Exception],
    message: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(error, match=re.escape(message)):
        onnx.export(rbm, encoder, decoder)
    assert list(tmp_path.iterdir()) == []


def test_files_come_in_pairs(rbm: RBM, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    paths = (tmp_path / "encoder.onnx", tmp_path / "decoder.onnx")
    paths[0].write_text("older")
    monkeypatch.setattr(onnx, "_MOST_BYTES", 60)
    with pytest.raises(ParameterError, match=r"GiB of numbers, but an ONNX file ends at 2 GiB"):
        onnx.export(rbm, *paths)
    assert paths[0].read_text() == "older"
    assert list(tmp_path.iterdir()) == [paths[0]]


@pytest.mark.parametrize("package", ["onnx", "onnxscript"])
def test_a_missing_package_is_named_with_the_way_out(
    rbm: RBM, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, package: str
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(MissingExtraError, match=r"pip install 'embudo\[onnx\]'"):
        onnx.export(rbm, tmp_path / "encoder.onnx", tmp_path / "decoder.onnx")


def test_a_model_has_to_be_fitted(tmp_path: Path) -> None:
    with pytest.raises(NotFittedError):
        onnx.export(RBM(), tmp_path / "encoder.onnx", tmp_path / "decoder.onnx")


@pytest.mark.slow
def test_convolutions_are_graphs_too(tmp_path: Path) -> None:
    settings = {"architecture": "conv", "image_shape": (7, 6), "channels": (3,), "hidden": (5,)}
    X = np.random.default_rng(0).random((60, 42))
    model = model_class("vae")(n_components=3, epochs=2, random_state=0, **settings).fit(X)
    rows = X.astype(np.float32)[: max(BATCHES)]
    rows[0, 3] = np.nan
    assert_computed(model, rows, tmp_path)
