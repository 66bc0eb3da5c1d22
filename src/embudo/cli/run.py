"""From the words typed to an exit code; whatever goes wrong becomes two lines."""

import contextlib
import os
import sys
import traceback
import warnings
from collections.abc import Iterator, Sequence
from typing import Any

import typer

from embudo.cli.app import app
from embudo.cli.faults import Interrupted, verdict, warning_line

_INTERRUPTED = 130
_BROKEN_PIPE = 1


def run(arguments: Sequence[str]) -> int:
    """Run a command.

    Parameters
    ----------
    arguments : sequence of str
        What follows ``embudo`` on the command line.

    Returns
    -------
    int
        0 if all went well, 2 for a user's mistake, 130 after Ctrl-C, 1 for everything else.
    """
    words = [word for word in arguments if word != "--debug"] or ["--help"]
    debug = len(words) < len(arguments)
    with _tidy_warnings():
        try:
            code = typer.main.get_command(app).main(
                words, prog_name="embudo", standalone_mode=False
            )
            sys.stdout.flush()
        except BrokenPipeError:
            return _leave_pipe()
        except Interrupted as notice:
            sys.stderr.write(f"interrupted: {notice}\n")
            return _INTERRUPTED
        except Exception as fault:
            return _report(fault, words, debug)
    if code == _INTERRUPTED:
        sys.stderr.write("interrupted\n")
    return code if isinstance(code, int) else 0


def _report(fault: Exception, words: Sequence[str], debug: bool) -> int:
    if debug:
        traceback.print_exception(fault)
    found = verdict(fault, words)
    sys.stderr.write(f"error: {found.error}\nhint: {found.hint}\n")
    return found.code


def _leave_pipe() -> int:
    """Keep the interpreter from flushing into the broken pipe once more as it ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return _BROKEN_PIPE


@contextlib.contextmanager
def _tidy_warnings() -> Iterator[None]:
    def show(message: Warning | str, *where: Any, **more: Any) -> None:
        sys.stderr.write(f"{warning_line(message)}\n")

    with warnings.catch_warnings():
        warnings.showwarning = show
        yield
