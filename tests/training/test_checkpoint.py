"""A run written at any step and read again goes on as if nothing had happened."""

import json
import shutil

import pytest
import torch
from toys import At, Recorder, noisy_line, same_bits

from embudo import container
from embudo.errors import CheckpointError, ModelFileError, OutputError
from embudo.training import checkpoint
from embudo.training.checkpoint import Checkpoint
from embudo.training.early_stopping import EarlyStopping
from embudo.training.loop import fit
from embudo.training.optimizers import adam, sgd

EPOCHS, STEPS = 3, 4
KINDS = {
    "plain": {"optimizer": sgd},
    "momentum": {"optimizer": sgd, "momentum": 0.9, "weight_decay": 0.01},
    "adam": {"optimizer": adam, "weight_decay": 0.01},
}


def train(run, batches, *callbacks):
    """Train with all that has a memory: a schedule, a best epoch, the generator, a history."""
    return fit(
        run,
        batches,
        schedule="cosine",
        clip_norm=5.0,
        monitor=lambda: {"score": -abs(run.module.bias.item() - 0.55)},
        early_stopping=EarlyStopping("score", patience=50),
        callbacks=callbacks,
    )


def rows(run):
    """The history without the clock."""
    return [{**row.flat(), "seconds": 0} for row in run.history]


class Copies(Checkpoint):
    """Keeps what was written at each step and epoch under its own name."""

    def write(self, run):
        super().write(run)
        self.count = getattr(self, "count", 0) + 1
        shutil.copy(self.path, f"{self.path}.{self.count}")


@pytest.mark.parametrize("kind", KINDS)
def test_every_checkpoint_leads_to_the_same_end(kind, tmp_path):
    settings = {"epochs": EPOCHS, "steps": STEPS, **KINDS[kind]}
    whole, recorder = noisy_line(**settings), Recorder()
    writer = Copies(tmp_path / "c", every_minutes=0)
    train(*whole, writer, recorder)
    assert writer.count == EPOCHS * STEPS + EPOCHS  # after each step and each epoch
    for number in range(1, writer.count + 1):
        run, batches = noisy_line(**settings)
        run.module.weight.data.fill_(9)
        run.generator.manual_seed(99)
        saved = checkpoint.read(f"{tmp_path}/c.{number}")
        saved.restore(run)
        assert run.step == number - number // (STEPS + 1)
        train(run, batches)
        assert same_bits(run.module.state_dict(), whole[0].module.state_dict())
        assert torch.equal(run.generator.get_state(), whole[0].generator.get_state())
        assert (run.best.epoch, run.best.value) == (whole[0].best.epoch, whole[0].best.value)
        assert same_bits(run.best.tensors, whole[0].best.tensors)
        assert rows(run) == rows(whole[0])


def test_the_best_of_an_earlier_epoch_is_not_the_last():
    """Guards the test above: its early stopping has something to bring back."""
    run, batches = noisy_line(epochs=EPOCHS, steps=STEPS)
    recorder = Recorder()
    train(run, batches, recorder)
    assert run.best.epoch < EPOCHS
    assert not same_bits(run.module.state_dict(), recorder.states[-1])


def test_restoring_twice_from_one_state_leads_to_the_same_end(tmp_path):
    """What was read is not changed by the training that goes on from it."""
    run, batches = noisy_line(epochs=4, momentum=0.9)
    fit(run, batches, callbacks=[At(lambda r: r.stop("half way"), step=5)])
    Checkpoint(tmp_path / "c").write(run)
    saved, ends = checkpoint.read(tmp_path / "c"), []
    for _ in range(2):
        run, batches = noisy_line(epochs=4, momentum=0.9)
        saved.restore(run)
        ends.append(fit(run, batches).snapshot())
    assert same_bits(*ends)


def test_an_interrupted_run_stays_where_it_was_and_not_at_its_best():
    run, batches = noisy_line(epochs=EPOCHS, steps=STEPS)
    recorder = Recorder()
    train(run, batches, At(lambda r: r.stop("interrupted"), step=10), recorder)
    assert same_bits(run.module.state_dict(), recorder.states[-1])


