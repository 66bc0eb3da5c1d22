"""The RBM whose last variable is a label, by a table of all states of both layers.

Nothing here sums a layer in closed form: every probability is a sum of ``exp(-E(v, h))`` over the
states of `oracles.general`, or over the nodes of its quadrature.
"""

import numpy as np

from oracles.general import MACHINES, GeneralRBM, nodes, table

N_CLASSES = 3
BEFORE = {kind: MACHINES[kind][:2] for kind in ("bernoulli", "softmax", "gaussian")} | {
    "mixed": (("bernoulli", 1), ("softmax", 2))
}
"""Layers of every kind, before the label."""


def labelled(kind, hidden, seed=0, scale=0.5):
    """A random machine with a label of `N_CLASSES` classes behind the variables of a kind."""
    return GeneralRBM.random((*BEFORE[kind], ("softmax", N_CLASSES)), hidden, 2, seed, scale)


def n_classes(oracle):
    return oracle.variables[-1][1]


def joined(oracle, X, y):
    """Rows of the data's units with a label behind them."""
    return np.hstack([X, np.eye(n_classes(oracle))[y]])


def data_table(oracle):
    """All states of the data's variables, and what each counts."""
    return table([nodes(*variable) for variable in oracle.variables[:-1]])


def mass(oracle, V):
    """log of the sum of exp(-E(v, h)) over the hidden states, for each row v."""
    H, counts = oracle.hidden_table()
    found = np.empty(len(V))
    for i, v in enumerate(V):
        found[i] = np.logaddexp.reduce(counts - oracle.energy(np.repeat(v[None], len(H), 0), H))
    return found


def class_masses(oracle, X):
    """log of the sum of exp(-E(x, y, h)) over h, for each row and class."""
    classes = range(n_classes(oracle))
    return np.stack([mass(oracle, joined(oracle, X, np.full(len(X), y))) for y in classes], 1)


def log_posterior(oracle, X):
    terms = class_masses(oracle, X)
    return terms - np.logaddexp.reduce(terms, axis=1)[:, None]


def hidden_means(oracle, X):
    """E[h | x] as a sum over labels and hidden states."""
    H, counts = oracle.hidden_table()
    found = []
    for x in X:
        logs, states = [], []
        for y in range(n_classes(oracle)):
            v = joined(oracle, x[None], [y])
            logs.append(counts - oracle.energy(np.repeat(v, len(H), 0), H))
            states.append(H)
        p = np.concatenate(logs)
        p = np.exp(p - np.logaddexp.reduce(p))
        found.append(p @ np.concatenate(states))
    return np.array(found)


def log_partition(oracle):
    X, counts = data_table(oracle)
    return np.logaddexp.reduce((counts[:, None] + class_masses(oracle, X)).ravel())


def given_class(oracle, y):
    """p(x | y) of every row of the table of the data's states."""
    X, counts = data_table(oracle)
    logs = counts + class_masses(oracle, X)[:, y]
    return np.exp(logs - np.logaddexp.reduce(logs))


def cross_entropy(oracle, X, y, share):
    """-sum share log p(y | x) over the rows with a label."""
    known = np.flatnonzero(np.asarray(y) >= 0)
    log_p = log_posterior(oracle, X[known])
    return -(share[known] * log_p[np.arange(len(known)), np.asarray(y)[known]]).sum()


def joint_loss(oracle, X, y, share):
    """-sum share log p(x, y), and log p(x) where a row has no label."""
    terms = class_masses(oracle, X) - log_partition(oracle)
    whole = np.logaddexp.reduce(terms, axis=1)
    picked = terms[np.arange(len(X)), np.maximum(y, 0)]
    return -(share * np.where(np.asarray(y) >= 0, picked, whole)).sum()


def pseudo_log_likelihoods(oracle, x):
    """log p(variable i | all other variables of the data) of each i; discrete ones only."""
    found, start = [], 0
    own = np.logaddexp.reduce(class_masses(oracle, x[None])[0])
    for kind, k in oracle.variables[:-1]:
        assert kind != "gaussian"
        states, _ = nodes(kind, k)
        others = np.repeat(x[None], len(states), 0)
        others[:, start : start + k] = states
        found.append(own - np.logaddexp.reduce(class_masses(oracle, others).ravel()))
        start += k
    return np.array(found)
