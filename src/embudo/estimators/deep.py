"""What a deep Boltzmann machine can do once it is fitted."""

import torch
from torch import Tensor

from embudo.estimators.chained import ChainEstimator
from embudo.estimators.inputs import RowFunction
from embudo.estimators.layered import LayeredEstimator
from embudo.estimators.likely import BoundedEstimator
from embudo.estimators.partitioned import RestrictedEstimator, of_complete_rows
from embudo.modules.dbm import DBMModule
from embudo.modules.rbm import RBMModule


class DeepEstimator(LayeredEstimator, ChainEstimator, BoundedEstimator, RestrictedEstimator):
    """Base of the estimators whose module is a deep Boltzmann machine."""

    module_: DBMModule
    module_class = DBMModule
    _gaps_drop_out = False
    _learned: RBMModule | None = None
    """The machine of visible and lowest hidden layer that ``fit`` starts from, if there is one."""

    @property
    def _undirected(self) -> DBMModule:
        return self.module_

    def _states(self, x: Tensor, observed: Tensor) -> tuple[Tensor, Tensor | None]:
        return self.module_.states_of(x, observed)

    def _rows(self, v: Tensor) -> Tensor:
        return self.module_.rows_of(v)

    def _bounds(self, dtype: torch.dtype) -> RowFunction:
        energy = self.module_.variational_free_energy
        return of_complete_rows(lambda x: -energy(x), "bound")
