"""The Boltzmann machine, by listing every state of all its units.

    E(s) = -sum_{i<j} L_ij s_i s_j - sum_i b_i s_i,    p(s) = exp(-E(s)) / Z

Visible units come first. Everything else follows from the table of p(s).
"""

from dataclasses import dataclass, replace
from itertools import product

import numpy as np


def states(n):
    """All 2^n states of n binary units, one a row."""
    return np.array(list(product((0.0, 1.0), repeat=n))).reshape(2**n, n)


@dataclass(frozen=True)
class BoltzmannOracle:
    L: np.ndarray
    b: np.ndarray
    n_visible: int

    @classmethod
    def random(cls, n_visible, n_hidden, lateral="both", seed=0, scale=1.0):
        rng = np.random.default_rng(seed)
        n = n_visible + n_hidden
        L = np.zeros((n, n))
        for i in range(n):
            for j in range(i + 1, n):
                both_visible, both_hidden = j < n_visible, i >= n_visible
                if both_visible and lateral not in ("both", "visible"):
                    continue
                if both_hidden and lateral not in ("both", "hidden"):
                    continue
                L[i, j] = L[j, i] = rng.normal(0, scale)
        return cls(L, rng.normal(0, 0.5, n), n_visible)

    @property
    def n(self):
        return len(self.b)

    def energy(self, s):
        total = 0.0
        for i in range(self.n):
            total -= self.b[i] * s[i]
            for j in range(i):
                total -= self.L[i, j] * s[i] * s[j]
        return total

    def factors(self):
        return np.array([np.exp(-self.energy(s)) for s in states(self.n)])

    def log_partition(self):
        return np.log(self.factors().sum())

    def probabilities(self):
        return self.factors() / self.factors().sum()

    def averages(self, p=None):
        """E[s] and E[s s'] for states with probabilities p (the model's own)."""
        p = self.probabilities() if p is None else p
        S = states(self.n)
        return p @ S, S.T @ (p[:, None] * S)

    def log_mass(self, v, observed=None):
        """log sum of exp(-E) over all that is not observed; v may lie between 0 and 1."""
        observed = np.ones(self.n_visible, bool) if observed is None else observed
        return np.log(sum(np.exp(-self.energy(s)) for s in self.agreeing(v, observed)))

    def agreeing(self, v, observed):
        """All states whose observed visible units stand as v says."""
        moving = [i for i in range(self.n) if i >= self.n_visible or not observed[i]]
        for part in states(len(moving)):
            s = np.zeros(self.n)
            s[: self.n_visible] = np.where(observed, v, 0)
            s[moving] = part
            yield s

    def conditional_averages(self, v, observed=None):
        """E[s | v observed] and E[s s' | v observed]."""
        observed = np.ones(self.n_visible, bool) if observed is None else observed
        found = list(self.agreeing(v, observed))
        weight = np.array([np.exp(-self.energy(s)) for s in found])
        weight /= weight.sum()
        S = np.array(found)
        return weight @ S, S.T @ (weight[:, None] * S)

    def log_likelihood(self, V, observed=None, weight=None):
        """The weighted sum of log p(v observed)."""
        weight = np.full(len(V), 1 / len(V)) if weight is None else weight
        observed = np.ones(np.shape(V), bool) if observed is None else observed
        total = sum(
            w * self.log_mass(v, seen) for v, seen, w in zip(V, observed, weight, strict=True)
        )
        return total - weight.sum() * self.log_partition()

    def flipped_on(self, i):
        """p(s_i = 1 | all others), for each state."""
        found = []
        for s in states(self.n):
            on, off = s.copy(), s.copy()
            on[i], off[i] = 1.0, 0.0
            found.append(1 / (1 + np.exp(self.energy(on) - self.energy(off))))
        return np.array(found)

    def transition(self, order):
        """A Gibbs sweep over units one by one, a row for each state it starts from."""
        S = states(self.n)
        place = {tuple(s): k for k, s in enumerate(S)}
        T = np.eye(len(S))
        for i in order:
            one, p = np.zeros_like(T), self.flipped_on(i)
            for k, s in enumerate(S):
                for value, chance in ((1.0, p[k]), (0.0, 1 - p[k])):
                    t = s.copy()
                    t[i] = value
                    one[k, place[tuple(t)]] += chance
            T = T @ one
        return T

    def bound(self, v, mu):
        """-E[energy] + entropy, of independent hidden units with means mu, beside v."""
        total = 0.0
        H = states(self.n - self.n_visible)
        for h in H:
            q = np.prod(np.where(h == 1, mu, 1 - mu))
            if q > 0:
                total += q * (-self.energy(np.concatenate((v, h))) - np.log(q))
        return total

    def gradient(self, function, step=1e-5):
        """Finite differences of ``function(machine)`` by every coupling there is, and bias."""
        n = self.n
        dL, db = np.zeros((n, n)), np.zeros(n)
        for i in range(n):
            up, down = self.b.copy(), self.b.copy()
            up[i], down[i] = up[i] + step, down[i] - step
            db[i] = (function(replace(self, b=up)) - function(replace(self, b=down))) / (2 * step)
            for j in range(i):
                up, down = self.L.copy(), self.L.copy()
                up[i, j] = up[j, i] = up[i, j] + step
                down[i, j] = down[j, i] = down[i, j] - step
                dL[i, j] = dL[j, i] = (
                    function(replace(self, L=up)) - function(replace(self, L=down))
                ) / (2 * step)
        return dL, db
