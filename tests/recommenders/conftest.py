"""A checkerboard of ratings: whoever has an even number loves even items, and the odd odd ones."""

from dataclasses import replace

import pandas as pd
import pytest

from embudo.data.catalogue import Catalogue
from embudo.data.ratings import Ratings
from embudo.data.synthetic import checkerboard_ratings
from embudo.recommenders import RECOMMENDERS, Recommender, recommender_class

N_USERS, N_ITEMS = 60, 40
QUICK = {
    "rbm": {"n_components": 10, "batch_size": 4, "learning_rate": 0.1},
    "autorec": {"n_components": 10, "regularization": 5.0, "epochs": 40, "batch_size": 8},
    "dae": {"n_components": 10, "batch_size": 8},
    "vae": {"n_components": 10, "hidden": (20,), "batch_size": 8},
    "ease": {"regularization": 10.0},
    "elsa": {"n_components": 10, "batch_size": 8},
}
TRAINED = ("rbm", "autorec", "dae", "vae", "elsa")


def quick(name: str, **changes: object) -> Recommender:
    """Return a small recommender of a kind."""
    cls = recommender_class(name)
    chosen = {**QUICK.get(name, {}), **changes}
    if "random_state" in cls.__dataclass_fields__:
        chosen.setdefault("random_state", 0)
    return cls(**chosen)


def board(n_users: int = N_USERS, n_items: int = N_ITEMS, *, seed: int = 0) -> Ratings:
    """Return a checkerboard whose items are described: even ones are comedies, odd ones dramas."""
    ratings = checkerboard_ratings(n_users, n_items, seed=seed)
    table = pd.DataFrame(
        {
            "item": list(ratings.items),
            "title": [f"Film {one} ({1950 + int(one)})" for one in ratings.items],
            "genre": ["Comedy" if int(one) % 2 == 0 else "Drama" for one in ratings.items],
        }
    )
    return replace(ratings, catalogue=Catalogue.from_frame(table), library="pandas")


@pytest.fixture(scope="session")
def ratings() -> Ratings:
    return board()


@pytest.fixture(scope="session")
def fitted(ratings) -> dict[str, Recommender]:
    """One of each kind, fitted; not to be changed."""
    return {name: quick(name).fit(ratings) for name in RECOMMENDERS}


@pytest.fixture(params=list(RECOMMENDERS))
def model(request, fitted) -> Recommender:
    return fitted[request.param]


@pytest.fixture(params=[name for name in RECOMMENDERS if name != "popularity"])
def personal(request, fitted) -> Recommender:
    return fitted[request.param]
