"""The demonstration of recommenders: from ratings to lists, and how good they are."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from embudo.applications.listener import SILENT, Listener
from embudo.applications.recommend.ask import Answer, Wish, for_history, for_users, similar_to
from embudo.applications.recommend.sources import RatingsRequest, size_of
from embudo.applications.report.rankings import Evaluated, write_evaluation
from embudo.data.films import invented_films
from embudo.data.rating_files import RatingFile
from embudo.data.ratings import Ratings
from embudo.errors import OutputError
from embudo.recommenders import recommender_class
from embudo.recommenders.evaluation import evaluate
from embudo.recommenders.standings import Evaluation
from embudo.training.events import Callback

_MODELS = ("popularity", "ease", "hybrid")
_PLACES = 5


@dataclass(frozen=True, kw_only=True)
class RecommendDemoRequest:
    """What is asked of the demonstration.

    Parameters
    ----------
    out : Path
        Folder for its files, made if it does not exist.
    data : str, optional
        A folder or file of ratings; by default films and people are invented.
    seed : int, default=0
    """

    out: Path
    data: str | None = None
    seed: int = 0


@dataclass(frozen=True, kw_only=True)
class RecommendDemoResult:
    """What came of it.

    Attributes
    ----------
    origin : str
        Where the ratings come from.
    model_path, report_path : Path
    user : Answer
        The best items for somebody.
    loved : list of str
        Titles that this user rated best.
    history, similar : Answer
        For somebody new, and what is like an item.
    evaluation : Evaluation
    seconds : float
    """

    origin: str
    model_path: Path
    report_path: Path
    user: Answer
    loved: list[str]
    history: Answer
    similar: Answer
    evaluation: Evaluation
    seconds: float = field(default=0.0)


def run(
    request: RecommendDemoRequest,
    callbacks: Callable[[str], Sequence[Callback]] = lambda name: (),
    listener: Listener = SILENT,
) -> RecommendDemoResult:
    """Learn, recommend, measure, and write model and report.

    Raises
    ------
    EmbudoError
        If ratings or folder cannot be used.
    """
    started = time.perf_counter()
    ratings, origin = _ratings(request, listener)
    try:
        request.out.mkdir(parents=True, exist_ok=True)
    except OSError as fault:
        raise OutputError(
            f"{request.out} cannot be made ({fault.strerror}): name another folder"
        ) from None
    model_path, report_path = request.out / "films.embudo", request.out / "recommenders.html"
    recommender_class("hybrid")(random_state=request.seed).fit(ratings).save(model_path)  # type: ignore[call-arg]
    someone = int(ratings.user[len(ratings) // 2])
    loved = _loved(ratings, someone)
    wish = Wish(n=_PLACES)
    found = evaluate(list(_MODELS), ratings, random_state=request.seed, callbacks=callbacks)
    write_evaluation(report_path, Evaluated(origin, size_of(ratings), found))
    return RecommendDemoResult(
        origin=f"{origin}: {size_of(ratings)}",
        model_path=model_path,
        report_path=report_path,
        user=for_users(model_path, [str(ratings.users[someone])], wish),
        loved=loved,
        history=for_history(model_path, loved[:2], wish),
        similar=similar_to(model_path, loved[0], _PLACES),
        evaluation=found,
        seconds=time.perf_counter() - started,
    )


def _ratings(request: RecommendDemoRequest, listener: Listener) -> tuple[Ratings, str]:
    if request.data is None:
        return invented_films(seed=request.seed), "invented films and people of known tastes"
    file = RatingFile(path=Path(request.data))
    return RatingsRequest(data=request.data, file=file).read(listener), request.data


def _loved(ratings: Ratings, user: int) -> list[str]:
    mine = [int(row) for row in (ratings.user == user).nonzero()[0]]
    by_rating = sorted(mine, key=lambda row: -float(ratings.value[row]))
    titles: list[Any] = [ratings.titles[int(ratings.item[row])] for row in by_rating]
    return titles[:_PLACES]
