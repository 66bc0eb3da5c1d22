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


def slope_of_observed(oracle, V, weight, observed):
    """The model's moments minus those of ``p(v, h | observed entries)``, row by row."""
    total = [part * weight.sum() for part in oracle.moments()]
    states, p = oracle.visible_states, oracle.visible_probabilities()
    for v, share, seen in zip(V, weight, observed, strict=True):
        fits = (states[:, seen] == v[seen]).all(1)
        given = oracle.moments(p * fits / (p * fits).sum())
        for part, of_row in zip(total, given, strict=True):
            part -= share * of_row
    return total


def centred(gradient, m, l):
    """The gradient of the machine in (v - m), (h - l), carried back to the plain parameters."""
    W, visible, hidden = gradient
    W = W - np.outer(m, hidden) - np.outer(visible, l)
    return [W, visible - W @ l, hidden - W.T @ m]
