"""The RBM of any units, by a table of visible states.

    E(v, h) = sum_i base(v_i) - a v - b h - sum_j base(h_j) - v W h      (bases with their own sign)

Discrete variables are listed; real ones stand on the nodes of a quadrature rule, whose weights
then multiply the density. Every sum and integral over v is a sum over the table.

    bernoulli  0 or 1                         base 0
    softmax    one of k unit vectors          base 0
    gaussian   the real line                  base x^2 / 2 + (1/2) log 2 pi
    relu       the half line x >= 0           base x^2 / 2                     (hidden only)
"""

from dataclasses import dataclass, replace

import numpy as np
from scipy.special import expit
from scipy.stats import norm

HALF_LOG_TWO_PI = np.log(2 * np.pi) / 2
REACH, SPACING = 15.0, 0.25  # trapezoids: geometric convergence for densities as wide as these


def nodes(kind, k=1):
    """States of a variable, one a row, and the logarithm of what each counts in a sum."""
    if kind == "bernoulli":
        return np.array([[0.0], [1.0]]), np.zeros(2)
    if kind == "softmax":
        return np.eye(k), np.zeros(k)
    if kind == "gaussian":
        x = np.arange(-REACH, REACH + SPACING / 2, SPACING)
        return x[:, None], np.full(len(x), np.log(SPACING))
    x, weight = np.polynomial.legendre.leggauss(80)
    return (x[:, None] + 1) * REACH / 2, np.log(weight * REACH / 2)


def base(kind, x):
    if kind in ("bernoulli", "softmax"):
        return np.zeros_like(x)
    return x**2 / 2 + (HALF_LOG_TWO_PI if kind == "gaussian" else 0.0)


def log_normaliser(kind, t):
    """log of the sum of exp(t x - base(x)) over a unit's states; not for softmax."""
    if kind == "bernoulli":
        return np.logaddexp(0, t)
    return t**2 / 2 + (norm.logcdf(t) + HALF_LOG_TWO_PI if kind == "relu" else 0.0)


def mean(kind, t):
    if kind == "bernoulli":
        return expit(t)
    return t + (np.exp(norm.logpdf(t) - norm.logcdf(t)) if kind == "relu" else 0.0)


def table(columns):
    """All combinations of several variables' states, and what each counts."""
    index = np.indices([len(weight) for _, weight in columns]).reshape(len(columns), -1)
    parts = [(s[i], w[i]) for (s, w), i in zip(columns, index, strict=True)]
    return np.hstack([s for s, _ in parts]), sum(w for _, w in parts)


