"""Early stopping waits as long as it was told, says why it stopped, and brings the best back."""

import math

import pytest
from toys import Recorder, noisy_line, same_bits

from embudo.training.early_stopping import EarlyStopping
from embudo.training.loop import fit


def watched(values, patience, epochs=None):
    """Train with an early stop on a measure that takes these values, one an epoch."""
    run, batches = noisy_line(epochs=epochs or len(values), steps=2)
    recorder, given = Recorder(), iter(values)
    fit(
        run,
        batches,
        monitor=lambda: {"score": next(given)},
        early_stopping=EarlyStopping("score", patience),
        callbacks=[recorder],
    )
    return run, recorder


@pytest.mark.parametrize(
    ("values", "patience", "ended", "best"),
    [
        ([1, 3, 2, 2, 9], 2, 4, 2),
        ([1, 3, 2, 2, 9], 3, 5, 5),
        ([5, 4, 3, 2, 1], 1, 2, 1),
        ([2, 2, 2, 2, 2], 2, 3, 1),  # a tie is no improvement
        ([1, 2, 3, 4, 5], 1, 5, 5),
        ([math.nan, 1, 2, 1, 1], 2, 5, 3),  # what is not a number is no best either
        ([1, math.nan, math.nan, 2, 3], 2, 3, 1),
    ],
)
def test_it_ends_at_the_right_epoch_with_the_best_state(values, patience, ended, best):
    run, recorder = watched(values, patience)
    assert len(run.history) == ended
    assert run.best.epoch == best
    assert same_bits(run.module.state_dict(), recorder.states[2 * best - 1])


def test_it_says_why():
    run, recorder = watched([2, 1, 1, 1], patience=2)
    assert run.stopped == "score did not improve for 2 epochs"
    assert recorder.log[-1] == "end: score did not improve for 2 epochs"


def test_a_run_that_improves_to_the_end_was_not_stopped():
    run, _ = watched([1, 2, 3], patience=1)
    assert run.stopped is None


def test_the_best_is_a_copy():
    """Later steps do not creep into the state that was kept."""
    run, recorder = watched([2, 1], patience=5)
    assert same_bits(run.best.tensors, recorder.states[1])
    assert not same_bits(run.best.tensors, recorder.states[3])
