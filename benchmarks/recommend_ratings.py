"""Ratings predicted: five folds of MovieLens 100K, beside scikit-surprise.

    python benchmarks/recommend_ratings.py --data-dir DIR [--folds 5]

Each fifth of the ratings is held out once; the table has the mean over folds of the root mean
squared and of the mean absolute error, and the processor time of one fold.
"""

import argparse
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from machine import publish
from movielens_100k import FOLDER, check, load

from embudo.data.rating_splits import rating_folds
from embudo.recommenders import AutoRec, Popularity, Ratings, RBMRecommender, Recommender

SEED = 42
SUMS = ("c9e4b2a83797", "b974e60f70ca", "c0e2345944ec", "9fe4905a54e8", "07fe24e6260a")

Predictor = Callable[[Ratings, Ratings], np.ndarray]
"""From ratings to learn from, and others, to what is predicted of the latter."""


def ours(model: Recommender) -> Predictor:
    """Predict by one of embudo's."""

    def predict(train: Ratings, test: Ratings) -> np.ndarray:
        return model.fit(train).predict(*_pairs(test))

    return predict


def theirs(make: Callable[[], object]) -> Predictor:
    """Predict by one of surprise's."""

    def predict(train: Ratings, test: Ratings) -> np.ndarray:
        from surprise import Dataset, Reader
        from surprise.trainset import Trainset

        rows = zip(*_pairs(train), train.value.tolist(), [None] * len(train), strict=True)
        data = Dataset(Reader(rating_scale=(1, 5)))
        trainset: Trainset = data.construct_trainset(list(rows))
        model = make().fit(trainset)  # type: ignore[attr-defined]
        return np.array([model.predict(*pair).est for pair in zip(*_pairs(test), strict=True)])

    return predict


def surprise() -> dict[str, Predictor]:
    """Return surprise's models, if it is installed."""
    try:
        from surprise import SVD, BaselineOnly, KNNBaseline
    except ImportError:
        print("scikit-surprise is not installed: its models are left out")
        return {}
    tuned = {"n_factors": 200, "n_epochs": 100, "lr_all": 0.005, "reg_all": 0.1}
    near = {"k": 40, "sim_options": {"name": "pearson_baseline", "user_based": False}}
    return {
        "BaselineOnly, surprise": theirs(lambda: BaselineOnly(verbose=False)),
        "SVD, surprise": theirs(lambda: SVD(random_state=SEED)),
        "SVD tuned, surprise": theirs(lambda: SVD(random_state=SEED, **tuned)),
        "KNNBaseline items, surprise": theirs(lambda: KNNBaseline(verbose=False, **near)),
    }


def main() -> None:
    """Predict with all of them and publish."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data-dir", type=Path, default=FOLDER)
    parser.add_argument("--folds", type=int, default=5)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    ratings = load(arguments.data_dir)
    folds = rating_folds(ratings, 5, SEED)
    for number, (fold, expected) in enumerate(zip(folds, SUMS, strict=True)):
        check(f"fold {number}", fold, expected)
    predictors = {
        "Popularity: means of items": ours(Popularity()),
        **surprise(),
        "AutoRec, users": ours(AutoRec(random_state=SEED)),
        "AutoRec, items": ours(AutoRec(axis="item", random_state=SEED)),
        "RBM, users": ours(RBMRecommender(axis="user", random_state=SEED)),
        "RBM, items, not conditional": ours(RBMRecommender(conditional=False, random_state=SEED)),
        "RBM, items": ours(RBMRecommender(random_state=SEED)),
    }
    found: dict[str, list[np.ndarray]] = {}
    table = []
    tests = [ratings.select(np.sort(fold)) for fold in folds[: arguments.folds]]
    for name, predictor in predictors.items():
        started = time.process_time()
        found[name] = [
            predictor(ratings.select(np.setdiff1d(np.arange(len(ratings)), fold)), test)
            for fold, test in zip(folds, tests, strict=False)
        ]
        seconds = (time.process_time() - started) / len(tests)
        table.append(_row(name, found[name], tests, f"{seconds:.1f}"))
    both = zip(found["RBM, items"], found["AutoRec, users"], strict=True)
    means = [(first + second) / 2 for first, second in both]
    table.append(_row("mean of RBM, items, and AutoRec, users", means, tests, ""))
    publish(
        "recommend_ratings",
        "MovieLens 100K, ratings predicted: mean of five folds",
        ["model", "RMSE", "deviation", "MAE", "CPU seconds a fold"],
        table,
    )


def _pairs(ratings: Ratings) -> tuple[list[object], list[object]]:
    users = [ratings.users[code] for code in ratings.user.tolist()]
    return users, [ratings.items[code] for code in ratings.item.tolist()]


def _row(name: str, predicted: list[np.ndarray], tests: list[Ratings], seconds: str) -> list[str]:
    errors = [p.clip(1, 5) - test.value for p, test in zip(predicted, tests, strict=True)]
    roots = [np.sqrt(np.square(error).mean()) for error in errors]
    absolute = np.mean([np.abs(error).mean() for error in errors])
    row = [name, f"{np.mean(roots):.4f}", f"{np.std(roots):.4f}", f"{absolute:.4f}", seconds]
    print(row, flush=True)
    return row


if __name__ == "__main__":
    main()
