"""What recommenders cost as ratings grow, on synthetic ratings with the skew of real ones.

    python benchmarks/recommend_cost.py

Users and items are drawn by power laws, 10^5 to 10^7 ratings of up to 100,000 users and 20,000
items, and each measurement is a process of its own, so that its memory is its own. The first table
has the seconds of an epoch of ``RBMRecommender`` on one thread, once with users as rows and 400
units, once with items as rows and 100, and the slope of their logarithm over that of the ratings,
which is 1 where time is linear. The second has how many users a second are told their twenty best
of 20,000 items, on two threads, from histories to sorted lists.
"""

import argparse
import json
import math
import resource
import subprocess
import sys
import time

import numpy as np
import torch
from machine import publish

from embudo.data.ids import Ids
from embudo.recommenders import Ratings, recommender_class
from embudo.recommenders.asking import everybody

SIZES = (100_000, 316_000, 1_000_000, 3_160_000, 10_000_000)
MACHINES = {
    "users as rows, 400 units": {"axis": "user", "n_components": 400},
    "items as rows, 100 units": {"axis": "item", "n_components": 100},
}
LISTED = {
    "elsa": {"epochs": 1, "batch_size": 1000},
    "dae": {"epochs": 1, "batch_size": 1000},
    "autorec": {"epochs": 1, "batch_size": 1000},
}
N_LISTED = 20


def synthetic(n: int) -> Ratings:
    """Return ratings of which a few users and items have most."""
    share = n / SIZES[-1]
    n_users, n_items = max(1000, round(100_000 * share)), max(2000, round(20_000 * share**0.5))
    rng = np.random.default_rng(0)
    chances = [
        (np.arange(size) + 50.0) ** -power for size, power in ((n_users, 0.7), (n_items, 0.8))
    ]
    by_user, by_item = (each / each.sum() for each in chances)
    keys = np.empty(0, np.int64)
    while len(keys) < n:
        drawn = rng.choice(n_users, n, p=by_user) * n_items + rng.choice(n_items, n, p=by_item)
        keys = np.unique(np.concatenate([keys, drawn]))
    user, item = np.divmod(np.sort(rng.permutation(keys)[:n]), n_items)
    value = rng.integers(1, 6, n).astype(np.float32)
    scale = (1.0, 2.0, 3.0, 4.0, 5.0)
    ids = Ids(range(n_users), "user"), Ids(range(n_items), "item")
    return Ratings(*ids, user, item, value, None, scale)


def train(n: int, machine: str) -> dict[str, float]:
    """Measure an epoch of a Boltzmann machine on so many ratings."""
    torch.set_num_threads(1)
    ratings = synthetic(n)
    epochs = 3 if n < 10**6 else 1
    model = recommender_class("rbm")(random_state=0, epochs=epochs, **MACHINES[machine])
    model.fit(ratings)
    seconds = min(model.history_["seconds"])
    return {"users": len(ratings.users), "items": len(ratings.items), "seconds": seconds}


def listing(name: str) -> dict[str, float]:
    """Measure how fast all users of the largest set are told their best items."""
    torch.set_num_threads(2)
    ratings = synthetic(SIZES[-1])
    model = recommender_class(name)(random_state=0, **LISTED[name]).fit(ratings)
    asked = everybody(model.ratings_)
    model.lists(asked.some(slice(0, 1000)), N_LISTED)
    started = time.perf_counter()
    lists = model.lists(asked, N_LISTED)
    seconds = time.perf_counter() - started
    assert lists.items.shape == (len(ratings.users), N_LISTED)
    return {"users": len(asked), "seconds": seconds}


def measured(*words: str) -> dict[str, float]:
    """Return what a process of its own measures, and the memory that it took at most."""
    run = subprocess.run(
        [sys.executable, __file__, *words], check=True, capture_output=True, text=True
    )
    found: dict[str, float] = json.loads(run.stdout.splitlines()[-1])
    print(words, found, flush=True)
    return found


def costs(machine: str) -> list[list[str]]:
    """Return the rows of a machine, and the slope below them."""
    found = [measured("--train", str(n), "--machine", machine) for n in SIZES]
    assert found[-1]["gigabytes"] <= 4, "more than 4 GB at 10^7 ratings"
    logs = [math.log(n) for n in SIZES], [math.log(one["seconds"]) for one in found]
    slope = float(np.polyfit(*logs, 1)[0])
    rows = [
        [
            machine,
            f"{n:,}",
            f"{one['users']:,} × {one['items']:,}",
            f"{one['seconds']:.2f}",
            f"{one['seconds'] / n * 1e6:.2f}",
            f"{one['gigabytes']:.2f}",
        ]
        for n, one in zip(SIZES, found, strict=True)
    ]
    return [*rows, [machine, "slope of the logarithms", "", f"{slope:.3f}", "", ""]]


def main() -> None:
    """Measure each size and each model in a process, and publish."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--train", type=int, help="measure one size only, and print it as JSON")
    parser.add_argument("--machine", choices=MACHINES, help="which one")
    parser.add_argument("--listing", choices=LISTED, help="measure one model only, likewise")
    parser.add_argument("--part", choices=("cost", "speed"), help="one of the tables only")
    arguments = parser.parse_args()
    if arguments.train or arguments.listing:
        size, machine = arguments.train, arguments.machine
        found = train(size, machine) if size else listing(arguments.listing)
        found["gigabytes"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
        print(json.dumps(found))
        return
    if arguments.part != "speed":
        publish_costs()
    if arguments.part != "cost":
        publish_speeds()


def publish_costs() -> None:
    """Publish what an epoch costs."""
    publish(
        "recommend_cost",
        "RBMRecommender, one thread: an epoch",
        ["machine", "ratings", "users × items", "seconds", "microseconds a rating", "peak GB"],
        [row for machine in MACHINES for row in costs(machine)],
    )


def publish_speeds() -> None:
    """Publish how fast all users are told their lists."""
    speeds = {name: measured("--listing", name) for name in LISTED}
    publish(
        "recommend_speed",
        "The 20 best of 20,000 items for 100,000 users, two threads",
        ["model", "users a second", "seconds", "peak GB"],
        [
            [
                name,
                f"{one['users'] / one['seconds']:,.0f}",
                f"{one['seconds']:.1f}",
                f"{one['gigabytes']:.2f}",
            ]
            for name, one in speeds.items()
        ],
    )


if __name__ == "__main__":
    main()
