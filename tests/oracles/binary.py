"""The RBM of binary units, by listing every state of both layers.

    E(v, h) = -sum_i a_i v_i - sum_j b_j h_j - sum_ij v_i W_ij h_j
    p(v, h) = exp(-E(v, h)) / Z

Everything else follows from the table of p(v, h): marginals and conditionals are its sums and
quotients, averages are sums over it.
"""

from dataclasses import dataclass, replace
from itertools import product

import numpy as np


def states(n):
    """All 2^n states of n binary units, one a row."""
    return np.array(list(product((0.0, 1.0), repeat=n))).reshape(2**n, n)


@dataclass(frozen=True)
class BinaryRBM:
    W: np.ndarray
    a: np.ndarray
    b: np.ndarray

    @classmethod
    def random(cls, n_visible, n_hidden, seed=0, scale=1.0):
        rng = np.random.default_rng(seed)
        return cls(
            rng.normal(0, scale, (n_visible, n_hidden)),
            rng.normal(0, 0.5, n_visible),
            rng.normal(0, 0.5, n_hidden),
        )

    @property
    def visible_states(self):
        return states(len(self.a))

    @property
    def hidden_states(self):
        return states(len(self.b))

    def energy(self, v, h):
        total = 0.0
        for i in range(len(self.a)):
            total -= self.a[i] * v[i]
            for j in range(len(self.b)):
                total -= v[i] * self.W[i, j] * h[j]
        for j in range(len(self.b)):
            total -= self.b[j] * h[j]
        return total

    def boltzmann_factors(self):
        """exp(-E), a table of visible states by hidden states."""
        V, H = self.visible_states, self.hidden_states
        return np.exp((V @ self.a)[:, None] + (H @ self.b)[None] + V @ self.W @ H.T)

    def log_partition(self):
        return np.log(self.boltzmann_factors().sum())

    def joint(self):
        factors = self.boltzmann_factors()
        return factors / factors.sum()

    def visible_probabilities(self):
        return self.joint().sum(1)

    def hidden_given_visible(self):
        """p(h | v), a row for each visible state."""
        joint = self.joint()
        return joint / joint.sum(1, keepdims=True)

    def visible_given_hidden(self):
        """p(v | h), a row for each hidden state."""
        joint = self.joint().T
        return joint / joint.sum(1, keepdims=True)

    def transition(self):
        """One Gibbs sweep v -> h -> v', a row for each state it starts from."""
        return self.hidden_given_visible() @ self.visible_given_hidden()

    def free_energy(self, v):
        return -np.log(sum(np.exp(-self.energy(v, h)) for h in self.hidden_states))

    def moments(self, p=None):
        """Averages of v h, v and h for visible states with probabilities p (the model's own)."""
        p = self.visible_probabilities() if p is None else p
        V, H = self.visible_states, self.hidden_states
        joint = p[:, None] * self.hidden_given_visible()
        return V.T @ joint @ H, joint.sum(1) @ V, joint.sum(0) @ H

    def log_likelihood(self, V, weight=None):
        weight = np.full(len(V), 1 / len(V)) if weight is None else weight
        log_z = self.log_partition()
        return sum(w * (-self.free_energy(v) - log_z) for v, w in zip(V, weight, strict=True))

    def conditional_means(self, v, observed):
        """E[v_i | observed entries of v], by adding up the states that agree with them."""
        agrees = (self.visible_states == v)[:, observed].all(1)
        p = np.where(agrees, self.visible_probabilities(), 0.0)
        return p @ self.visible_states / p.sum()

    def conditional_log_likelihoods(self, v):
        """log p(v_i | all other v) of each i; for v_i between 0 and 1 the mix of both states."""
        found = []
        for i in range(len(v)):
            on, off = v.copy(), v.copy()
            on[i], off[i] = 1.0, 0.0
            weight_on, weight_off = np.exp(-self.free_energy(on)), np.exp(-self.free_energy(off))
            p = weight_on / (weight_on + weight_off)
            found.append(v[i] * np.log(p) + (1 - v[i]) * np.log(1 - p))
        return np.array(found)

    def without(self, missing):
        """The machine that never had these visible units."""
        kept = ~np.asarray(missing)
        return replace(self, W=self.W[kept], a=self.a[kept])


def numbers(V):
    """The index of each binary row in `states`."""
    return (np.asarray(V) @ 2.0 ** np.arange(V.shape[1])[::-1]).astype(int)