@dataclass(frozen=True)
class GeneralRBM:
    """``variables`` is a tuple of (kind, number of states), in the order of the units."""

    variables: tuple
    hidden: str
    W: np.ndarray
    a: np.ndarray
    b: np.ndarray

    @classmethod
    def random(cls, variables, hidden, n_hidden=2, seed=0, scale=0.35):
        rng = np.random.default_rng(seed)
        n_visible = sum(k for _, k in variables)
        W = rng.normal(0, 1, (n_visible, n_hidden))
        if hidden != "bernoulli":  # beyond 1 there is no density between two real layers
            W /= np.linalg.norm(W, 2)
        return cls(
            tuple(variables),
            hidden,
            W * scale * (1 if hidden == "bernoulli" else 1.8),
            rng.normal(0, 0.5, n_visible),
            rng.normal(0, 0.5, n_hidden),
        )

    def units(self):
        """The stretch of units of each variable."""
        ends = np.cumsum([k for _, k in self.variables])
        return [slice(e - k, e) for e, (_, k) in zip(ends, self.variables, strict=True)]

    def unit_kinds(self):
        return [kind for kind, k in self.variables for _ in range(k)]

    def visible_table(self):
        return table([nodes(*variable) for variable in self.variables])

    def hidden_table(self):
        return table([nodes(self.hidden)] * len(self.b))

    def visible_base(self, V):
        kinds = self.unit_kinds()
        return sum(base(kind, V[:, i]) for i, kind in enumerate(kinds))

    def energy(self, V, H):
        """Of paired rows."""
        hidden = sum(base(self.hidden, H[:, j]) for j in range(len(self.b)))
        return self.visible_base(V) + hidden - V @ self.a - H @ self.b - ((V @ self.W) * H).sum(1)

    def free_energy(self, V):
        hidden = log_normaliser(self.hidden, V @ self.W + self.b).sum(1)
        return self.visible_base(V) - V @ self.a - hidden

    def free_energy_of_hidden(self, H):
        """-log of the sum of exp(-E) over all v: the other side."""
        field = H @ self.W.T + self.a
        total = sum(base(self.hidden, H[:, j]) for j in range(len(self.b))) - H @ self.b
        for (kind, _), units in zip(self.variables, self.units(), strict=True):
            t = field[:, units]
            if kind == "softmax":
                total = total - np.log(np.exp(t).sum(1))
            else:
                total = total - log_normaliser(kind, t[:, 0])
        return total

    def log_partition(self):
        V, counts = self.visible_table()
        return np.logaddexp.reduce(counts - self.free_energy(V))

    def log_partition_of_hidden(self):
        H, counts = self.hidden_table()
        return np.logaddexp.reduce(counts - self.free_energy_of_hidden(H))

    def visible_probabilities(self):
        """What each row of the table of visible states weighs."""
        V, counts = self.visible_table()
        return np.exp(counts - self.free_energy(V) - self.log_partition())

    def hidden_means(self, V):
        return mean(self.hidden, V @ self.W + self.b)

    def visible_means(self, H):
        found = H @ self.W.T + self.a
        for (kind, _), units in zip(self.variables, self.units(), strict=True):
            if kind == "softmax":
                weight = np.exp(found[:, units])
                found[:, units] = weight / weight.sum(1, keepdims=True)
            else:
                found[:, units] = mean(kind, found[:, units])
        return found

    def moments(self):
        """The model's averages of v h, v and h."""
        V, _ = self.visible_table()
        p = self.visible_probabilities()
        H = self.hidden_means(V)
        return (p[:, None] * V).T @ H, p @ V, p @ H

    def log_likelihood(self, V, weight=None):
        weight = np.full(len(V), 1 / len(V)) if weight is None else weight
        return weight @ -self.free_energy(V) - self.log_partition()

    def given(self, v, observed):
        """States that agree with the observed units of v, and p(state | observed)."""
        columns = []
        for variable, units in zip(self.variables, self.units(), strict=True):
            known = observed[units].all()
            columns.append((v[None, units], np.zeros(1)) if known else nodes(*variable))
        V, counts = table(columns)
        logs = counts - self.free_energy(V)
        return V, np.exp(logs - np.logaddexp.reduce(logs))

    def conditional_log_likelihoods(self, v):
        """log p(variable i | all others) of each i; densities for real ones."""
        found = []
        for units in self.units():
            observed = np.ones(len(v), bool)
            observed[units] = False
            states, p = self.given(v, observed)
            is_real = self.unit_kinds()[units.start] == "gaussian"
            counts = np.log(SPACING) if is_real else 0.0
            # any state of the table is as good as another to find the normaliser from
            best = p.argmax()
            ratio = self.free_energy(states[best : best + 1]) - self.free_energy(v[None])
            found.append(np.log(p[best]) - counts + ratio[0])
        return np.array(found)

    def without(self, missing):
        """The machine that never had these variables (a flag for each)."""
        gone = zip(missing, self.units(), strict=True)
        kept = np.concatenate([np.full(u.stop - u.start, not m) for m, u in gone])
        variables = tuple(x for x, m in zip(self.variables, missing, strict=True) if not m)
        return replace(self, variables=variables, W=self.W[kept], a=self.a[kept])

    def rows(self, n, seed=0):
        """Draw from the table: its averages are those of the model."""
        V, _ = self.visible_table()
        p = self.visible_probabilities()
        return V[np.random.default_rng(seed).choice(len(p), n, p=p / p.sum())]

    def slopes(self, function, name, step=1e-5):
        """Finite differences of a function of machines by one of W, a, b."""
        values = getattr(self, name)
        found = np.empty_like(values)
        for index in np.ndindex(values.shape):
            ends = []
            for sign in (1, -1):
                moved = values.copy()
                moved[index] += sign * step
                ends.append(function(replace(self, **{name: moved})))
            found[index] = (ends[0] - ends[1]) / (2 * step)
        return found


MACHINES = {
    "bernoulli": (("bernoulli", 1),) * 3,
    "softmax": (("softmax", 3), ("softmax", 3)),
    "gaussian": (("gaussian", 1),) * 2,
    "mixed": (("bernoulli", 1), ("gaussian", 1), ("softmax", 2), ("softmax", 3)),
}
"""Layers of every kind, small enough for a table."""
