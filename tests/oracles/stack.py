"""A deep belief network of binary units, by listing every state of every layer.

    p(v, h1, .., hL) = p(v | h1) p(h1 | h2) .. p(hL-1, hL)

The topmost pair is an RBM, whose table of states is that of :mod:`oracles.binary`; the layers below
are sigmoid belief networks. The way up, q(h1 | v) q(h2 | h1) .., has weights of its own.
"""

from dataclasses import dataclass

import numpy as np

from oracles.binary import BinaryRBM, states


def sigmoid(t):
    return 1 / (1 + np.exp(-t))


def table(W, b, given):
    """p(state | given) of all states of independent binary units, a row for each given one."""
    p = sigmoid(given @ W + b)
    S = states(len(b))
    return np.prod(np.where(S[None] == 1, p[:, None], 1 - p[:, None]), 2)


@dataclass(frozen=True)
class Stack:
    """``layers`` from the lowest to the topmost; ``up`` holds (weights, biases) of all but it."""

    layers: tuple
    up: tuple

    @classmethod
    def random(cls, sizes, seed=0, scale=1.0, untied=False):
        pairs = zip(sizes, sizes[1:], strict=False)
        layers = [BinaryRBM.random(n, m, seed + i, scale) for i, (n, m) in enumerate(pairs)]
        own = [BinaryRBM.random(n, m, seed + 50 + i, scale) for i, (n, m) in
               enumerate(zip(sizes, sizes[1:], strict=False))]  # fmt: skip
        source = own if untied else layers
        return cls(tuple(layers), tuple((rbm.W, rbm.b) for rbm in source[:-1]))

    def log_top(self):
        """log p of every state below the topmost layer, of the topmost RBM alone."""
        factors = self.layers[-1].boltzmann_factors()
        return np.log(factors.sum(1)) - np.log(factors.sum())

    def log_likelihood(self):
        """log p(v) of every visible state."""
        p = np.exp(self.log_top())
        for rbm in reversed(self.layers[:-1]):
            p = p @ table(rbm.W.T, rbm.a, rbm.hidden_states)
        return np.log(p)

    def bound(self):
        """E_q[log p(v, h)] + H(q) of every visible state."""
        value = self.log_top()
        for rbm, (W, b) in zip(reversed(self.layers[:-1]), reversed(self.up), strict=True):
            q = table(W, b, rbm.visible_states)
            p = table(rbm.W.T, rbm.a, rbm.hidden_states).T
            value = (q * (value[None] + np.log(p) - np.log(q))).sum(1)
        return value
