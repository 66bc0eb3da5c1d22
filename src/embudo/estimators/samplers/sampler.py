"""What all samplers share: burn-in, thinning, and how rows go out to the caller."""

from abc import ABC, abstractmethod
from numbers import Integral
from typing import Any

import numpy as np
import torch
from sklearn.utils.validation import check_is_fitted
from torch import Tensor

from embudo.errors import ParameterError
from embudo.estimators.energy import EnergyEstimator
from embudo.estimators.inputs import Admitted, Floats, admit, as_array, check_counts, map_rows
from embudo.kernels.energies import free_energy


class Sampler(ABC):
    """Many chains of a fitted model at once; a second draw goes on where the first one ended."""

    n_sweeps_: int
    """Sweeps that each chain has made so far."""

    free_energies_: Floats
    """Free energies of the last draw, in nats: the trace by which to judge how chains mix."""

    def __init__(
        self, model: EnergyEstimator, n_chains: int, burn_in: int, thin: int, random_state: Any
    ) -> None:
        check_is_fitted(model)
        check_counts(n_chains=n_chains, thin=thin)
        _check_burn_in(burn_in)
        self.model, self.n_chains, self.burn_in, self.thin = model, n_chains, burn_in, thin
        self.n_sweeps_ = 0
        self._generator = model._generator(random_state)
        self._machine = model.module_.machine()

    @torch.no_grad()
    def draw(self, n: int = 1) -> Floats:
        """Draw rows, each ``thin`` sweeps after the one before.

        The first draw of all begins with the burn-in; later ones go on from where the chains are.

        Parameters
        ----------
        n : int, default=1
            Rows from each chain.

        Returns
        -------
        X : array of shape (n, n_chains, n_features)
            On the scale of the data; for :class:`Clamped` of shape
            (n, n_chains, n_rows, n_features). Categories of a data frame stand as their codes.
        """
        check_counts(n=n)
        if self.n_sweeps_ == 0 and self.burn_in:
            self._burn_in()
            self.n_sweeps_ += self.burn_in
        rows, energies = [], []
        for _ in range(n):
            v = self._advance(self.thin)
            self.n_sweeps_ += self.thin
            rows.append(self._as_data(v))
            energies.append(self._free_energy(v))
        self.free_energies_ = np.stack(energies)
        return np.stack(rows)

    @abstractmethod
    def _advance(self, steps: int) -> Tensor:
        """Move every chain on by some sweeps; return the visible states, one a row."""

    def _burn_in(self) -> None:
        self._advance(self.burn_in)

    def _as_data(self, v: Tensor) -> Floats:
        """Return states of the units as rows on the data's scale."""
        return as_array(self.model.module_.layer.decode(v))

    def _free_energy(self, v: Tensor) -> Floats:
        """Return the free energy of each of these rows."""
        shift = self.model.module_.layer.log_scale.sum()
        return as_array(free_energy(v, self._machine) + shift)

    def _start(self, start: Any) -> Tensor | None:
        """Return the units' states for rows to start from; None if there are none."""
        if start is None:
            return None
        rows = admit(self.model, start, reset=False)
        if rows.table.n_rows != self.n_chains:
            raise ParameterError(
                f"start must have one row for each of the {self.n_chains} chains, but has "
                f"{rows.table.n_rows}; set n_chains={rows.table.n_rows}"
            )
        return self.model.module_.layer.encode(*rows_of(self.model, rows))[0].float()


def _check_burn_in(value: Any) -> None:
    if not isinstance(value, Integral) or isinstance(value, bool) or value < 0:
        raise ParameterError(f"burn_in must be a whole number >= 0, but is {value!r}")


def rows_of(model: EnergyEstimator, X: Admitted) -> tuple[Tensor, Tensor]:
    """Return all rows as the model's layer takes them, and 1 where an entry is observed."""
    n, device = model.n_features_in_, model.module_.weight.device

    def seen(x: Tensor, observed: Tensor | None) -> Tensor:
        return torch.ones_like(x) if observed is None else observed

    x, observed = (map_rows(X, of, n, device) for of in (lambda x, _: x, seen))
    return torch.from_numpy(x).to(device), torch.from_numpy(observed).to(device)
