"""What the measures of generated rows come to, beside their floor."""

import math
from dataclasses import dataclass
from typing import NamedTuple

from embudo.metrics.classes import ClassShares

RARE = 0.01
"""Share of real rows that have another one nearer than what counts as a twin."""

_FEW = 0.75  # of the floor: below, something is missing
_MANY = 2.0  # times the floor: above, something comes too often


@dataclass(frozen=True, kw_only=True)
class Scores:
    """The measures of one set of rows beside the real ones.

    Attributes
    ----------
    frechet_distance : float
        Squared, of normal distributions fitted to both; 0 is best.
    kernel_distance, kernel_deviation : float
        Squared maximum mean discrepancy: its mean over subsets, and their standard deviation.
    precision, recall : float
        Which share of the rows could be real, and which share of real ones is within reach.
    density, coverage : float
        How many real rows there are about one, and which share of real ones has one nearby.
    nearest_training : float
        Median distance to the nearest real row; a model that copies has less than its floor.
    duplicates : float
        Share of the rows that have a twin, nearer than all but 1 % of real rows have another one.
    n_classes : int or None
        How many were found.
    class_divergence : float or None
        Kullback-Leibler divergence of their shares from the real ones, in nats.
    """

    frechet_distance: float
    kernel_distance: float
    kernel_deviation: float
    precision: float
    recall: float
    density: float
    coverage: float
    nearest_training: float
    duplicates: float
    n_classes: int | None = None
    class_divergence: float | None = None


class Line(NamedTuple):
    """A measure in words: of the samples, its floor, and what would be best."""

    name: str
    samples: str
    floor: str
    best: str


@dataclass(frozen=True, kw_only=True)
class SampleQuality:
    """How good generated rows are, with all that such a figure needs to mean something.

    Attributes
    ----------
    extractor : str
        Whose features all but the classes are measured in.
    n_features : int
        How many there are.
    n_real : int
        Real rows.
    n_samples : int
        Generated rows; as many were held out for the floor.
    samples : Scores
        Of the generated rows.
    floor : Scores
        Of rows held out, in place of the samples.
    classes : ClassShares or None
    """

    extractor: str
    n_features: int
    n_real: int
    n_samples: int
    samples: Scores
    floor: Scores
    classes: ClassShares | None = None

    @property
    def lines(self) -> tuple[Line, ...]:
        """The measures one by one, as they are printed."""
        found = []
        for name, best in _BEST.items():
            made, floor = getattr(self.samples, name), getattr(self.floor, name)
            if made is not None:
                words = name.replace("_", " ").removeprefix("n ").replace("frechet", "Fréchet")
                found.append(Line(words, _written(made), _written(floor), best))
        return tuple(found)

    @property
    def readings(self) -> tuple[str, ...]:
        """What stands out, in plain words; empty if nothing does."""
        made, floor, few = self.samples, self.floor, self._few
        dropped = made.coverage < few * floor.coverage
        repeated = "collapse suspected" if dropped else "repeated, or plainer than real rows"
        doubts = (
            (self.n_samples <= self.n_features, self._too_few()),
            (made.precision < few * floor.precision, "many samples are like no real row"),
            (dropped, "some real rows are like no sample: modes dropped"),
            (
                not dropped and made.recall < few * floor.recall,
                "samples vary less than real rows do: blurred, or near a few of them",
            ),
            (
                made.duplicates > self._many,
                f"{made.duplicates:.1%} of the samples have a twin: {repeated}",
            ),
            (
                made.nearest_training < few * floor.nearest_training,
                "samples are nearer to real rows than rows held out are: copies, or plainer rows",
            ),
            (bool(self._missing), f"no sample is of class {', '.join(self._missing)}"),
        )
        return tuple(text for holds, text in doubts if holds)

    @property
    def _few(self) -> float:
        """Which part of its floor a measure of so many rows does not fall below by chance."""
        return _FEW * (1 - 2 / math.sqrt(self.n_samples))

    @property
    def _many(self) -> float:
        """Which share of so many rows does not have twins by chance."""
        usual = max(self.floor.duplicates, RARE)
        return _MANY * usual + 4 * math.sqrt(RARE / self.n_samples)

    @property
    def _missing(self) -> tuple[str, ...]:
        return () if self.classes is None else self.classes.missing

    def _too_few(self) -> str:
        return (
            f"{self.n_samples:,} samples are few for {self.n_features:,} features: the Fréchet "
            "distance leans upwards, and its floor with it"
        )

    @property
    def measured(self) -> str:
        """In what, and on how many rows."""
        return (
            f"features: {self.extractor}, {self.n_features:,} numbers; {self.n_samples:,} samples, "
            f"{self.n_real:,} real rows, as many held out for the floor as there are samples"
        )

    def __str__(self) -> str:
        """Lay the measures out in columns."""
        table = [Line("measure", "samples", "floor", "best"), *self.lines]
        rows = [f"{name:<18}{made:>12}{floor:>12}{best:>12}" for name, made, floor, best in table]
        return "\n".join([*rows, self.measured, *(f"- {text}" for text in self.readings)])


_BEST = {
    "frechet_distance": "0",
    "kernel_distance": "0",
    "kernel_deviation": "floor",
    "precision": "1",
    "recall": "1",
    "density": "1",
    "coverage": "1",
    "nearest_training": "floor",
    "duplicates": "floor",
    "n_classes": "all",
    "class_divergence": "0",
}
"""What would be best of each measure, in the order of the lines."""


def _written(value: float | int) -> str:
    return f"{value}" if isinstance(value, int) else f"{value:.4g}"
