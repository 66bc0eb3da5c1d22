"""train: a model file that holds what fit would have learned, whatever comes in between."""

import json
import signal
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from small_data import COLUMNS, Heard
from torch import Tensor

from embudo import (
    RBM,
    Callback,
    CheckpointError,
    DataError,
    DivergenceError,
    OutputError,
    ParameterError,
    UnknownDataError,
    load,
)
from embudo.applications.sources import DataRequest
from embudo.applications.train import TrainRequest, train
from embudo.data.binarize import binarized
from embudo.data.readers import open_source
from embudo.training.run import Run

DIGITS = DataRequest("digits")
SMALL: dict[str, Any] = {"n_components": 8, "epochs": 3, "random_state": 0}


class StopAt(Callback):
    """Sends this process Ctrl-C, or plants a NaN, after a step."""

    def __init__(self, step: int, poison: bool = False) -> None:
        self.step, self.poison = step, poison

    def on_step(self, run: Run) -> None:
        if run.step != self.step:
            return
        if self.poison:
            run.module.weight.data.fill_(float("nan"))
        else:
            signal.raise_signal(signal.SIGINT)


def request(out: Path, **changes: Any) -> TrainRequest:
    return TrainRequest(
        **{"model": "rbm", "data": DIGITS, "out": out, "parameters": SMALL} | changes
    )


def tensors(path: Path) -> dict[str, Tensor]:
    return load(path).module_.state_dict()


def assert_same_model(one: Path, other: Path) -> None:
    first, second = tensors(one), tensors(other)
    assert first.keys() == second.keys()
    for name, tensor in first.items():
        assert tensor.equal(second[name]), name


