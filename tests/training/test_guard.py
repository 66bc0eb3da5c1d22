"""Training that leaves the finite numbers ends, says where, and goes back to a good state."""

import math
import re

import pytest
import torch
from toys import Counted, Line, Recorder, run_of, same_bits, scripted

from embudo.errors import DivergenceError
from embudo.training.checkpoint import Checkpoint, read
from embudo.training.loop import fit
from embudo.training.objective import Objective


def planted(step, value=math.nan):
    return lambda n: value if n >= step else 0.001


@pytest.mark.parametrize("steps", [10, 37, 38, 50, 100])
@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_the_step_is_named_and_the_last_good_state_kept(steps, value):
    run, batches = scripted(planted(37, value), epochs=10, steps=steps)
    start, recorder = run.snapshot(), Recorder()
    with pytest.raises(DivergenceError) as caught:
        fit(run, batches, callbacks=[recorder])
    good = int(re.search(r"the state after step (\d+) was kept", str(caught.value))[1])
    epoch = 36 // steps + 1
    assert f"finite numbers at step 37 (epoch {epoch})" in str(caught.value)
    assert "lower learning_rate (now 0.1)" in str(caught.value)
    assert good == 36 // steps * steps
    kept = recorder.states[good - 1] if good else start
    assert same_bits(run.module.state_dict(), kept)
    assert recorder.log[-1] == "end: diverged"


def test_the_run_stands_where_the_good_state_was():
    run, batches = scripted(planted(37), epochs=10, steps=10)
    with pytest.raises(DivergenceError):
        fit(run, batches)
    assert (run.epoch, run.position, run.step) == (3, 0, 30)
    assert len(run.history) == 3


def test_the_rate_named_is_the_one_in_force():
    run, batches = scripted(planted(76), epochs=1, steps=100)
    with pytest.raises(DivergenceError, match=r"step 76 .*\(now 0\.0\d+\)") as caught:
        fit(run, batches, schedule="linear")
    rate = float(re.search(r"now ([\d.]+)", str(caught.value))[1])
    assert rate == pytest.approx(0.1 * (1 - 99 / 100))  # looked at after step 100


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_parameters_are_watched_too(value):
    """A value may stay finite while what it is a value of does not."""
    line, taken = Line(), [0]

    def gradient(batch, generator):
        taken[0] += 1
        filling = value if taken[0] == 37 else 0.0
        return torch.tensor(1.0), [torch.full_like(p, filling) for p in line.parameters()]

    run = run_of(Objective("loss", tuple(line.parameters()), gradient), line, epochs=5, steps=10)
    start = run.snapshot()
    with pytest.raises(DivergenceError, match="at step 40 .* the state after step 30 was kept"):
        fit(run, Counted(10))
    assert same_bits(run.module.state_dict(), start)


@pytest.mark.parametrize("momentum", [0.0, 0.9])
def test_a_diverged_run_can_go_on(momentum):
    """Not only the parameters come back: momentum that is not finite would spoil the next step."""
    line, taken = Line(), [0]

    def gradient(batch, generator):
        taken[0] += 1
        filling = math.nan if taken[0] == 7 else 0.1
        return torch.tensor(filling), [torch.full_like(p, filling) for p in line.parameters()]

    objective = Objective("loss", tuple(line.parameters()), gradient)
    run = run_of(objective, line, epochs=4, steps=5, momentum=momentum)
    with pytest.raises(DivergenceError):
        fit(run, Counted(5))
    run.stopped = None
    fit(run, Counted(5))
    assert run.step == 20
    assert line.bias.isfinite().all()


def test_no_checkpoint_is_written_of_a_state_that_is_not_finite(tmp_path):
    run, batches = scripted(planted(37), epochs=1, steps=100)
    with pytest.raises(DivergenceError, match="the state after step 36 was kept"):
        fit(run, batches, callbacks=[Checkpoint(tmp_path / "c", every_minutes=0)])
    assert read(tmp_path / "c").facts["position"] == 36


def test_finite_values_of_any_size_are_let_be():
    run, batches = scripted(lambda n: 3e38 if n % 2 else -3e38, epochs=1, steps=120)
    run.optimizers[0].param_groups[0]["lr"] = run.optimizers[0].param_groups[1]["lr"] = 1e-38
    fit(run, batches)
    assert run.step == 120
