"""Train a recommender on a table of ratings and save it."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from embudo.applications.listener import SILENT, Listener
from embudo.applications.outputs import check_model_path
from embudo.applications.recommend.models import new_recommender
from embudo.applications.recommend.sources import RatingsRequest, size_of
from embudo.data.ratings import Ratings
from embudo.errors import DataError
from embudo.recommenders.manifest import declared
from embudo.training.checkpoint import Checkpoint
from embudo.training.events import Callback
from embudo.training.run import Run

DEFAULT_MODEL = "hybrid"
_MOST_ITEMS = 20_000  # of which all pairs are weighed without being asked


@dataclass(frozen=True, kw_only=True)
class RecommendTrainRequest:
    """What to learn from, by which model, and where to put it.

    Parameters
    ----------
    ratings : RatingsRequest
    out : Path
        The model file; for models trained in epochs a checkpoint stands beside it meanwhile.
    model : str, default="hybrid"
        Short name.
    parameters : mapping
        Of the model, by name; the others keep their defaults.
    resume : bool, default=False
        Whether to go on from the checkpoint.
    checkpoint_minutes : float, default=5
    """

    ratings: RatingsRequest
    out: Path
    model: str = DEFAULT_MODEL
    parameters: Mapping[str, Any] = field(default_factory=dict)
    resume: bool = False
    checkpoint_minutes: float = 5.0


@dataclass(frozen=True, kw_only=True)
class RecommendTrainResult:
    """What came of it.

    Attributes
    ----------
    out : Path
    model : str
    parameters : dict
    n_users, n_items, n_ratings : int
    size : str
        The three in words.
    titled : bool
        Whether items have titles.
    example : object
        The id of a user to ask for.
    epochs : int or None
    seconds : float
    stopped : str or None
        "interrupted" after Ctrl-C.
    """

    out: Path
    model: str
    parameters: dict[str, Any]
    n_users: int
    n_items: int
    n_ratings: int
    size: str
    titled: bool
    example: object
    epochs: int | None
    seconds: float
    stopped: str | None


class _Ending(Callback):
    """Remembers how the last run ended."""

    stopped: str | None = None

    def on_end(self, run: Run) -> None:
        self.stopped = run.stopped


def train(
    request: RecommendTrainRequest,
    callbacks: Sequence[Callback] = (),
    listener: Listener = SILENT,
) -> RecommendTrainResult:
    """Read the ratings, learn and save; an interrupted training saves what it has.

    Parameters
    ----------
    request : RecommendTrainRequest
    callbacks : sequence of Callback
        Further listeners of a training in epochs.
    listener : Listener

    Returns
    -------
    RecommendTrainResult

    Raises
    ------
    EmbudoError
        Before training if anything about parameters, data or paths cannot be.
    """
    started = time.perf_counter()
    check_model_path(request.out)
    checkpoint = request.out.with_name(f"{request.out.name}.checkpoint")
    ending = _Ending()
    keeper = Checkpoint(checkpoint, request.checkpoint_minutes)
    new_recommender(request.model, request.parameters)
    ratings = request.ratings.read(listener)
    chosen = {**request.parameters, **_suitable(request, ratings, listener)}
    model = new_recommender(request.model, chosen, [keeper, *callbacks, ending])
    is_trained = hasattr(model, "callbacks")
    if request.resume and not is_trained:
        listener.note(f"{request.model} is found in one go: there is nothing to resume")
    going_on = request.resume and is_trained and checkpoint.exists()
    model.fit(ratings, resume=checkpoint if going_on else False)
    model.save(request.out)
    if ending.stopped != "interrupted":
        checkpoint.unlink(missing_ok=True)
    history = getattr(model, "history_", None)
    return RecommendTrainResult(
        out=request.out,
        model=request.model,
        parameters=declared(model),
        n_users=len(ratings.users),
        n_items=len(ratings.items),
        n_ratings=len(ratings),
        size=size_of(ratings),
        titled=ratings.catalogue is not None and bool(ratings.catalogue.titles),
        example=ratings.users[int(ratings.user[0])],
        epochs=None if history is None else len(history),
        seconds=time.perf_counter() - started,
        stopped=ending.stopped,
    )


def _suitable(
    request: RecommendTrainRequest, ratings: Ratings, listener: Listener
) -> dict[str, Any]:
    """Return what parameters have to be for ratings of this size, and say so."""
    if not len(ratings):
        raise DataError(f"{request.ratings.data} has no ratings to learn from")
    large = len(ratings.items) > _MOST_ITEMS
    if request.model == DEFAULT_MODEL and large and "model" not in request.parameters:
        listener.note(
            f"of {len(ratings.items):,} items, few factors are kept (ELSA) in place of all pairs"
        )
        return {"model": "elsa"}
    return {}
