"""What further layers are worth to a density of MNIST: a machine, and two deeper models on it.

    python benchmarks/density_deep.py [--data-dir DIR] [--seed 0] [--rbm FILE]
        [--dbn-epochs 40] [--dbm-epochs 40]

An RBM-500 trains as in the longer recipe of ``density_mnist.py``, unless a file holds one that did.
It then becomes the lowest layer of a deep belief network, whose second layer starts at its
transposed weights, and of a deep Boltzmann machine, whose second layer starts at small ones; in
the network only the second layer learns, in the deep machine both do. One thread trains. Published
figures stand beside ours.
"""

from functools import partial

from density import COLUMNS, PLAIN, arguments_of, measured, mnist
from density_mnist import RECIPES, trained
from machine import publish

from embudo import DBM, DBN, RBM, load

RECIPE = "600 epochs, decay 5e-5"
RATE = 0.003
PUBLISHED = [
    ["RBM-500 by CD-25, Salakhutdinov and Murray 2008", "-86.34", "", "", "", "", ""],
    ["DBN 500-2000, Salakhutdinov and Murray 2008", "-86.22", "", "", "", "", ""],
    ["DBM 500-1000, Salakhutdinov and Hinton 2009", "-84.62", "", "", "", "", ""],
]


def minutes_of(model: RBM | DBN | DBM) -> float:
    """Return how long a model's own layers trained."""
    return sum(model.history_["seconds"]) / 60


def main() -> None:
    """Train three models, measure and publish."""
    arguments = arguments_of(
        __doc__,
        rbm={"metavar": "FILE"},
        **{"dbn-epochs": {"type": int, "default": 40}, "dbm-epochs": {"type": int, "default": 40}},
    )
    X, V = mnist(arguments.data_dir)
    seed, settings = arguments.seed, {**PLAIN, **RECIPES[RECIPE]}
    rbm = load(arguments.rbm) if arguments.rbm else trained(X, random_state=seed, **settings)
    assert isinstance(rbm, RBM)
    settings["learning_rate"] = RATE
    dbn = rbm.to_dbn((2000,)).set_params(**settings, initial="transposed")
    dbm = rbm.to_dbm((1000,)).set_params(**settings, mean_field_sweeps=5)
    rows = [measured("RBM-500", rbm, partial(rbm.log_likelihood, V), minutes_of(rbm), seed)]
    for name, model, epochs in (
        ("DBN 500-2000", dbn, arguments.dbn_epochs),
        ("DBM 500-1000", dbm, arguments.dbm_epochs),
    ):
        model.set_params(epochs=epochs).fit(X)
        bound = partial(model.lower_bound, V)
        rows.append(measured(f"{name} on it", model, bound, minutes_of(model), seed))
    publish(
        "density_deep",
        f"MNIST binarised by sampling, seed {seed}, layers on an RBM-500: bound on the test "
        "log-likelihood in nats; of the RBM it is the likelihood itself",
        ["model", "bound", *COLUMNS],
        [*rows, *PUBLISHED],
    )


if __name__ == "__main__":
    main()
