"""Lists of twenty: MovieLens 100K, likes held out in three ways, beside implicit and cornac.

    python benchmarks/recommend_ranking.py --data-dir DIR

A like is a rating of 4 or 5. Held out are a fifth of each user's likes ("weak"), a fifth of the
likes of 150 users whom no model learned from ("strong"), and all ratings of 144 films ("cold").
All films are ranked. The cornac VAECF is given the size of ours; all else is as it comes.
"""

import argparse
from pathlib import Path
from typing import Any

import numpy as np
import scipy.sparse
import torch
from machine import publish
from movielens_100k import FOLDER, check, entries, load

from embudo.recommenders import (
    EASE,
    ELSA,
    AutoRec,
    ContentRecommender,
    HybridRecommender,
    MultDAE,
    MultVAE,
    RBMRecommender,
    Recommender,
    evaluate,
)
from embudo.recommenders.asking import Asked
from embudo.recommenders.evaluation import Evaluation
from embudo.recommenders.protocols import PROTOCOLS, Settings
from embudo.recommenders.trials import RankingTrial

SEED = 42
SETTINGS = {"n": 20, "threshold": 4.0, "n_folds": 5, "least": 5, "seed": SEED}


class Peer(Recommender):
    """A model of another library in the place of one of ours: it scores the likes it is given."""

    def __init__(self) -> None:
        """Have no parameters."""

    def unfitted(self) -> "Peer":
        """Return a new one."""
        return type(self)()

    def fit(self, ratings: Any, *, resume: Any = False) -> "Peer":
        """Learn from likes."""
        self.ratings_ = ratings
        self._learn(resume)
        return self

    def _likeness(self) -> torch.Tensor:
        raise NotImplementedError

    def _parts(self) -> Any:
        raise NotImplementedError

    def _restore(self, tensors: Any, facts: Any) -> None:
        raise NotImplementedError


class ALS(Peer):
    """Alternating least squares of implicit, which folds users in."""

    def _learn(self, resume: Any) -> None:
        from implicit.cpu.als import AlternatingLeastSquares

        self._model = AlternatingLeastSquares(
            factors=64, regularization=10, alpha=1, iterations=15, random_state=SEED, num_threads=1
        )
        self._model.fit(scipy.sparse.csr_matrix(self.ratings_.matrix), show_progress=False)

    def _score(self, asked: Asked) -> torch.Tensor:
        rows = scipy.sparse.csr_matrix(asked.histories)
        users = self._model.recalculate_user(np.arange(rows.shape[0]), rows)
        return torch.from_numpy(users @ self._model.item_factors.T)


class CornacEASE(Peer):
    """EASE of cornac, with the penalty of ours."""

    def _learn(self, resume: Any) -> None:
        from cornac.models import EASE as Theirs

        self._model = Theirs(lamb=300, posB=False, verbose=False).fit(_dataset(self.ratings_))

    def _score(self, asked: Asked) -> torch.Tensor:
        return torch.from_numpy(asked.histories @ np.asarray(self._model.B, np.float64))


class VAECF(Peer):
    """The variational autoencoder of cornac."""

    def _learn(self, resume: Any) -> None:
        from cornac.models import VAECF as Theirs

        self._model = Theirs(
            k=100, autoencoder_structure=[200], beta=0.2, n_epochs=60, seed=SEED, verbose=False
        ).fit(_dataset(self.ratings_))

    def _score(self, asked: Asked) -> torch.Tensor:
        rows = torch.from_numpy(asked.histories.toarray()).float()
        with torch.no_grad():
            code, _ = self._model.vae.encode(rows)
            scores: torch.Tensor = self._model.vae.decode(code)
        return scores


def _dataset(ratings: Any) -> Any:
    from cornac.data import Dataset

    n_users, n_items = len(ratings.users), len(ratings.items)
    triplet = (ratings.user, ratings.item, ratings.value)
    return Dataset(
        n_users, n_items, {u: u for u in range(n_users)}, {i: i for i in range(n_items)}, triplet
    )


def peers() -> dict[str, Recommender]:
    """Return the models of other libraries that are installed."""
    found: dict[str, Recommender] = {}
    try:
        import implicit  # noqa: F401

        found["ALS, implicit"] = ALS()
    except ImportError:
        print("implicit is not installed: its model is left out")
    try:
        import cornac  # noqa: F401

        found |= {"EASE, cornac": CornacEASE(), "VAECF, cornac": VAECF()}
    except ImportError:
        print("cornac is not installed: its models are left out")
    return found


def check_splits(ratings: Any) -> None:
    """End unless what is held out is what was held out when the figures were first taken."""
    weak, strong, cold = (_trial(ratings, name) for name in ("weak", "strong", "cold"))
    check("train part", entries(weak.learned.positives(4).matrix), "c11250b68f7aec2f")
    check("test part", entries(weak.targets), "a132c614c38d8e12")
    assert len(strong.learned.positives(4)) == 46_339, "strong: other users are held out"
    assert cold.candidates is not None
    check("cold items", cold.candidates, "b1e9548603b49dbc")


def _trial(ratings: Any, name: str) -> RankingTrial:
    protocol = PROTOCOLS[name]
    plan = protocol.plan(ratings, Settings(share=protocol.share, **SETTINGS))  # type: ignore[arg-type]
    (trial,) = plan.trials
    assert isinstance(trial, RankingTrial)
    return trial


def main() -> None:
    """Rank with all of them, in three ways, and publish."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data-dir", type=Path, default=FOLDER)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    ratings = load(arguments.data_dir)
    check_splits(ratings)
    models = {
        "AutoRec": AutoRec(random_state=SEED),
        "RBM": RBMRecommender(random_state=SEED),
        "MultVAE": MultVAE(random_state=SEED),
        "MultDAE": MultDAE(random_state=SEED),
        "ELSA": ELSA(random_state=SEED),
        "EASE": EASE(),
        "Content": ContentRecommender(),
        "Hybrid": HybridRecommender(random_state=SEED),
        **peers(),
    }
    cold = {name: models[name] for name in ("EASE", "Content", "Hybrid")}
    for protocol, chosen, title in (
        ("weak", models, "a fifth of each user's likes"),
        ("strong", models, "likes of 150 users whom no model learned from"),
        ("cold", cold, "144 films that nobody rated"),
    ):
        found = evaluate(chosen, ratings, protocol=protocol, positive=4, random_state=SEED)
        print(found)
        publish(
            f"recommend_{protocol}",
            f"MovieLens 100K, lists of 20: {title}",
            ["model", "NDCG", "95 % interval", "behind the best", "recall", "CPU seconds"],
            _rows(found),
        )


def _rows(found: Evaluation) -> list[list[str]]:
    rows = []
    for one in found.standings:
        if one.interval is None or one.behind_interval is None:
            rows.append([one.model, one.failure, "", "", "", ""])
            continue
        low, high = one.behind_interval
        rows.append(
            [
                one.model,
                f"{one.measures['ndcg']:.4f}",
                f"{one.interval.low:.3f} to {one.interval.high:.3f}",
                f"{one.behind:.4f} ({low:.4f} to {high:.4f})" if one.behind else "",
                f"{one.measures['recall']:.4f}",
                f"{one.seconds:.1f}",
            ]
        )
    return rows


if __name__ == "__main__":
    main()
