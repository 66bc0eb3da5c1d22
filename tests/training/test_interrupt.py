"""Ctrl-C: the first ends training after the step, the second at once."""

import os
import signal
import subprocess
import sys
import threading

import pytest
from toys import At, Recorder, noisy_line

from embudo.training.interrupt import Interrupt
from embudo.training.loop import fit


def press(run):
    signal.raise_signal(signal.SIGINT)


def test_the_first_ends_training_after_the_step():
    run, batches = noisy_line(epochs=3, steps=4)
    recorder = Recorder()
    fit(run, batches, callbacks=[At(press, step=6), recorder])
    assert recorder.log[-2:] == ["step 6", "end: interrupted"]
    assert (run.epoch, run.position) == (1, 2)


def test_the_second_ends_it_at_once():
    run, batches = noisy_line(epochs=3, steps=4)
    recorder = Recorder()
    with pytest.raises(KeyboardInterrupt):
        fit(run, batches, callbacks=[At(press, step=6), At(press, step=6), recorder])
    assert recorder.log[-2:] == ["step 5", "end: None"]


@pytest.mark.parametrize("handler", [signal.SIG_IGN, signal.default_int_handler])
def test_the_signal_is_given_back(handler):
    before = signal.signal(signal.SIGINT, handler)
    try:
        with Interrupt():
            assert signal.getsignal(signal.SIGINT) is not handler
        assert signal.getsignal(signal.SIGINT) is handler
    finally:
        signal.signal(signal.SIGINT, before)


def test_training_in_a_thread_leaves_the_signal_alone():
    before = signal.getsignal(signal.SIGINT)
    run, batches = noisy_line(epochs=2, steps=2)
    seen = []
    look = At(lambda r: seen.append(signal.getsignal(signal.SIGINT)), step=2)
    thread = threading.Thread(target=fit, args=(run, batches), kwargs={"callbacks": [look]})
    thread.start()
    thread.join()
    assert seen == [before]
    assert run.step == 4


SCRIPT = """
import time, warnings
import numpy as np
from embudo import RBM, Callback

class Tell(Callback):
    def on_step(self, run):
        if run.step == 3:
            print("training", flush=True)
        time.sleep(0.01)

warnings.simplefilter("always")
X = np.random.default_rng(0).random((100, 6))
rbm = RBM(n_components=3, epochs=100_000, batch_size=50, callbacks=[Tell()], random_state=0).fit(X)
print("kept", rbm.transform(X).shape, 3 <= rbm._progress.facts["epoch"] * 2 + 2)
"""


def test_ctrl_c_in_a_script_keeps_the_partial_model():
    process = subprocess.Popen(
        [sys.executable, "-c", SCRIPT], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout.readline() == "training\n"
    os.kill(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    assert out == "kept (100, 3) True\n"
    assert "ConvergenceWarning: training was interrupted after step" in err
    assert "fit(X, resume=True) goes on from here" in err
    assert "Traceback" not in err
