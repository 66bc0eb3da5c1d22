"""The deep Boltzmann machine of binary units, by listing every state of all its layers.

    E(s0, .., sL) = -sum_l b_l s_l - sum_l s_l W_l s_(l+1)

Everything follows from the table of exp(-E): marginals and conditionals are its sums and
quotients. A state of the hidden layers is a row of all their units, one layer after the other.
"""

from dataclasses import dataclass, replace
from itertools import product

import numpy as np


def states(n):
    """All 2^n states of n binary units, one a row."""
    return np.array(list(product((0.0, 1.0), repeat=n))).reshape(2**n, n)


@dataclass(frozen=True)
class DeepMachine:
    W: tuple
    b: tuple

    @classmethod
    def random(cls, sizes, seed=0, scale=1.0):
        rng = np.random.default_rng(seed)
        W = tuple(rng.normal(0, scale, pair) for pair in zip(sizes[:-1], sizes[1:], strict=True))
        return cls(W, tuple(rng.normal(0, 0.5, n) for n in sizes))

    @property
    def sizes(self):
        return tuple(len(b) for b in self.b)

    @property
    def all_states(self):
        """Every state of all units."""
        return states(sum(self.sizes))

    def layers(self, S):
        """Rows of all units, cut into layers."""
        return np.split(S, np.cumsum(self.sizes)[:-1], axis=1)

    def energy(self, S):
        parts = self.layers(S)
        total = -sum(part @ b for part, b in zip(parts, self.b, strict=True))
        for lower, W, upper in zip(parts[:-1], self.W, parts[1:], strict=True):
            total = total - np.einsum("ri,ij,rj->r", lower, W, upper)
        return total

    def log_partition(self):
        return np.logaddexp.reduce(-self.energy(self.all_states))

    def joint(self):
        """p of each state of all units."""
        return np.exp(-self.energy(self.all_states) - self.log_partition())

    def table(self):
        """exp(-E), a row for each visible state, a column for each of the hidden layers."""
        return np.exp(-self.energy(self.all_states)).reshape(2 ** self.sizes[0], -1)

    def log_likelihood(self, V):
        """log p(v) of each row."""
        found = np.log(self.table().sum(1)) - self.log_partition()
        return found[(V @ 2.0 ** np.arange(self.sizes[0])[::-1]).astype(int)]

    def hidden_means(self, v):
        """E[h | v] of each hidden layer, for one visible state."""
        H = states(sum(self.sizes[1:]))
        S = np.hstack([np.tile(v, (len(H), 1)), H])
        p = np.exp(-self.energy(S) - np.logaddexp.reduce(-self.energy(S)))
        return [p @ part for part in self.layers(S)[1:]]

    def layer_given_rest(self, S, layer):
        """p(unit on | all other layers), by comparing both states of each of its units."""
        found = np.empty((len(S), self.sizes[layer]))
        first = sum(self.sizes[:layer])
        for unit in range(self.sizes[layer]):
            on, off = S.copy(), S.copy()
            on[:, first + unit], off[:, first + unit] = 1.0, 0.0
            found[:, unit] = 1 / (1 + np.exp(self.energy(on) - self.energy(off)))
        return found

    def bound(self, v, means):
        """E_q[log p~(v, h)] + H(q) - log Z, by listing the hidden states."""
        H, m = states(sum(self.sizes[1:])), np.concatenate(means)
        q = np.prod(np.where(H == 1, m, 1 - m), axis=1)
        S = np.hstack([np.tile(v, (len(H), 1)), H])
        some = q > 0
        terms = -self.energy(S)[some] - np.log(q[some])
        return q[some] @ terms - self.log_partition()

    def moments(self):
        """The model's averages: of s_l s_(l+1) for each link, of s_l for each layer."""
        p, parts = self.joint(), self.layers(self.all_states)
        pairs = zip(parts[:-1], parts[1:], strict=True)
        return [(p[:, None] * low).T @ high for low, high in pairs], [p @ part for part in parts]

    def slopes(self, function, name, number, step=1e-5):
        """Finite differences of a function of machines by W[number] or b[number]."""
        values = getattr(self, name)
        found = np.empty_like(values[number])
        for index in np.ndindex(found.shape):
            ends = []
            for sign in (1, -1):
                moved = [value.copy() for value in values]
                moved[number][index] += sign * step
                ends.append(function(replace(self, **{name: tuple(moved)})))
            found[index] = (ends[0] - ends[1]) / (2 * step)
        return found


def twin_moments(W, a, b, twin_visible, twin_hidden):
    """Averages of u g, u and g in an RBM whose layers may stand twice; u, g sum the copies."""
    n, m = W.shape
    V, H = (states(k * (2 if twin else 1)) for k, twin in ((n, twin_visible), (m, twin_hidden)))
    u = V[:, :n] + V[:, n:] if twin_visible else V
    g = H[:, :m] + H[:, m:] if twin_hidden else H
    log_p = (u @ a)[:, None] + (g @ b)[None] + u @ W @ g.T
    log_z = np.logaddexp.reduce(log_p.ravel())
    p = np.exp(log_p - log_z)
    return u.T @ p @ g, p.sum(1) @ u, p.sum(0) @ g, log_z
