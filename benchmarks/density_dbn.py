"""What a second layer is worth: a deep belief network's bound beside its lowest machine.

    python benchmarks/density_dbn.py [--data-dir DIR] [--epochs 165] [--upper 2000] [--seed 0]

MNIST binarised by sampling, anew each time that a row is shown; the test set once, with a fixed
seed. The second layer starts at the first one's transposed weights. One thread trains. Published
figures stand beside ours.
"""

from functools import partial

from density import COLUMNS, PLAIN, arguments_of, measured, mnist
from machine import publish

from embudo import DBN

PUBLISHED = [
    ["RBM-500 by CD-25, Salakhutdinov and Murray 2008", "-86.34", "", "", "", "", ""],
    ["DBN 500-2000, Salakhutdinov and Murray 2008", "-86.22", "", "", "", "", ""],
    ["DBM 500-1000, Salakhutdinov and Hinton 2009", "-84.62", "", "", "", "", ""],
]


def main() -> None:
    """Train two layers, measure with one and with both, and publish."""
    arguments = arguments_of(
        __doc__,
        epochs={"type": int, "default": 165},
        upper={"type": int, "default": 2000},
    )
    X, V = mnist(arguments.data_dir)
    seed, hidden = arguments.seed, (500, arguments.upper)
    settings = {**PLAIN, "initial": "transposed", "learning_rate": 0.1, "random_state": seed}
    deep = DBN(hidden=hidden, epochs=arguments.epochs, **settings).fit(X)
    lowest = DBN(hidden=hidden[:1], epochs=1, **settings).fit(X[:100])
    lowest.module_.rbms[0].load_state_dict(deep.module_.rbms[0].state_dict())
    rows = []
    for name, model, history in (
        ("its lowest machine, RBM-500, embudo", lowest, deep.history_.stages["layer 1"]),
        (f"DBN 500-{arguments.upper}, embudo", deep, deep.history_),
    ):
        bounds = partial(model.lower_bound, V, random_state=seed)
        rows.append(measured(name, model, bounds, sum(history["seconds"]) / 60, seed))
    publish(
        "density_dbn",
        f"MNIST binarised by sampling, seed {seed}, {arguments.epochs} epochs a layer: bound on "
        "the test log-likelihood in nats; of one layer it is the likelihood itself",
        ["model", "bound", *COLUMNS],
        [*rows, *PUBLISHED],
    )


if __name__ == "__main__":
    main()
