"""The clamped sampler: what is missing, given what is observed."""

from typing import Any, final

from torch import Tensor

from embudo.estimators.energy import EnergyEstimator
from embudo.estimators.inputs import Floats, admit, as_array
from embudo.estimators.samplers.sampler import Sampler, rows_of
from embudo.kernels import chains


@final
class Clamped(Sampler):
    """Gibbs chains in which the observed entries of each row are held.

    They draw from ``p(x_missing | x_observed)``: conditional samples, the other half of a picture,
    several ways of filling a gap. ``impute`` of the model gives the mean of what this draws.

    Parameters
    ----------
    model : RBM
        A fitted one; the sampler follows it if it learns on.
    X : array, CSR matrix or data frame of shape (n_rows, n_features)
        NaN stands for what is to be drawn; all other entries are held.
    n_chains : int, default=1
        Independent chains for each row, moved together with those of all rows.
    burn_in : int, default=200
        Sweeps before the first row.
    thin : int, default=1
        Sweeps from one row of a chain to its next.
    random_state : int, optional
        Seed; by default that of the fit.

    Attributes
    ----------
    n_sweeps_ : int
        Sweeps that each chain has made so far.
    free_energies_ : array of shape (n, n_chains, n_rows)
        Free energies of the rows of the last draw, in nats.

    Examples
    --------
    >>> import numpy as np
    >>> from embudo import RBM, Clamped
    >>> from sklearn.datasets import load_digits
    >>> X = load_digits().data / 16
    >>> rbm = RBM(n_components=32, epochs=2, random_state=0).fit(X)
    >>> half = X[:10].copy()
    >>> half[:, 32:] = np.nan
    >>> Clamped(rbm, half, n_chains=5).draw(3).shape
    (3, 5, 10, 64)
    """

    def __init__(
        self,
        model: EnergyEstimator,
        X: Any,
        *,
        n_chains: int = 1,
        burn_in: int = 200,
        thin: int = 1,
        random_state: int | None = None,
    ) -> None:
        super().__init__(model, n_chains, burn_in, thin, random_state)
        rows = admit(model, X, reset=False)
        self._machine = model.module_.machine(rows.dtype)
        x, held = (part.repeat(n_chains, 1) for part in rows_of(model, rows))
        v, observed = model.module_.layer.encode(x, held)
        assert observed is not None
        self._x, self._held, self._v, self._observed = x, held.bool(), v, observed
        self._state = v

    def _advance(self, steps: int) -> Tensor:
        self._state = chains.fill(
            self._v, self._observed, self._machine, steps, self._generator, start=self._state
        )
        return self._state

    def _as_data(self, v: Tensor) -> Floats:
        # What was given comes back as it was, and not as its scaling there and back rounds it.
        decoded = self.model.module_.layer.decode(v)
        return self._by_chain(as_array(self._x.where(self._held, decoded)))

    def _free_energy(self, v: Tensor) -> Floats:
        return self._by_chain(super()._free_energy(v))

    def _by_chain(self, rows: Floats) -> Floats:
        return rows.reshape(self.n_chains, -1, *rows.shape[1:])
