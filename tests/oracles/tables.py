"""Small tables whose distribution is known."""

import numpy as np

from oracles.binary import states


def bars_and_stripes(n):
    """The 2^(n+1) - 2 pictures of n by n pixels made of whole rows or of whole columns."""
    stripes = {tuple(np.repeat(s, n)) for s in states(n)}
    bars = {tuple(np.tile(s, n)) for s in states(n)}
    return np.array(sorted(stripes | bars))


def on_many_scales(n_rows=400, seed=0):
    """Correlated columns with scales from 1e-3 to 1e3 and offsets, then two constant ones."""
    rng = np.random.default_rng(seed)
    common = rng.normal(size=(n_rows, 2)) @ rng.normal(size=(2, 7))
    columns = common + 0.3 * rng.normal(size=common.shape)
    columns *= np.logspace(-3, 3, 7)
    columns += columns.std(0) * rng.normal(0, 10, 7)
    return np.column_stack((columns, np.full(n_rows, 7.3), np.zeros(n_rows)))
