"""How good a density of MNIST an RBM with 500 hidden units becomes, and in what time.

    python benchmarks/density_mnist.py [--data-dir DIR] [--seed 0] [--recipe NAME ...]

Training pixels are binarised by sampling, anew each time that a row is shown; the test set once,
with a fixed seed. One thread trains. Log Z comes from annealed importance sampling, forward and
reverse, with 10,000 temperatures and 100 chains. Published figures stand beside ours.
"""

import numpy as np
from density import by_recipe

from embudo import RBM

RECIPES = {
    "165 epochs": {"epochs": 165},
    "600 epochs, decay 5e-5": {"epochs": 600, "weight_decay": 5e-5},
}
PUBLISHED = [
    ["CD-25, Salakhutdinov and Murray 2008", "-86.34", "", "", "", "", ""],
    ["centred PCD-1, 200 epochs, PyDeep", "-84.9", "", "", "12 nats apart", "78", ""],
]


def trained(X: np.ndarray, **parameters: float) -> RBM:
    """Return the model."""
    rbm = RBM(n_components=500, algorithm="pcd", centered=True, learning_rate=0.1, **parameters)
    return rbm.fit(X)


if __name__ == "__main__":
    by_recipe(
        "density_mnist",
        "MNIST binarised by sampling, RBM-500, centred PCD-1, rate 0.1 falling to 0",
        __doc__,
        RECIPES,
        trained,
        "log_likelihood",
        PUBLISHED,
    )
