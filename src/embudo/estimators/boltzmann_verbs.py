"""What every Boltzmann machine without restrictions can do once it is fitted."""

from collections.abc import Callable
from typing import ClassVar, TypeAlias

import torch
from torch import Generator, Tensor

from embudo.estimators.contract import OneStage
from embudo.estimators.inputs import Floats, RowFunction, TypedRowFunction, as_array
from embudo.estimators.sampling import ImputingEstimator, SamplingEstimator
from embudo.estimators.scored import ScoredEstimator
from embudo.kernels.boltzmann import Boltzmann, given_all_others
from embudo.kernels.boltzmann_sweeps import gibbs
from embudo.kernels.noise import bernoulli
from embudo.modules.boltzmann import BoltzmannModule
from embudo.modules.boltzmann_measures import column_log_likelihoods, decoded, imputed, means

StateMeasure: TypeAlias = Callable[[Tensor, Boltzmann, Tensor | None], Tensor]
"""From states of the visible units, and where they are observed, to one number a row or column."""


class BoltzmannVerbs(SamplingEstimator, ImputingEstimator, ScoredEstimator, OneStage):
    """Base of the estimators whose module is an unrestricted Boltzmann machine."""

    module_: BoltzmannModule
    module_class: ClassVar[type[BoltzmannModule]] = BoltzmannModule
    _gaps_drop_out = False

    @property
    def components_(self) -> Floats:
        """The couplings between the layers, one row for each hidden unit."""
        return as_array(self._machine.coupling[self._machine.hidden, self._machine.visible])

    @property
    def lateral_visible_(self) -> Floats:
        """The couplings among visible units."""
        return as_array(self._machine.coupling[self._machine.visible, self._machine.visible])

    @property
    def lateral_hidden_(self) -> Floats:
        """The couplings among hidden units."""
        return as_array(self._machine.coupling[self._machine.hidden, self._machine.hidden])

    @property
    def intercept_hidden_(self) -> Floats:
        """Biases of the hidden units."""
        return as_array(self._machine.bias[self._machine.hidden])

    @property
    def intercept_visible_(self) -> Floats:
        """Biases of the visible units."""
        return as_array(self._machine.bias[self._machine.visible])

    @property
    def _machine(self) -> Boltzmann:
        return self.module_.machine()

    def _draw(self, n: int, steps: int, generator: Generator, means: bool) -> Tensor:
        module, machine = self.module_, self._machine
        start = module.base_bias.sigmoid().expand(n, -1).contiguous()
        state = gibbs(bernoulli(start, generator), machine, steps, generator)
        if means:
            return module.decode(given_all_others(state, machine, machine.visible))
        return module.decode(state[:, machine.visible])

    def _filled(self, x: Tensor, observed: Tensor, steps: int, generator: Generator) -> Tensor:
        v, _ = self.module_.encode(x, observed)
        machine = self.module_.machine(x.dtype)
        return self.module_.decode(imputed(v, observed, machine, steps, generator))

    def _encoder(self, dtype: torch.dtype) -> RowFunction:
        hidden, of_rows = self._machine.hidden, self._measure(means)(dtype)
        return lambda x, observed: of_rows(x, observed)[:, hidden]

    def _decoder(self, dtype: torch.dtype) -> RowFunction:
        module, machine = self.module_, self.module_.machine(dtype)
        scaled = module.is_scaled
        return lambda h, _: module.decode(decoded(h, machine), scaled)

    def _entry_scorer(self, dtype: torch.dtype) -> RowFunction:
        return self._measure(column_log_likelihoods)(dtype)

    def _measure(self, measure: StateMeasure) -> TypedRowFunction:
        """Return what measures rows by the fitted machine."""

        def of_dtype(dtype: torch.dtype) -> RowFunction:
            module, machine = self.module_, self.module_.machine(dtype)
            scaled = module.is_scaled

            def of_rows(x: Tensor, observed: Tensor | None) -> Tensor:
                v, seen = module.encode(x, observed, scaled)
                return measure(v, machine, seen)

            return of_rows

        return of_dtype
