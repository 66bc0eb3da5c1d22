"""What went wrong, in two lines: the error, and a hint at what to do."""

import itertools
import traceback
from collections.abc import Sequence
from dataclasses import dataclass

import typer

from embudo.errors import (
    CheckpointError,
    DataError,
    DivergenceError,
    EmbudoError,
    MissingExtraError,
    ModelFileError,
    OutputError,
    UnknownDataError,
)
from embudo.estimators import MODELS

_MISTAKE = 2
RECOMMEND = ("train", "evaluate", "user", "history", "similar", "explain", "batch")
_HINTS: tuple[tuple[type[Exception], str], ...] = (
    (CheckpointError, "leave --resume out to start from the beginning"),
    (ModelFileError, "'embudo train' writes model files, and 'embudo inspect FILE' checks one"),
    (DivergenceError, "give a smaller --learning-rate"),
    (MissingExtraError, "'embudo doctor' lists what is installed and what is not"),
    (OutputError, "'{command} --help' tells what can be written"),
    (UnknownDataError, "'{command} --help' tells what DATA can be"),
    (DataError, "'{command} --help' tells what DATA can be"),
)


class Interrupted(Exception):
    """Training was stopped from outside; what was learned is saved."""


@dataclass(frozen=True)
class Verdict:
    """Two lines and an exit code."""

    error: str
    hint: str
    code: int = _MISTAKE


def verdict(fault: Exception, words: Sequence[str]) -> Verdict:
    """Judge whether a fault is the user's, and what to tell.

    Parameters
    ----------
    fault : Exception
    words : sequence of str
        What was typed after ``embudo``.
    """
    if isinstance(fault, typer.TyperException):
        return _usage(fault, words)
    command = command_path(words)
    if isinstance(fault, EmbudoError) or _complains_of_input(fault):
        hint = next((text for kind, text in _HINTS if isinstance(fault, kind)), None)
        hint = hint or "'{command} --help' tells what can be given"
        return Verdict(one_line(fault), hint.format(command=command))
    return Verdict(
        f"{type(fault).__name__}: {one_line(fault)}",
        "this should not happen; run the command again with --debug and report what it shows",
        1,
    )


def command_path(words: Sequence[str]) -> str:
    """Return the command that was typed, without its arguments."""
    names = list(itertools.takewhile(lambda word: not word.startswith("-"), words))
    groups = {"train": tuple(MODELS), "recommend": RECOMMEND}
    known = groups.get(names[0], ()) if names else ()
    depth = 2 if names[1:2] and names[1] in known else 1
    return " ".join(["embudo", *names[:depth]])


def warning_line(message: Warning | str) -> str:
    """Return a warning as one line."""
    return f"warning: {one_line(message)}"


def one_line(text: object) -> str:
    """Return the text without line breaks, and without anything that could steer a terminal."""
    line = " ".join(str(text).split())
    return "".join(letter if letter.isprintable() else "?" for letter in line)


def _usage(fault: typer.TyperException, words: Sequence[str]) -> Verdict:
    context = getattr(fault, "ctx", None)
    command = command_path(words) if context is None else context.command_path
    hint = f"'{command} --help' tells what can be given"
    close = getattr(fault, "possibilities", None)
    if close:  # the best match stands first
        return Verdict(_sentence(fault.message), f"did you mean {close[0]}? {hint}")
    return Verdict(_sentence(fault.format_message()), hint)


def _sentence(message: str) -> str:
    line = one_line(message).rstrip(".")
    return line[:1].lower() + line[1:]


def _complains_of_input(fault: Exception) -> bool:
    """Say whether scikit-learn refused what it was given, rather than something being broken."""
    from sklearn.exceptions import NotFittedError

    frames = list(traceback.walk_tb(fault.__traceback__))
    place = frames[-1][0].f_globals.get("__name__", "") if frames else ""
    refused = isinstance(fault, ValueError) and place.partition(".")[0] == "sklearn"
    return refused or isinstance(fault, NotFittedError)
