"""What a gradient step of a binary RBM should be on average, by listing all states."""

import numpy as np

from oracles.binary import numbers


def data_moments(oracle, V, weight, observed):
    """Sums over rows of v h, v and h; each row sees the machine of its observed units alone."""
    return _sum_over_rows(oracle, V, weight, observed, _positive)


def chain_moments(oracle, V, weight, observed, sweeps):
    """The same after some Gibbs sweeps that start at each row (contrastive divergence)."""

    def negative(machine, v):
        p = np.linalg.matrix_power(machine.transition(), sweeps)[numbers(v[None])[0]]
        return machine.moments(p)

    return _sum_over_rows(oracle, V, weight, observed, negative)


def _positive(machine, v):
    h = 1 / (1 + np.exp(-(v @ machine.W + machine.b)))
    return np.outer(v, h), v, h


def _sum_over_rows(oracle, V, weight, observed, of_row):
    totals = [np.zeros_like(oracle.W), np.zeros_like(oracle.a), np.zeros_like(oracle.b)]
    for v, share, seen in zip(V, weight, observed, strict=True):
        W, visible, hidden = of_row(oracle.without(~seen), v[seen])
        totals[0][seen] += share * W
        totals[1][seen] += share * visible
        totals[2] += share * hidden
    return totals


def thinned(moments, weight, observed):
    """The model's moments, each visible unit counted as much as the rows that observe it."""
    W, visible, hidden = moments
    share = weight @ observed
    return [W * share[:, None], visible * share, hidden * weight.sum()]


def centred(gradient, m, l):
    """The gradient of the machine in (v - m), (h - l), carried back to the plain parameters."""
    W, visible, hidden = gradient
    W = W - np.outer(m, hidden) - np.outer(visible, l)
    return [W, visible - W @ l, hidden - W.T @ m]
