"""The free energies of data and of what the model makes up."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import torch
from sklearn.utils.validation import check_is_fitted
from torch import Generator, Tensor

from embudo.errors import DataError
from embudo.estimators.inputs import Floats, as_array, check_counts
from embudo.kernels import chains
from embudo.kernels.energies import free_energy
from embudo.plots.canvas import place, tidy
from embudo.plots.colours import ACCENT, COUNTER
from embudo.plots.histograms import Kind, histograms
from embudo.plots.units import names_of_units, states_of_rows

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import FigureBase

    from embudo.estimators.rbm import RBM

_MOST_ROWS = 5000
_BINS = 30
_TAIL = 0.5  # percent of all energies at each end that may lie outside the picture
_WIDTH, _HEIGHT = 4.2, 2.4  # inches


@dataclass
class FreeEnergyDisplay:
    """Histograms of the free energy of training rows, held-out rows and fantasies.

    Where held-out rows lie to the right of training rows, the model has learned rows by heart.
    Where fantasies lie elsewhere than the data, it dreams of something else than it was shown,
    or its chains are not there yet.

    Parameters
    ----------
    train : ndarray of shape (n_rows,)
        In nats; lower is more probable.
    fantasies : ndarray of shape (n_fantasies,)
    validation : ndarray of shape (n_rows,), optional

    Attributes
    ----------
    ax_ : matplotlib axes
    figure_ : matplotlib figure
    """

    train: Floats
    fantasies: Floats
    validation: Floats | None = None
    ax_: "Axes" = field(init=False, repr=False)
    figure_: "FigureBase" = field(init=False, repr=False)

    @classmethod
    def from_estimator(
        cls,
        estimator: "RBM",
        X: Any,
        X_validation: Any = None,
        *,
        n_fantasies: int = 250,
        steps: int = 1000,
        random_state: int = 0,
        ax: "Axes | None" = None,
    ) -> Self:
        """Compute free energies and draw their histograms.

        The energies are those of states. Values between 0 and 1 of Bernoulli columns are
        probabilities, from which states are drawn first. Rows with missing entries are left out,
        for theirs are energies of fewer units. Of very many rows 5,000 to 10,000, evenly spaced,
        are taken.

        Parameters
        ----------
        estimator : RBM
        X : array, CSR matrix or data frame of shape (n_rows, n_features)
            What the model was trained on.
        X_validation : array, CSR matrix or data frame, optional
            What it was not.
        n_fantasies : int, default=250
            Chains, each giving one fantasy.
        steps : int, default=1000
            Gibbs sweeps of each chain, which starts at the visible units' base rates.
        random_state : int, default=0
            Seed.
        ax : matplotlib axes, optional
            By default new ones.

        Raises
        ------
        DataError
            If no row is complete.
        """
        check_is_fitted(estimator)
        check_counts(n_fantasies=n_fantasies, steps=steps)
        device = estimator.module_.weight.device
        generator = torch.Generator(device).manual_seed(random_state)
        train = _of_rows(estimator, X, generator)
        held_out = None if X_validation is None else _of_rows(estimator, X_validation, generator)
        machine = estimator.module_.machine()
        h = chains.from_base_rates(machine, n_fantasies, generator)
        fantasies = _of_states(estimator, chains.run(h, machine, steps, generator).visible)
        return cls(train, fantasies, held_out).plot(ax)

    def plot(self, ax: "Axes | None" = None) -> Self:
        """Draw into ``ax``, or into a new figure."""
        self.ax_ = place(ax, _WIDTH, _HEIGHT)
        self.figure_ = self.ax_.figure
        kinds = [
            Kind(self.train, _labelled("training", self.train), ACCENT),
            Kind(self.fantasies, _labelled("fantasies", self.fantasies), COUNTER),
        ]
        if self.validation is not None:
            name = _labelled("held out", self.validation)
            kinds.insert(1, Kind(self.validation, name, ACCENT, "--"))
        histograms(self.ax_, kinds, _edges(np.concatenate([values for values, *_ in kinds])))
        tidy(self.ax_, "free energy in nats, and its means (lower is more probable)")
        self.ax_.locator_params(axis="x", nbins=6)
        return self


def _of_rows(estimator: "RBM", X: Any, generator: Generator) -> Floats:
    every = max(1, X.shape[0] // _MOST_ROWS)
    v, observed = states_of_rows(estimator, X[::every])
    units, _ = names_of_units(estimator)  # a label is no column, and never observed here
    v = v[observed[:, units].all(1)]
    if len(v) == 0:
        raise DataError("no row is complete, and free energies with holes cannot be compared")
    return _of_states(estimator, _drawn(estimator, v, generator))


def _drawn(estimator: "RBM", v: Tensor, generator: Generator) -> Tensor:
    """Draw states of Bernoulli units from probabilities; 0 and 1 stay what they are."""
    binary = estimator.module_.layer.stretch("bernoulli")
    chances = v[:, binary]
    noise = torch.rand(chances.shape, generator=generator, device=chances.device)
    v[:, binary] = (noise < chances).to(v.dtype)
    return v


def _of_states(estimator: "RBM", v: Tensor) -> Floats:
    layer = estimator.module_.layer
    rows, _ = layer.encode(layer.decode(v.double()))  # without a label, which is summed over
    energies = free_energy(rows, estimator.module_.machine_of_rows(torch.float64))
    return as_array(energies + layer.log_scale.double().sum())


def _labelled(name: str, values: Floats) -> str:
    return f"{name} {values.mean():.1f}".replace("-", "\N{MINUS SIGN}")


def _edges(values: Floats) -> Floats:
    low, high = np.percentile(values, [_TAIL, 100 - _TAIL])
    return np.linspace(low, high if high > low else low + 1, _BINS + 1)
