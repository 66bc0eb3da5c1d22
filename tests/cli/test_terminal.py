"""On a terminal there is progress and advice; signals and broken pipes end things quietly."""

import os
import pty
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from embudo import load

EMBUDO = [sys.executable, "-m", "embudo"]
STYLE = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]")
COLOUR = re.compile(r"\x1b\[[0-9;]*3[0-9](;[0-9]+)*m")


def on_a_terminal(*words: object, **variables: str) -> tuple[int, str]:
    """Run a command whose output and errors go to a terminal; return its code and what it shows."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [*EMBUDO, *map(str, words)],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env={**os.environ, "TERM": "xterm-256color", "COLUMNS": "120", **variables},
    )
    os.close(theirs)
    shown = b""
    while True:
        try:
            piece = os.read(ours, 65536)
        except OSError:  # the other end is closed
            break
        if not piece:
            break
        shown += piece
    os.close(ours)
    return process.wait(), shown.decode()


def test_training_shows_progress_measures_and_what_to_do_next() -> None:
    code, shown = on_a_terminal(
        *("train", "rbm", "digits", "-o", "my model.embudo", "--n-components", 8, "--epochs", 3)
    )
    text = STYLE.sub("", shown)
    assert code == 0
    assert "epoch 1/3" in text
    assert "epoch 3/3" in text
    assert re.search(r"KL divergence [\d.]+", text)
    assert re.search(r"\d:\d\d:\d\d", text)
    assert "saved my model.embudo: rbm, 3 epochs over 1,797 rows of 64 columns" in text
    assert "embudo transform 'my model.embudo' digits -o codes.csv" in text
    assert "embudo sample 'my model.embudo' -n 64 -o samples.png" in text
    assert COLOUR.search(shown)


def test_rows_are_counted_and_colours_can_be_refused(trained: Path) -> None:
    code, shown = on_a_terminal("transform", trained, "digits", "-o", "codes.npy", NO_COLOR="1")
    assert code == 0
    assert "1797/1797 rows" in STYLE.sub("", shown)
    assert "next" in shown
    assert not COLOUR.search(shown)


def test_notes_are_shown_at_once() -> None:
    code, shown = on_a_terminal(
        *("train", "rbm", "digits", "-o", "x.embudo", "--epochs", 1, "--n-components", 4),
        *("--binarize", "0.5", "--resume"),
    )
    text = STYLE.sub("", shown)
    assert code == 0
    assert "note: Numbers above 0.5 became 1, all others 0." in text
    assert text.index("note: there is no checkpoint x.embudo.checkpoint") < text.index("saved")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda n: n.name)
def test_a_signal_keeps_what_was_learned(number: signal.Signals) -> None:
    words = ["train", "rbm", "digits", "-o", "x.embudo", "--n-components", "8"]
    process = subprocess.Popen(
        [*EMBUDO, *words, "--epochs", "1000000"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    limit = time.monotonic() + 120
    while not Path("x.embudo.checkpoint").exists() and time.monotonic() < limit:
        time.sleep(0.05)
    process.send_signal(number)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert out == ""
    assert re.fullmatch(
        r"interrupted: x\.embudo holds what was learned in \d+ epochs; "
        r"the same command with --resume goes on\n",
        err,
    )
    assert len(load("x.embudo").history_) >= 1
    assert Path("x.embudo.checkpoint").exists()


def test_a_broken_pipe_is_no_news(trained: Path) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    process = subprocess.Popen(
        [*EMBUDO, "inspect", trained], stdout=writer, stderr=subprocess.PIPE, text=True
    )
    os.close(writer)
    _, err = process.communicate(timeout=60)
    assert err == ""
    assert process.returncode == 1
