"""How many epochs fit into some seconds of one processor."""

import time
from collections.abc import Callable
from typing import Any

_TRIED_ROWS = 1280, 12_800
_TRIALS = 2  # of which the fastest counts, as a machine is not always equally fast


def epochs_within(seconds: float, make: Callable[..., Any], X: Any, y: Any = None) -> int:
    """Return how many epochs of a model take about so many CPU seconds, one at least.

    Parameters
    ----------
    seconds : float
    make : callable
        From ``epochs`` to a model that has ``fit``.
    X, y : rows, more than 1,280 of them, and their labels if there are any
    """
    sizes = [min(n, len(X)) for n in _TRIED_ROWS]
    few, many = (_trial(make, X[:n], None if y is None else y[:n]) for n in sizes)
    of_an_epoch = (many - few) * len(X) / (sizes[1] - sizes[0])
    return max(1, int(seconds / of_an_epoch))


def _trial(make: Callable[..., Any], X: Any, y: Any) -> float:
    """Return the fewest CPU seconds of one epoch, and of what comes before and after."""
    seconds = []
    for _ in range(_TRIALS):
        started = time.process_time()
        make(epochs=1).fit(X, y)
        seconds.append(time.process_time() - started)
    return min(seconds)
