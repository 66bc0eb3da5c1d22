"""Models side by side, each with the interval of its measure and its distance to the best."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from embudo.kernels.intervals import interval, resampled_ratios
from embudo.recommenders.answers import frame_of
from embudo.recommenders.trials import Judged

_RESAMPLES = 1000
_LOWER_IS_BETTER = frozenset({"rmse"})


@dataclass(frozen=True, eq=False)
class Result:
    """How one model did, or why it did not."""

    name: str
    judged: Judged | None = None
    seconds: float = 0.0
    failure: str = ""


class Span(NamedTuple):
    """A 95 % interval over users drawn with replacement."""

    low: float
    high: float


@dataclass(frozen=True, kw_only=True)
class Standing:
    """A model and its measures; ``failure`` says why, where it has none.

    Attributes
    ----------
    model : str
    measures : dict of str to float
        The first one decides.
    interval : Span or None
        Of the first measure.
    behind : float or None
        By how much the best model is better; 0 for the best one.
    behind_interval : Span or None
        Of that, both models meeting the same users.
    seconds : float
        Processor time of learning and answering.
    failure : str
    """

    model: str
    measures: dict[str, float]
    interval: Span | None
    behind: float | None
    behind_interval: Span | None
    seconds: float
    failure: str = ""

    @property
    def is_level(self) -> bool:
        """Whether its distance to the best is within what other users would change."""
        return self.behind_interval is not None and self.behind_interval.low <= 0


@dataclass(frozen=True, eq=False, kw_only=True)
class Evaluation:
    """What came of an evaluation; ``str`` of it is a table to read.

    Attributes
    ----------
    protocol, question, held_out : str
        What was asked, and what was held out, in words.
    n : int
        Places of a list.
    threshold : float or None
        The rating from which an item counted as liked.
    seed : int
    standings : tuple of Standing
        Best first; those without measures come last.
    headline : str
        The measure that decides.
    interrupted : bool
        Whether Ctrl-C kept some models from taking part.
    """

    protocol: str
    question: str
    held_out: str
    n: int
    threshold: float | None
    seed: int
    standings: tuple[Standing, ...]
    headline: str
    interrupted: bool = False
    library: str | None = None

    @property
    def measures(self) -> list[str]:
        """Return the names of the measures."""
        return list(next((s.measures for s in self.standings if s.measures), {}))

    @property
    def table(self) -> Any:
        """The standings as a frame, of the library that the ratings came in."""
        ranked = self.standings
        ends = [(s.interval or _NONE, s.behind_interval or _NONE) for s in ranked]
        columns: dict[str, list[Any]] = {"model": [s.model for s in ranked]}
        columns |= {name: [s.measures.get(name) for s in ranked] for name in self.measures}
        columns |= {
            "low": [own.low for own, _ in ends],
            "high": [own.high for own, _ in ends],
            "behind": [s.behind for s in ranked],
            "behind_low": [behind.low for _, behind in ends],
            "behind_high": [behind.high for _, behind in ends],
            "seconds": [s.seconds for s in ranked],
            "failure": [s.failure for s in ranked],
        }
        return frame_of(self.library, columns)

    @property
    def level(self) -> tuple[str, ...]:
        """Return the models that cannot be told from the best one."""
        return tuple(s.model for s in self.standings[1:] if s.is_level)

    @property
    def reading(self) -> str:
        """Say who did best, and who is as good as far as these users can tell."""
        if not self.measures:
            return "no model could take part"
        best = self.standings[0].model
        if not self.level:
            return f"{best} is best, and by more than other users would change"
        others = " and ".join(self.level)
        return f"{best} is first, but {others} cannot be told from it with these users"

    def __str__(self) -> str:
        """Lay out the table, and say what was held out."""
        heads = ["model", *(name.replace("_", " ") for name in self.measures), "95 % interval"]
        heads.append("behind the best")
        rows = [heads, *(self._row(standing) for standing in self.standings)]
        widths = [max(len(row[at]) for row in rows if at < len(row)) for at in range(len(heads))]
        lines = ["  ".join(_padded(row, widths)).rstrip() for row in rows]
        return "\n".join([*lines, f"held out: {self.held_out}", self.reading])

    def _row(self, standing: Standing) -> list[str]:
        if standing.interval is None or standing.behind_interval is None:
            return [standing.model, standing.failure]
        cells = [f"{standing.measures[name]:.4f}" for name in self.measures]
        low, high = standing.behind_interval
        behind = f"{standing.behind:.4f} ({low:.4f} to {high:.4f})" if standing.behind else ""
        own = standing.interval
        return [standing.model, *cells, f"{own.low:.4f} to {own.high:.4f}", behind]


_NONE = Span(float("nan"), float("nan"))


def compared(results: Sequence[Result], headline: str, seed: int) -> tuple[Standing, ...]:
    """Return the standings, best first, with intervals over the same drawn users for all."""
    done = [(result, result.judged) for result in results if result.judged is not None]
    failed = [_failed(result) for result in results if result.judged is None]
    if not done:
        return tuple(failed)
    lower = headline in _LOWER_IS_BETTER
    done.sort(key=lambda pair: pair[1].means[headline] * (1 if lower else -1))
    drawn = _resampled([judged for _, judged in done], lower, seed)
    found = []
    for place, (result, judged) in enumerate(done):
        worse = (drawn[:, place] - drawn[:, 0]) * (1 if lower else -1)
        behind = (judged.means[headline] - done[0][1].means[headline]) * (1 if lower else -1)
        found.append(
            Standing(
                model=result.name,
                measures=judged.means,
                interval=_span(drawn[:, place]),
                behind=behind + 0.0,
                behind_interval=_span(worse),
                seconds=result.seconds,
            )
        )
    return (*found, *failed)


def _resampled(judged: Sequence[Judged], is_root: bool, seed: int) -> torch.Tensor:
    totals = torch.from_numpy(np.stack([one.totals for one in judged]))
    weights: NDArray[np.float64] = judged[0].weights
    generator = torch.Generator().manual_seed(seed)
    drawn = resampled_ratios(totals, torch.from_numpy(weights), _RESAMPLES, generator)
    return drawn.sqrt() if is_root else drawn


def _span(values: torch.Tensor) -> Span:
    low, high = interval(values).tolist()
    return Span(low, high)


def _failed(result: Result) -> Standing:
    return Standing(
        model=result.name,
        measures={},
        interval=None,
        behind=None,
        behind_interval=None,
        seconds=result.seconds,
        failure=result.failure,
    )


def _padded(row: Sequence[str], widths: Sequence[int]) -> list[str]:
    if len(row) < len(widths):
        return [row[0].ljust(widths[0]), *row[1:]]
    first, *middle, last = row
    numbers = [cell.rjust(width) for cell, width in zip(middle, widths[1:-1], strict=True)]
    return [first.ljust(widths[0]), *numbers, last]
