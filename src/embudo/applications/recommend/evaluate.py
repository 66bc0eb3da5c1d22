"""Measure several recommenders on ratings held out, and write a page about it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from embudo.applications.listener import SILENT, Listener
from embudo.applications.outputs import check_report_path
from embudo.applications.recommend.sources import RatingsRequest, size_of
from embudo.applications.report.rankings import Evaluated, write_evaluation
from embudo.errors import ParameterError
from embudo.recommenders import RECOMMENDERS, recommender_class
from embudo.recommenders.evaluation import evaluate
from embudo.recommenders.standings import Evaluation
from embudo.training.events import Callback

DEFAULT_MODELS = ("popularity", "rbm", "dae", "ease", "hybrid")


@dataclass(frozen=True, kw_only=True)
class RecommendEvaluateRequest:
    """Whom to measure, on what, and how.

    Parameters
    ----------
    ratings : RatingsRequest
    models : sequence of str
        Short names; popularity takes part in any case.
    protocol : str, default="weak"
        See :func:`embudo.recommenders.evaluate`.
    n : int, default=20
        Places of a list.
    positive : float or "auto", default="auto"
        The rating from which an item counts as liked.
    seed : int, default=0
    out : Path, optional
        A page, ending in ``.html``.
    """

    ratings: RatingsRequest
    models: Sequence[str] = DEFAULT_MODELS
    protocol: Literal["rating", "weak", "strong", "cold", "time"] = "weak"
    n: int = 20
    positive: float | Literal["auto"] = "auto"
    seed: int = 0
    out: Path | None = None


@dataclass(frozen=True, kw_only=True)
class RecommendEvaluateResult:
    """The standings, and where the page is.

    Attributes
    ----------
    out : Path or None
    size : str
        Of the ratings, in words.
    evaluation : Evaluation
    reading : str
        What it comes to, in words.
    """

    out: Path | None
    size: str
    evaluation: Evaluation
    reading: str


def run(
    request: RecommendEvaluateRequest,
    callbacks: Callable[[str], Sequence[Callback]] = lambda name: (),
    listener: Listener = SILENT,
) -> RecommendEvaluateResult:
    """Read the ratings, measure the models and write the page.

    Raises
    ------
    EmbudoError
        If names, data or paths cannot be used; nothing is trained then.
    """
    for name in request.models:
        recommender_class(name)
    if not request.models:
        raise ParameterError(f"name models, of {', '.join(RECOMMENDERS)}")
    if request.out is not None:
        check_report_path(request.out)
    ratings = request.ratings.read(listener)
    found = evaluate(
        list(dict.fromkeys(request.models)),
        ratings,
        protocol=request.protocol,
        n=request.n,
        positive=request.positive,
        random_state=request.seed,
        callbacks=callbacks,
    )
    size = size_of(ratings)
    if request.out is not None:
        write_evaluation(request.out, Evaluated(Path(request.ratings.data).name, size, found))
    return RecommendEvaluateResult(
        out=request.out, size=size, evaluation=found, reading=found.reading
    )
