"""The unrestricted Boltzmann machine as an estimator."""

from dataclasses import dataclass
from typing import Any, ClassVar, Literal, final

import torch
from torch import Generator, Tensor

from embudo._types import PositiveFloat, PositiveInt
from embudo.data.batches import Batch
from embudo.data.kinds import layout_of_frame
from embudo.data.layout import Layout
from embudo.data.survey import Survey
from embudo.errors import DataError, ParameterError
from embudo.estimators.boltzmann_density import BoltzmannEstimator
from embudo.estimators.columns import ranges, surveyed
from embudo.estimators.inputs import Admitted
from embudo.kernels.boltzmann import Lateral
from embudo.kernels.boltzmann_states import is_enumerable, listed_units
from embudo.kernels.partition import MAX_ENUMERATED_UNITS
from embudo.modules.boltzmann import BoltzmannLearning, BoltzmannModule, Negative
from embudo.modules.boltzmann_measures import measures
from embudo.training.hardware import choose_precision
from embudo.training.objective import Objective

_AUTO_RATE = 0.05


@final
@dataclass(eq=False, repr=False, kw_only=True)
class BoltzmannMachine(BoltzmannEstimator):
    """Boltzmann machine.

    Units that are on or off, some visible and some hidden, of which any two may be joined (Ackley,
    Hinton and Sejnowski 1985). It learns as an RBM does, by the difference between what units do
    together beside the data and in the model's dreams. But hidden units that touch have to be
    settled, and units that touch be drawn one by one, which is why it is slow, and why others
    are restricted.

    Parameters
    ----------
    n_hidden : int, default=64
        Number of hidden units.
    lateral : {"both", "visible", "hidden", "none"}, default="both"
        Within which layers units are joined, besides those of different layers. With "none" it is
        an RBM.
    scale : {"auto", "none"}, default="auto"
        What becomes of numbers beyond [0, 1]: "auto" carries their column from its range in
        training onto [0, 1], where values are probabilities of the unit to be on; "none" refuses
        them.
    algorithm : {"auto", "exact", "pcd"}, default="auto"
        "exact" lists all states, both beside the data and of the model, where at most 20 units
        have to be listed; "pcd" settles the hidden units by mean field and has persistent chains
        for the model. "auto" is exact for up to 20 units in all.
    steps : int, default=1
        Gibbs sweeps over all units before each update.
    n_chains : int, optional
        Number of persistent chains; by default as many as ``batch_size``.
    mean_field_steps : int, default=20
        Sweeps that mean field may take beside each batch.
    mean_field_tolerance : float, default=0.001
        A row is settled once no unit's mean moves by more than this in a sweep.
    centered : bool, default=True
        Whether to follow the centred gradient, which is indifferent to flipped bits (Montavon and
        Müller 2012).
    resample : bool, default=False
        Whether to take values as probabilities, from which states are drawn anew each time that a
        row is shown in training.
    learning_rate : float or "auto", default="auto"
        Step size; "auto" is 0.05.
    precision : {"auto", "float32"}, default="auto"
        Precision of matrix products while training; "auto" takes float64 where all rows make one
        batch of a small model, as ``algorithm="exact"`` always does.
    early_stopping : bool, default=False
        Whether to end when the pseudo-log-likelihood of held-out rows no longer rises, and go
        back to the best epoch.

    Attributes
    ----------
    components_ : array of shape (n_hidden, n_features)
        The couplings between the layers, one row for each hidden unit.
    lateral_visible_ : array of shape (n_features, n_features)
        The couplings among visible units; 0 if there are none.
    lateral_hidden_ : array of shape (n_hidden, n_hidden)
        The couplings among hidden units; 0 if there are none.
    intercept_hidden_ : array of shape (n_hidden,)
        Biases of the hidden units.
    intercept_visible_ : array of shape (n_features,)
        Biases of the visible units.
    module_ : BoltzmannModule
        Parameters and chains as torch tensors.

    Examples
    --------
    >>> from embudo import BoltzmannMachine
    >>> from sklearn.datasets import load_digits
    >>> X = (load_digits().data > 7).astype(float)[:200]
    >>> bm = BoltzmannMachine(n_hidden=8, epochs=2, random_state=0).fit(X)
    >>> bm.transform(X).shape
    (200, 8)
    """

    n_hidden: PositiveInt = 64
    lateral: Lateral = "both"
    scale: Literal["auto", "none"] = "auto"
    algorithm: Literal["auto", "exact", "pcd"] = "auto"
    steps: PositiveInt = 1
    n_chains: PositiveInt | None = None
    mean_field_steps: PositiveInt = 20
    mean_field_tolerance: PositiveFloat = 1e-3
    centered: bool = True
    resample: bool = False
    precision: Literal["auto", "float32"] = "auto"

    watched: ClassVar[str] = "validation_pseudo_log_likelihood"

    def _layout_of(self, frame: Any) -> Layout:
        layout = layout_of_frame(frame)
        for column in layout.columns:
            if column.kind == "softmax":
                raise DataError(
                    f"column {column.name!r} holds {len(column.categories or ())} categories, but "
                    "the units of a Boltzmann machine are on or off: drop it, or take an RBM, "
                    "which has Softmax units"
                )
        return layout

    def _survey(self, X: Admitted, weight: Tensor | None) -> tuple[Survey, Layout]:
        facts, layout = surveyed(X, weight, "auto")
        beyond = layout.columns_of("gaussian")
        if beyond and self.scale == "none":
            name = layout.columns[beyond[0]].name
            where = "X" if name is None else f"column {name!r}"
            raise DataError(
                f"scale='none' needs values in [0, 1], but {where} holds others (X runs from "
                f"{facts.low:g} to {facts.high:g}): take scale='auto', or an RBM, which has "
                "Gaussian units"
            )
        return facts, layout

    def _build(
        self,
        X: Admitted,
        weight: Tensor | None,
        facts: Survey,
        device: torch.device,
        generator: Generator,
    ) -> BoltzmannModule:
        n_chains = self.n_chains or self.batch_size
        n_visible = X.table.n_features
        module = BoltzmannModule(n_visible, self.n_hidden, self.lateral, n_chains).to(device)
        if self.algorithm == "exact":
            _check_enumerable(module)
        low, span = torch.zeros(n_visible), torch.ones(n_visible)
        beyond = self.layout_.columns_of("gaussian")
        if beyond:
            lowest, highest = ranges(X.table, weight)
            low, span = lowest.new_zeros(n_visible), lowest.new_ones(n_visible)
            low[beyond] = lowest[beyond]
            width = (highest - lowest)[beyond]
            span[beyond] = torch.where(width > 0, width, 1)
        module.initialise(facts.mean.to(device), low, span, generator)
        return module

    def _objectives(self, module: BoltzmannModule, one_batch: bool) -> tuple[Objective, ...]:
        exact = self.algorithm == "exact" or (
            self.algorithm == "auto" and is_enumerable(module.n_visible + module.n_hidden)
        )
        algorithm: Negative = "exact" if exact else "pcd"
        size = self.batch_size * module.coupling.numel()
        precision = choose_precision(self.precision, module.coupling.device, size, one_batch)
        if precision is torch.bfloat16:  # single units' updates would gain nothing by it
            precision = torch.float32
        learning = BoltzmannLearning(
            algorithm=algorithm,
            steps=self.steps,
            mean_field_steps=self.mean_field_steps,
            mean_field_tolerance=self.mean_field_tolerance,
            centered=self.centered,
            resample=self.resample,
            precision=torch.float64 if exact else precision,
        )
        return module.objectives(learning)

    def _rate(self, module: BoltzmannModule) -> float:
        return _AUTO_RATE if isinstance(self.learning_rate, str) else float(self.learning_rate)

    def _measures(
        self, module: BoltzmannModule, train: Batch, validation: Batch | None
    ) -> dict[str, float]:
        return measures(module, train, validation)


def _check_enumerable(module: BoltzmannModule) -> None:
    n = listed_units(module.machine())
    if not is_enumerable(n):
        raise ParameterError(
            f"algorithm='exact' lists all states of {n} units here, but the limit is "
            f"{MAX_ENUMERATED_UNITS}: lower n_hidden, join fewer units by lateral, or take "
            "algorithm='pcd'"
        )