def test_it_is_written_after_epochs_and_at_an_interruption(tmp_path):
    run, batches = noisy_line(epochs=3, steps=4)
    writer = Copies(tmp_path / "c", every_minutes=60)
    fit(run, batches, callbacks=[writer, At(lambda r: r.stop("interrupted"), step=6)])
    assert writer.count == 2
    facts = [checkpoint.read(f"{tmp_path}/c.{n}").facts for n in (1, 2)]
    assert [(f["epoch"], f["position"]) for f in facts] == [(1, 0), (1, 2)]


def test_it_is_written_every_few_minutes(tmp_path, monkeypatch):
    clock = [0.0]
    monkeypatch.setattr(checkpoint.time, "monotonic", lambda: clock[0])
    run, batches = noisy_line(epochs=1, steps=10)
    writer = Copies(tmp_path / "c", every_minutes=2)
    tick = At(lambda r: None)
    tick.on_step = lambda r: clock.__setitem__(0, clock[0] + 50)
    fit(run, batches, callbacks=[tick, writer])
    assert writer.count == 4  # at 150, 300 and 450 of 500 seconds, and after the epoch
    facts = [checkpoint.read(f"{tmp_path}/c.{n}").facts for n in (1, 2, 3, 4)]
    assert [f["position"] for f in facts] == [3, 6, 9, 0]


@pytest.mark.parametrize(
    ("was", "now", "words"),
    [
        ({"model": "A"}, {"model": "B"}, "written with model='A', but this run has model='B'"),
        ({"rows": 5}, {"rows": 6}, "written with rows=5, but this run has rows=6"),
        ({}, {"new": 1}, "written with new=None, but this run has new=1"),
        ({"old": 1}, {}, "written with old=1, but this run has old=None"),
    ],
)
def test_the_first_difference_is_named(was, now, words, tmp_path):
    run, _ = noisy_line()
    run.identity = was
    Checkpoint(tmp_path / "c").write(run)
    other, _ = noisy_line()
    before = other.snapshot()
    with pytest.raises(CheckpointError, match=words):
        checkpoint.read(tmp_path / "c").begin(now, other.module, 1)
    assert same_bits(other.snapshot(), before)


@pytest.mark.parametrize(
    "manifest",
    [
        {"kind": "model"},
        ["checkpoint"],
        None,
        {"kind": "checkpoint"},
        {"kind": "checkpoint", "identity": {}},
        {"kind": "checkpoint", "identity": [], "run": {"epoch": 0, "position": 0, "history": []}},
        {"kind": "checkpoint", "identity": {}, "run": {"epoch": 0}},
        {"kind": "checkpoint", "identity": {}, "run": {"epoch": 0, "position": 0, "history": [1]}},
        {"kind": "checkpoint", "identity": {}, "run": []},
    ],
)
def test_an_intact_file_of_something_else_is_no_checkpoint(manifest, tmp_path):
    run, _ = noisy_line()
    container.write(tmp_path / "c", run.state()[0], manifest)
    with pytest.raises(ModelFileError):
        checkpoint.read(tmp_path / "c").restore(run)


def test_a_checkpoint_of_other_tensors_is_refused(tmp_path):
    run, _ = noisy_line()
    tensors, facts = run.state()
    manifest = {"kind": "checkpoint", "identity": {}, "run": facts}
    container.write(tmp_path / "c", {**tensors, "module.weight": torch.zeros(7, 7)}, manifest)
    with pytest.raises(ModelFileError, match="do not fit"):
        checkpoint.read(tmp_path / "c").restore(run)


def test_a_missing_checkpoint_is_named(tmp_path):
    with pytest.raises(ModelFileError, match="nowhere: cannot be read"):
        checkpoint.read(tmp_path / "nowhere")


def test_it_cannot_be_written_into_a_missing_folder(tmp_path):
    run, batches = noisy_line(epochs=1)
    with pytest.raises(OutputError, match="No such file"):
        fit(run, batches, callbacks=[Checkpoint(tmp_path / "missing" / "c")])


def test_a_state_is_json_and_tensors(tmp_path):
    run, batches = noisy_line(epochs=2, momentum=0.9)
    train(run, batches)
    tensors, facts = run.state()
    assert json.loads(json.dumps(facts)) == facts
    assert all(isinstance(tensor, torch.Tensor) for tensor in tensors.values())
