"""How well recommenders do on what was held out from them, side by side."""

import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Literal, TypeAlias

import numpy as np
from sklearn.exceptions import ConvergenceWarning

from embudo.data.ratings import Ratings
from embudo.errors import DataError, EmbudoError, ParameterError
from embudo.recommenders import RECOMMENDERS, recommender_class
from embudo.recommenders.base import Recommender
from embudo.recommenders.liking import threshold_of
from embudo.recommenders.protocols import PROTOCOLS, Plan, Settings
from embudo.recommenders.standings import Evaluation, Result, compared
from embudo.recommenders.trials import Judged
from embudo.training.events import Callback
from embudo.training.run import Run

Models: TypeAlias = "Mapping[str, Recommender] | Sequence[str | Recommender]"

_FLOOR = "popularity"


def evaluate(
    models: Models,
    ratings: Ratings,
    *,
    protocol: Literal["rating", "weak", "strong", "cold", "time"] = "weak",
    n: int = 20,
    positive: float | Literal["auto"] = "auto",
    share: float | None = None,
    n_folds: int = 5,
    least: int = 5,
    random_state: int = 0,
    callbacks: Callable[[str], Sequence[Callback]] = lambda name: (),
) -> Evaluation:
    """Fit models on a part of the ratings, and measure them on what was held out.

    All items are ranked, none is drawn to be ranked against. What a model is asked with is never
    on its list, and what is held out is never among what it learned from or is asked with. The
    most popular items take part in any case.

    Parameters
    ----------
    models : mapping of str to Recommender, or sequence of Recommender or str
        Fitted ones are not changed; short names take defaults.
    ratings : Ratings
    protocol : {"weak", "strong", "cold", "rating", "time"}, default="weak"
        What is held out: likes of users who are known by others; likes of users whom the models
        never met; all ratings of some items; ratings, to be predicted, fold by fold; or the
        latest ratings.
    n : int, default=20
        Places of a list.
    positive : float or "auto", default="auto"
        The rating from which an item counts as liked; "auto" is three quarters of the way from
        the worst to the best. Models that can learn from likes learn from them alone.
    share : float, optional
        Of what is held out; by default 0.2 of likes, users' 0.16, items' 0.1 and 0.2 of the
        latest ratings.
    n_folds : int, default=5
        Of the protocol "rating".
    least : int, default=5
        Items that a user has to like to take part, except in "rating".
    random_state : int, default=0
        Seed of what is held out, and of models given by name.
    callbacks : callable
        From a model's name to listeners of its training.

    Returns
    -------
    Evaluation
        With Ctrl-C, of the models that were done.

    Raises
    ------
    ParameterError
        If a name or a number cannot be used.
    DataError
        If the ratings do not have what the protocol needs.

    Examples
    --------
    >>> from embudo.data.synthetic import checkerboard_ratings
    >>> from embudo.recommenders import EASE, evaluate
    >>> found = evaluate([EASE(regularization=10)], checkerboard_ratings(60, 40, seed=0))
    >>> found.table["model"].tolist()
    ['ease', 'popularity']
    """
    named = _named(models, random_state)
    plan, how = _planned(ratings, protocol, positive, share, n, n_folds, least, random_state)
    results: list[Result] = []
    interrupted = False
    for name, model in named.items():
        result, interrupted = _result(name, model, plan, callbacks(name))
        results += [] if interrupted else [result]
        if interrupted:
            break
    return Evaluation(
        protocol=protocol,
        question=PROTOCOLS[protocol].question,
        held_out=plan.words,
        n=n,
        threshold=None if protocol == "rating" or ratings.is_implicit else how.threshold,
        seed=random_state,
        standings=compared(results, PROTOCOLS[protocol].headline, random_state),
        headline=PROTOCOLS[protocol].headline,
        interrupted=interrupted,
        library=ratings.library,
    )


def _named(models: Models, seed: int) -> dict[str, Recommender]:
    """Return a copy of each model by a name of its own, and the floor among them."""
    if isinstance(models, str):
        models = [models]
    pairs = models.items() if isinstance(models, Mapping) else [(None, one) for one in models]
    named: dict[str, Recommender] = {}
    for given, one in pairs:
        model = _by_name(one, seed) if isinstance(one, str) else one
        if not isinstance(model, Recommender):
            raise ParameterError(f"{one!r} is no recommender: give one, or a short name")
        base = given or (one if isinstance(one, str) else _short(model))
        alike = [name for name in named if name == base or name.startswith(f"{base} ")]
        named[f"{base} {len(alike) + 1}" if alike else base] = model.unfitted()
    if _FLOOR not in named:
        named[_FLOOR] = _by_name(_FLOOR, seed)
    return named


def _by_name(name: str, seed: int) -> Recommender:
    model = recommender_class(name)()
    if hasattr(model, "random_state"):
        model.random_state = seed
    return model


def _planned(
    ratings: Ratings,
    protocol: str,
    positive: float | Literal["auto"],
    share: float | None,
    n: int,
    n_folds: int,
    least: int,
    seed: int,
) -> tuple[Plan, Settings]:
    if protocol not in PROTOCOLS:
        raise ParameterError(
            f"there is no protocol {protocol!r}; choose from {', '.join(PROTOCOLS)}"
        )
    share = PROTOCOLS[protocol].share if share is None else share
    if not 0 < share < 1:
        raise ParameterError(f"share must lie between 0 and 1, but is {share:g}")
    for name, number, limit in (("n", n, 1), ("n_folds", n_folds, 2), ("least", least, 2)):
        if number < limit:
            raise ParameterError(f"{name} must be a whole number >= {limit}, but is {number!r}")
    if not len(ratings):
        raise DataError("there are no ratings to hold anything out from")
    how = Settings(
        n=n,
        threshold=threshold_of(positive, ratings),
        share=share,
        n_folds=n_folds,
        least=least,
        seed=seed,
    )
    return PROTOCOLS[protocol].plan(ratings, how), how


def _result(
    name: str, model: Recommender, plan: Plan, callbacks: Sequence[Callback]
) -> tuple[Result, bool]:
    """Return how a model did, and whether Ctrl-C ended it."""
    ending = _Ending()
    if hasattr(model, "callbacks"):
        model.callbacks = (*model.callbacks, *callbacks, ending)
    judged, started = [], time.process_time()
    try:
        for trial in plan.trials:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", ConvergenceWarning)
                model.fit(trial.feed(model))
            if ending.interrupted:
                return Result(name), True
            judged.append(trial.judge(model))
    except EmbudoError as fault:
        return Result(name, failure=str(fault)), False
    except KeyboardInterrupt:
        return Result(name), True
    return Result(name, _joined(judged), time.process_time() - started), False


class _Ending(Callback):
    """Hears whether Ctrl-C ended a training."""

    interrupted = False

    def on_end(self, run: Run) -> None:
        self.interrupted |= run.stopped == "interrupted"


def _joined(judged: Sequence[Judged]) -> Judged:
    """Return what trials of the same users come to: means of the measures, and their deviation."""
    measures = {name: [one.means[name] for one in judged] for name in judged[0].means}
    means = {name: float(np.mean(values)) for name, values in measures.items()}
    if len(judged) > 1:
        means["deviation"] = float(np.std(next(iter(measures.values()))))
    totals = np.sum([one.totals for one in judged], axis=0)
    return Judged(means, totals, np.sum([one.weights for one in judged], axis=0))


def _short(model: Recommender) -> str:
    cls = type(model)
    names = {place: name for name, place in RECOMMENDERS.items()}
    return names.get(f"{cls.__module__}:{cls.__qualname__}", cls.__name__)
