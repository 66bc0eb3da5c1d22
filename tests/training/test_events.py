"""What the loop tells the world, in which order, and what becomes of it."""

import io
import json
import re
import sys

import numpy as np
import pytest
import torch
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from toys import At, Recorder, noisy_line, scripted

from embudo.errors import MissingExtraError, OutputError
from embudo.training.history import History, Row
from embudo.training.loop import fit
from embudo.training.progress import ProgressLines
from embudo.training.writers import JSONLines, TensorBoard


def stop(run):
    run.stop("seen enough")


def test_events_come_in_order_and_every_listener_hears_each():
    run, batches = noisy_line(epochs=2, steps=2)
    log = []
    fit(run, batches, callbacks=[Recorder(log, "a "), Recorder(log, "b ")])
    events = [
        "start", "step 1", "step 2", "epoch 1", "step 3", "step 4", "epoch 2", "end: None",
    ]  # fmt: skip
    assert log == [f"{name} {event}" for event in events for name in "ab"]


def test_a_listener_can_stop_within_an_epoch():
    run, batches = noisy_line(epochs=3, steps=4)
    recorder = Recorder()
    fit(run, batches, callbacks=[At(stop, step=6), recorder])
    assert recorder.log[-3:] == ["step 5", "step 6", "end: seen enough"]
    assert (run.epoch, run.position, len(run.history)) == (1, 2, 1)


def test_a_listener_that_stops_at_the_last_step_of_an_epoch_completes_it():
    run, batches = noisy_line(epochs=3, steps=4)
    recorder = Recorder()
    fit(run, batches, callbacks=[At(stop, step=8), recorder])
    assert recorder.log[-3:] == ["step 8", "epoch 2", "end: seen enough"]
    assert (run.epoch, run.position, len(run.history)) == (2, 0, 2)


def test_a_listener_can_stop_after_an_epoch():
    run, batches = noisy_line(epochs=3, steps=4)
    recorder = Recorder()
    fit(run, batches, callbacks=[At(stop, epoch=1), recorder])
    assert recorder.log[-2:] == ["epoch 1", "end: seen enough"]


def test_the_end_is_told_even_when_a_listener_fails():
    run, batches = noisy_line(epochs=3, steps=4)
    recorder = Recorder()

    def fail(run):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fit(run, batches, callbacks=[At(fail, step=5), recorder])
    assert recorder.log[-2:] == ["epoch 1", "end: None"]


def test_the_row_of_an_epoch_holds_means_and_measures():
    run, batches = scripted(float, epochs=2, steps=3)
    measured = iter([{"width": 7.0}, {"width": 8.0, "late": 1.0}])
    fit(run, batches, schedule="linear", monitor=lambda: next(measured))
    first, second = run.history
    assert first.values == {"loss": 2.0, "width": 7.0}
    assert second.values == {"loss": 5.0, "width": 8.0, "late": 1.0}
    assert [row.epoch for row in run.history] == [1, 2]
    assert run.history["steps"] == [3, 3]
    assert first.learning_rate == pytest.approx(0.1 * (1 - 2 / 6))
    assert first.seconds > 0


def test_the_monitor_sees_the_state_at_the_end_of_the_epoch():
    run, batches = scripted(float, epochs=2, steps=3)
    recorder = Recorder()
    fit(run, batches, monitor=lambda: {"bias": run.module.bias.item()}, callbacks=[recorder])
    assert run.history["bias"] == [recorder.states[i]["bias"].item() for i in (2, 5)]


def test_a_history_by_number_slice_and_name():
    rows = [Row(n, 5, 0.5 * n, 0.1, {"loss": 1 / n, **({"gap": 3.0} if n > 1 else {})})
            for n in (1, 2, 3)]  # fmt: skip
    history = History(rows)
    assert history[-1] is rows[2]
    assert history[1:] == History(rows[1:])
    assert history["seconds"] == [0.5, 1.0, 1.5]
    np.testing.assert_array_equal(history["gap"], [np.nan, 3.0, 3.0])
    assert history.columns == ["epoch", "loss", "steps", "seconds", "learning_rate", "gap"]
    assert list(history.to_dict()) == history.columns
    assert repr(history).startswith("History(3 epochs: epoch, loss,")
    assert History.from_json(json.loads(json.dumps(history.to_json()))) == history
    with pytest.raises(KeyError, match="no column 'los'; it has epoch, loss"):
        history["los"]


def test_json_lines_hold_one_row_an_epoch_and_are_appended_to(tmp_path):
    path = tmp_path / "log.jsonl"
    for _ in range(2):
        run, batches = scripted(float, epochs=2, steps=3)
        fit(run, batches, callbacks=[JSONLines(path)])
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    assert [(row["epoch"], row["loss"]) for row in rows] == [(1, 2.0), (2, 5.0)] * 2
    assert rows[-1] == run.history[-1].flat()


def test_json_lines_to_nowhere_say_so(tmp_path):
    run, batches = scripted(float, epochs=1, steps=1)
    with pytest.raises(OutputError, match=r"missing/log\.jsonl: cannot be written \(No such"):
        fit(run, batches, callbacks=[JSONLines(tmp_path / "missing" / "log.jsonl")])


def test_tensorboard_reads_what_was_written(tmp_path):
    run, batches = scripted(float, epochs=3, steps=3)
    fit(run, batches, callbacks=[TensorBoard(tmp_path)], schedule="linear")
    log = EventAccumulator(str(tmp_path)).Reload()
    assert set(log.Tags()["scalars"]) == set(run.history.columns)
    for name in ("loss", "learning_rate"):
        points = [(point.step, point.value) for point in log.Scalars(name)]
        assert points == [(n, pytest.approx(v)) for n, v in enumerate(run.history[name], 1)]


def test_tensorboard_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", None)
    with pytest.raises(MissingExtraError, match=re.escape("pip install 'embudo[track]'")):
        TensorBoard(tmp_path)


def test_progress_is_a_line_an_epoch(capsys):
    stream = io.StringIO()
    run, batches = scripted(float, epochs=2, steps=3)
    monitor = {"pseudo_log_likelihood": -12.34567}
    fit(run, batches, monitor=lambda: monitor, callbacks=[ProgressLines(stream), ProgressLines()])
    expected = (
        r"epoch 1/2  loss 2  pseudo_log_likelihood -12\.35  \d+\.\d\d s\n"
        r"epoch 2/2  loss 5  pseudo_log_likelihood -12\.35  \d+\.\d\d s\n"
    )
    shown = capsys.readouterr()
    assert re.fullmatch(expected, stream.getvalue())
    assert shown.err == stream.getvalue()
    assert shown.out == ""


def test_the_run_tells_where_it_stands():
    run, batches = noisy_line(epochs=2, steps=3)
    seen = []
    fit(run, batches, callbacks=[At(lambda r: seen.append((r.epoch, r.position)), step=4)])
    assert seen == [(1, 1)]
    assert run.step == 6
    assert torch.equal(run.totals, torch.zeros(1, dtype=torch.float64))
