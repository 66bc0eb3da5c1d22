"""What a report tells of."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from embudo.plots.colours import Floats
from embudo.training.history import History


class Compared(NamedTuple):
    """How well one kind of features serves a classifier."""

    name: str
    n_features: int
    accuracy: float


class NextStep(NamedTuple):
    """Something to try: what it is good for, and the command."""

    purpose: str
    command: str


@dataclass(frozen=True)
class Denoising:
    """Images before damage, after it, and cleaned by the model.

    Parameters
    ----------
    noise : str
        What was done to them, in words that complete "pixels of images it never saw were ...".
    originals, noisy, cleaned : ndarray of shape (n, height, width)
        Those to be shown.
    error_before, error_after : float
        Mean squared error of a pixel over all images that were tried.
    """

    noise: str
    originals: Floats
    noisy: Floats
    cleaned: Floats
    error_before: float
    error_after: float


@dataclass(frozen=True)
class Findings:
    """Everything that a report tells of one model.

    Parameters
    ----------
    title, lead : str
        The headline, and the sentence or two below it.
    figures : sequence of (str, str)
        A few numbers to remember, each with what it counts.
    history : History
    filters : ndarray of shape (n, height, width)
        Weights of hidden units.
    originals, reconstructions : ndarray of shape (n, height, width)
    denoising : Denoising
    fantasies : ndarray of shape (n, height, width)
        Drawn from the model.
    fantasy_steps : int
        Gibbs sweeps that each fantasy is away from its random start.
    comparison, few_labels : sequence of Compared
        With many labels for the classifier to learn from, and with few.
    n_labels : (int, int)
        How many, and how few.
    n_test : int
        Rows that the accuracies were measured on.
    n_features, n_components : int
        The width of the data and of the code.
    parameters : mapping of str to object
        Of the estimator.
    facts : mapping of str to str
        Versions, machine, time.
    next_steps : sequence of NextStep
    """

    title: str
    lead: str
    figures: Sequence[tuple[str, str]]
    history: History
    filters: Floats
    originals: Floats
    reconstructions: Floats
    denoising: Denoising
    fantasies: Floats
    fantasy_steps: int
    comparison: Sequence[Compared]
    few_labels: Sequence[Compared]
    n_labels: tuple[int, int]
    n_test: int
    n_features: int
    n_components: int
    parameters: Mapping[str, object]
    facts: Mapping[str, str]
    next_steps: Sequence[NextStep]


def verdict(comparison: Sequence[Compared], n_test: int) -> str:
    """Say in a sentence which features were best, as far as chance lets one tell.

    Two standard errors of the best accuracy on ``n_test`` rows are left to chance.
    """
    best = max(comparison, key=lambda entry: entry.accuracy)
    others = [entry for entry in comparison if entry is not best]
    error = math.sqrt(best.accuracy * (1 - best.accuracy) / n_test)
    near = [entry for entry in others if best.accuracy - entry.accuracy <= 2 * error]
    if len(near) == len(others):
        spread = best.accuracy - min(entry.accuracy for entry in comparison)
        return (
            f"They lie within {100 * spread:.1f} points of each other, and chance alone moves "
            f"such an accuracy by about {100 * error:.1f}: call it a draw."
        )
    names = " and ".join(entry.name for entry in near)
    doubt = f", though {names} came too close to rule out chance" if near else ""
    return f"Best here: {best.name}, with {best.accuracy:.1%}{doubt}."