def test_the_saved_model_is_what_fit_learns(tmp_path: Path, digits: np.ndarray) -> None:
    out = tmp_path / "digits.embudo"
    result = train(request(out))
    fitted = RBM(**SMALL).fit(digits)
    np.testing.assert_array_equal(load(out).components_, fitted.components_)
    assert (result.n_rows, result.n_features, result.feature_names) == (1797, 64, None)
    assert (result.stopped, result.checkpoint) == (None, None)
    assert result.parameters["n_components"] == 8
    assert "callbacks" not in result.parameters
    assert len(result.history) == 3
    assert result.history["kl_divergence"] == fitted.history_["kl_divergence"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["digits.embudo"]


def test_binarised_data_are_what_the_model_learns(tmp_path: Path) -> None:
    out = tmp_path / "bits.embudo"
    train(request(out, data=DataRequest("digits", "sample", seed=7)))
    bits = binarized(open_source("digits"), "sample", 7).read()
    fitted = RBM(**SMALL).fit(bits)
    np.testing.assert_array_equal(load(out).components_, fitted.components_)


def test_names_and_holes_of_a_table_reach_the_model(
    tmp_path: Path, table: np.ndarray, table_csv: Path
) -> None:
    out = tmp_path / "table.embudo"
    result = train(request(out, data=DataRequest(str(table_csv))))
    fitted = RBM(**SMALL).fit(pl.DataFrame(table, schema=COLUMNS, orient="row"))
    assert result.feature_names == COLUMNS
    assert tuple(load(out).feature_names_in_) == COLUMNS
    np.testing.assert_array_equal(load(out).components_, fitted.components_)


def test_ctrl_c_keeps_model_and_checkpoint_and_resuming_ends_with_the_same_bits(
    tmp_path: Path, heard: Heard
) -> None:
    whole, out = tmp_path / "whole.embudo", tmp_path / "stopped.embudo"
    train(request(whole))
    with pytest.warns(match="interrupted"):
        result = train(request(out), [StopAt(40)])
    assert result.stopped == "interrupted"
    assert result.checkpoint == tmp_path / "stopped.embudo.checkpoint"
    assert result.checkpoint.exists()
    assert len(load(out).history_) == len(result.history) == 40 // steps_per_epoch()
    result = train(request(out, resume=True), listener=heard)
    assert heard.notes == [f"going on from {out}.checkpoint"]
    assert result.stopped is None
    assert not Path(f"{out}.checkpoint").exists()
    assert_same_model(whole, out)


def steps_per_epoch() -> int:
    return -(-1797 // RBM().batch_size)


def test_resuming_without_a_checkpoint_starts_from_the_beginning_and_says_so(
    tmp_path: Path, heard: Heard
) -> None:
    whole, out = tmp_path / "whole.embudo", tmp_path / "again.embudo"
    train(request(whole))
    train(request(out, resume=True), listener=heard)
    assert heard.notes == [f"there is no checkpoint {out}.checkpoint: starting from the beginning"]
    assert_same_model(whole, out)


def test_a_checkpoint_left_over_is_spoken_of_before_it_is_replaced(
    tmp_path: Path, heard: Heard
) -> None:
    out = tmp_path / "model.embudo"
    with pytest.warns(match="interrupted"):
        train(request(out), [StopAt(40)])
    train(request(out), listener=heard)
    assert len(heard.notes) == 1
    assert "starting from the beginning" in heard.notes[0]
    assert f"{out}.checkpoint" in heard.notes[0]


def test_a_checkpoint_of_another_run_is_refused(tmp_path: Path) -> None:
    out = tmp_path / "model.embudo"
    with pytest.warns(match="interrupted"):
        train(request(out), [StopAt(40)])
    with pytest.raises(CheckpointError, match="n_components=8"):
        train(request(out, resume=True, parameters={**SMALL, "n_components": 9}))


def test_divergence_leaves_the_model_that_was_there(tmp_path: Path) -> None:
    out = tmp_path / "model.embudo"
    train(request(out))
    before = out.read_bytes()
    with pytest.raises(DivergenceError, match="lower learning_rate"):
        train(request(out, parameters={**SMALL, "n_components": 5}), [StopAt(30, poison=True)])
    assert out.read_bytes() == before


def test_logs_hold_a_row_for_each_epoch(tmp_path: Path) -> None:
    log, board = tmp_path / "run.jsonl", tmp_path / "logs" / "run"
    result = train(request(tmp_path / "model.embudo", log=log, tensorboard=board))
    rows = [json.loads(line) for line in log.read_text().splitlines()]
    assert [row["epoch"] for row in rows] == [1, 2, 3]
    assert [row["kl_divergence"] for row in rows] == result.history["kl_divergence"]
    assert len(list(board.glob("events*"))) == 1


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"out": "no/model.embudo"}, OutputError, "does not exist"),
        ({"out": "."}, OutputError, "is a folder"),
        ({"out": "model.npy"}, ParameterError, r"call it model\.embudo"),
        ({"out": "model.csv"}, ParameterError, r"call it model\.embudo"),
        ({"log": "no/run.jsonl"}, OutputError, "does not exist"),
        ({"tensorboard": "file/logs"}, OutputError, "cannot be made"),
        ({"checkpoint_minutes": 0}, ParameterError, "checkpoint_minutes must be"),
        ({"checkpoint_minutes": float("nan")}, ParameterError, "checkpoint_minutes must be"),
        ({"model": "rmb"}, ParameterError, "there is no model 'rmb'; choose from rbm"),
        ({"parameters": {"epoch": 3}}, ParameterError, "did you mean epochs"),
        ({"parameters": {"epochs": 0, "momentum": 2}}, ParameterError, "epochs .*; momentum"),
    ],
)
def test_everything_else_is_checked_before_the_data_are_read(
    tmp_path: Path, changes: dict[str, Any], error: type[Exception], message: str
) -> None:
    (tmp_path / "file").touch()
    paths = {
        key: tmp_path / value
        for key, value in {"out": "model.embudo", **changes}.items()
        if key in ("out", "log", "tensorboard")
    }
    with pytest.raises(error, match=message):
        train(request(**{"data": DataRequest("nothing"), **changes, **paths}))


def test_data_are_looked_at_before_training(tmp_path: Path, digits: np.ndarray) -> None:
    out = tmp_path / "model.embudo"
    with pytest.raises(UnknownDataError, match="did you mean digits"):
        train(request(out, data=DataRequest("digit")))
    rows = digits.copy()
    rows[3, 5] = np.inf
    np.save(tmp_path / "rows.npy", rows)
    with pytest.raises(DataError, match="at row 3, column 5"):
        train(request(out, data=DataRequest(str(tmp_path / "rows.npy"))))
    assert not out.exists()
    assert not request(out).checkpoint.exists()
