"""Synthetic people: a GAN on the Adult census table, beside ctgan's.

    python benchmarks/gan_tables.py [--wheel PATH] [--seeds 3] [--epochs 60] [--peer-epochs 20]

Each model learns from four fifths of the people of whom all is known and makes up as many; the
others judge. *Marginals*: the mean over columns of the total variation distance between made and
real ones, numbers cut at the deciles of the real ones. *Pairs*: the same of all pairs of columns.
*Classifier*: gradient boosted trees that learn on made people who earns more than 50,000, judged
on the real ones held out. *Copies*: made people who equal one learned from in every column. The
first line has other real people in the place of the made ones. ctgan takes part if it is installed,
with its own defaults but for ``--peer-epochs``.
"""

import argparse
import time
from collections.abc import Callable
from functools import partial
from itertools import combinations
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import torch
from adult_imputation import adult
from machine import publish
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import roc_auc_score

from embudo import GAN

HEAD = ["people", "seed", "marginals", "pairs", "accuracy", "AUROC", "copies", "CPU minutes"]
TARGET, POSITIVE = "income", ">50K"
BINS = 10
SETTINGS = {"batch_size": 500}

Codes = npt.NDArray[np.int64]
Maker = Callable[[pd.DataFrame, int], pd.DataFrame]


def by_gan(people: pd.DataFrame, seed: int, *, epochs: int) -> pd.DataFrame:
    """Learn and make up as many with ours."""
    model = GAN(**SETTINGS, epochs=epochs, random_state=seed).fit(people)
    return model.sample(len(people), random_state=seed)


def by_ctgan(people: pd.DataFrame, seed: int, *, epochs: int) -> pd.DataFrame:
    """Learn and make up as many with ctgan."""
    from ctgan import CTGAN

    torch.manual_seed(seed)
    np.random.seed(seed)  # noqa: NPY002  # which is what ctgan draws from
    model = CTGAN(epochs=epochs, enable_gpu=False)
    model.fit(people, list(people.select_dtypes(exclude="number").columns))
    return model.sample(len(people))


def coded(frame: pd.DataFrame, real: pd.DataFrame) -> Codes:
    """Return each column as small whole numbers: categories, or tenths of the real values."""
    found = []
    for name in real:
        if real[name].dtype.kind in "iuf":
            edges = np.unique(np.quantile(real[name], np.linspace(0, 1, BINS + 1)[1:-1]))
            found.append(np.searchsorted(edges, frame[name].to_numpy(float), side="right"))
        else:
            known = pd.Index(sorted(real[name].unique()))
            found.append(known.get_indexer(frame[name]) + 1)
    return np.stack(found, 1)


def variation(one: Codes, other: Codes) -> float:
    """Return half the sum of the absolute differences between shares."""
    shares = [
        np.bincount(codes, minlength=max(one.max(), other.max()) + 1) for codes in (one, other)
    ]
    a, b = (counts / counts.sum() for counts in shares)
    return float(0.5 * np.abs(a - b).sum())


def distances(made: Codes, real: Codes) -> tuple[float, float]:
    """Return the mean total variation distance of columns, and of pairs of them."""
    columns = range(real.shape[1])
    alone = [variation(made[:, i], real[:, i]) for i in columns]
    wide = int(max(made.max(), real.max())) + 1
    pairs = [
        variation(made[:, i] * wide + made[:, j], real[:, i] * wide + real[:, j])
        for i, j in combinations(columns, 2)
    ]
    return float(np.mean(alone)), float(np.mean(pairs))


def usefulness(made: pd.DataFrame, held: pd.DataFrame) -> tuple[float, float]:
    """Return accuracy and AUROC on real people of trees that learned on made ones."""
    known = pd.concat([made, held])
    X = pd.get_dummies(known.drop(columns=TARGET), dtype=np.float32).to_numpy(np.float32)
    y = (known[TARGET] == POSITIVE).to_numpy()
    n = len(made)
    if y[:n].all() or not y[:n].any():
        return float((y[n:] == y[0]).mean()), 0.5
    trees = HistGradientBoostingClassifier(random_state=0).fit(X[:n], y[:n])
    chances = trees.predict_proba(X[n:])[:, 1]
    return float(((chances > 0.5) == y[n:]).mean()), float(roc_auc_score(y[n:], chances))


def copies(made: pd.DataFrame, people: pd.DataFrame) -> float:
    """Return the share of made people who equal a real one in every column."""
    known = set(map(tuple, people.to_numpy(object)))
    return float(np.mean([row in known for row in map(tuple, made.to_numpy(object))]))


def line(name: str, seed: str, made: pd.DataFrame, known: pd.DataFrame, held: pd.DataFrame,
         minutes: str) -> list[str]:  # fmt: skip
    """Return what is measured as a row of the table."""
    alone, pairs = distances(coded(made, known), coded(held, known))
    accuracy, area = usefulness(made, held)
    copied = "" if made is known else f"{copies(made, known):.2%}"
    return [name, seed, f"{alone:.3f}", f"{pairs:.3f}", f"{accuracy:.2%}", f"{area:.3f}", copied,
            minutes]  # fmt: skip


def main() -> None:
    """Learn, make up, measure, publish."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--wheel", type=Path)
    for name, default in (("seeds", 3), ("epochs", 60), ("peer-epochs", 20)):
        parser.add_argument(f"--{name}", type=int, default=default)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    people = adult(arguments.wheel).dropna().reset_index(drop=True)
    order = np.random.default_rng(0).permutation(len(people))
    known, held = (
        people.iloc[rows].reset_index(drop=True) for rows in np.split(order, [4 * len(order) // 5])
    )
    makers: dict[str, Maker] = {"GAN": partial(by_gan, epochs=arguments.epochs)}
    try:
        import ctgan

        name = f"ctgan {ctgan.__version__}, {arguments.peer_epochs} epochs"
        makers[name] = partial(by_ctgan, epochs=arguments.peer_epochs)
    except ImportError:
        print("ctgan is not installed: it is left out")
    rows = [line("real, learned from", "", known, known, held, "")]
    for seed in range(arguments.seeds):
        for name, make in makers.items():
            started = time.process_time()
            made = make(known, seed)
            minutes = f"{(time.process_time() - started) / 60:.1f}"
            rows.append(line(name, str(seed), made, known, held, minutes))
            print(rows[-1], flush=True)
    publish(
        "gan_tables",
        f"Adult census: {len(known):,} people made up, beside {len(held):,} held out",
        HEAD,
        rows,
    )


if __name__ == "__main__":
    main()
