"""How well a model tells the classes of rows, measured the same for every classifier."""

from torch import Tensor


def agreement(log_p: Tensor, labels: Tensor) -> dict[str, float]:
    """Return how a batch's labels compare with what a model says of them.

    Parameters
    ----------
    log_p : Tensor of shape (rows, classes)
        Logarithms of the classes' probabilities.
    labels : Tensor of shape (rows,)
        Rows without one, marked by -1, do not count.

    Returns
    -------
    dict
        ``log_posterior``: the mean of ``log p(label | row)``, in nats. ``accuracy``: the share of
        rows whose label is the most probable one.
    """
    log_p, labels = log_p[labels >= 0], labels[labels >= 0]
    return {
        "log_posterior": float(log_p.gather(1, labels[:, None]).mean()),
        "accuracy": float((log_p.argmax(1) == labels).float().mean()),
    }
