"""How well codes keep what rows tell."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from embudo.applications.contest.contestants import Contestant
from embudo.applications.contest.units import Seen, Units, taken
from embudo.data.source import Matrix
from embudo.kernels.quality import neighbour_accuracy, trustworthiness

_NEIGHBOURS = 5
_PROBED = 10_000  # rows that a classifier of the codes learns from, at most

Labels = npt.NDArray[Any]


@dataclass(frozen=True)
class Measures:
    """What a model's codes of rows it has not seen are worth.

    Attributes
    ----------
    error : float or None
        Root mean squared difference between numbers and what the codes decode to: numbers in
        [0, 1] as they are, others in standard deviations.
    trustworthiness : float
        Of 5 neighbours.
    neighbour_accuracy, probe_accuracy : float or None
        Share of the labels that 5 neighbours among the codes, or a logistic regression on them,
        tell right.
    """

    error: float | None
    trustworthiness: float
    neighbour_accuracy: float | None
    probe_accuracy: float | None


@dataclass(frozen=True)
class Field:
    """The rows of a contest: those to learn from, and those to be measured on."""

    train: Any
    test: Any
    units: Units
    seen: Seen
    train_labels: Labels | None
    test_labels: Labels | None

    def measure(self, contestant: Contestant, codes: Matrix) -> Measures:
        """Measure somebody who has learned, whose codes of the test rows are given."""
        near = trustworthiness(_tensor(self.seen.values), _tensor(codes), _NEIGHBOURS)
        by_neighbours = by_probe = None
        if self.train_labels is not None and self.test_labels is not None:
            places = _spread(len(self.train_labels), _PROBED)
            known, labels = contestant.codes(taken(self.train, places)), self.train_labels[places]
            classes = np.unique(np.concatenate([labels, self.test_labels]))
            numbers, asked = (np.searchsorted(classes, y) for y in (labels, self.test_labels))
            by_neighbours = neighbour_accuracy(
                _tensor(known), torch.from_numpy(numbers), _tensor(codes), torch.from_numpy(asked)
            )
            probe = make_pipeline(StandardScaler(), LogisticRegression(max_iter=500))
            by_probe = float(probe.fit(known, numbers).score(codes, asked))
        return Measures(self._error(contestant), near, by_neighbours, by_probe)

    def _error(self, contestant: Contestant) -> float | None:
        rebuilt = contestant.rebuilt(self.test)
        counted = self.seen.present & self.units.numeric
        if rebuilt is None or not counted.any():
            return None
        difference = (rebuilt - self.seen.values)[counted]
        return float(np.sqrt(np.square(difference, dtype=np.float64).mean()))


def _spread(n: int, most: int) -> npt.NDArray[np.intp]:
    return np.unique(np.linspace(0, n - 1, min(n, most)).astype(np.intp))


def _tensor(values: Matrix) -> torch.Tensor:
    return torch.from_numpy(np.ascontiguousarray(values, np.float32))
