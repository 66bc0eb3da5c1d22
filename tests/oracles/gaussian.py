"""The RBM of real visible units with unit variance: a mixture of 2^hidden Gaussians.

    E(v, h) = sum_i v_i^2 / 2 + (1/2) log 2 pi - a v - b h - v W h

Completing the square for one h gives a Gaussian around a + W h, whose share of the mixture is
proportional to exp(b h + |a + W h|^2 / 2).
"""

from dataclasses import dataclass, replace

import numpy as np
from scipy.integrate import quad

from oracles.binary import states


@dataclass(frozen=True)
class GaussianRBM:
    W: np.ndarray
    a: np.ndarray
    b: np.ndarray

    @classmethod
    def random(cls, n_visible, n_hidden, seed=0, scale=0.8):
        rng = np.random.default_rng(seed)
        return cls(
            rng.normal(0, scale, (n_visible, n_hidden)),
            rng.normal(0, 0.5, n_visible),
            rng.normal(0, 0.5, n_hidden),
        )

    @property
    def hidden_states(self):
        return states(len(self.b))

    def energy(self, v, h):
        total = 0.0
        for i in range(len(self.a)):
            total += v[i] ** 2 / 2 + np.log(2 * np.pi) / 2 - self.a[i] * v[i]
            for j in range(len(self.b)):
                total -= v[i] * self.W[i, j] * h[j]
        for j in range(len(self.b)):
            total -= self.b[j] * h[j]
        return total

    def centres(self):
        return np.array([self.a + self.W @ h for h in self.hidden_states])

    def masses(self):
        """The integral of exp(-E) over all v, for each h."""
        norms = (self.centres() ** 2).sum(1)
        return np.exp(self.hidden_states @ self.b + norms / 2)

    def log_partition(self):
        return np.log(self.masses().sum())

    def shares(self):
        return self.masses() / self.masses().sum()

    def density(self, v):
        parts = [
            share * np.exp(-((v - centre) ** 2).sum() / 2)
            for share, centre in zip(self.shares(), self.centres(), strict=True)
        ]
        return sum(parts) / (2 * np.pi) ** (len(self.a) / 2)

    def free_energy(self, v):
        return -np.log(sum(np.exp(-self.energy(v, h)) for h in self.hidden_states))

    def hidden_means(self, v):
        weights = np.array([np.exp(-self.energy(v, h)) for h in self.hidden_states])
        return weights @ self.hidden_states / weights.sum()

    def moments(self):
        """The model's averages of v h, v and h."""
        shares, centres, H = self.shares(), self.centres(), self.hidden_states
        return (shares[:, None] * centres).T @ H, shares @ centres, shares @ H

    def covariance(self):
        mean = self.shares() @ self.centres()
        spread = self.centres() - mean
        return np.eye(len(self.a)) + (self.shares()[:, None] * spread).T @ spread

    def log_likelihood(self, V):
        return np.mean([np.log(self.density(v)) for v in V])

    def conditional_log_likelihoods(self, v):
        """log p(v_i | all other v) of each i, normalised by adaptive quadrature."""
        found = []
        for i in range(len(v)):

            def density(x, i=i):
                changed = v.copy()
                changed[i] = x
                return self.density(changed)

            centres = self.centres()[:, i]
            low, high = centres.min() - 10, centres.max() + 10
            total, _ = quad(density, low, high, points=sorted(set(centres)), limit=200)
            found.append(np.log(density(v[i]) / total))
        return np.array(found)

    def conditional_means(self, v, observed):
        """E[v_i | observed entries of v]: the centres, weighted by how they explain those."""
        distance = ((v - self.centres())[:, observed] ** 2).sum(1)
        weights = self.shares() * np.exp(-distance / 2)
        means = weights @ self.centres() / weights.sum()
        return np.where(observed, v, means)

    def without(self, missing):
        """The machine that never had these visible units."""
        kept = ~np.asarray(missing)
        return replace(self, W=self.W[kept], a=self.a[kept])
