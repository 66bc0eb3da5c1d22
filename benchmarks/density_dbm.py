"""How good a density of MNIST a deep Boltzmann machine 500-1000 becomes, and in what time.

    python benchmarks/density_dbm.py [--data-dir DIR] [--seed 0] [--recipe NAME ...]

Training pixels are binarised by sampling, anew each time that a row is shown; the test set once,
with a fixed seed. One thread trains. Log Z comes from annealed importance sampling over the even
layers, forward and reverse, with 10,000 temperatures and 100 chains. What is given of the test set
is the variational lower bound on its mean log-likelihood. Published figures stand beside ours.
"""

import numpy as np
from density import by_recipe

from embudo import DBM

RECIPES = {
    "100 epochs": {"epochs": 100, "pretrain_epochs": 10},
    "300 epochs": {"epochs": 300, "pretrain_epochs": 20},
}
PUBLISHED = [
    ["DBM 500-1000, Salakhutdinov and Hinton 2009", "-84.62", "", "", "", "", ""],
]


def trained(X: np.ndarray, **parameters: float) -> DBM:
    """Return the model."""
    return DBM(hidden=(500, 1000), mean_field_sweeps=5, **parameters).fit(X)


if __name__ == "__main__":
    by_recipe(
        "density_dbm",
        "MNIST binarised by sampling, DBM 500-1000, centred PCD-1, rate falling to 0",
        __doc__,
        RECIPES,
        trained,
        "lower_bound",
        PUBLISHED,
    )
