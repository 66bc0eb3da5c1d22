"""What estimators whose module runs Gibbs chains between two sides can draw from them."""

from torch import Generator, Tensor

from embudo.estimators.sampling import ImputingEstimator, SamplingEstimator
from embudo.kernels import chains
from embudo.modules.rbm import RBMModule


class ChainEstimator(SamplingEstimator, ImputingEstimator):
    """Base of the estimators that sample and impute by block Gibbs chains."""

    module_: RBMModule

    def _draw(self, n: int, steps: int, generator: Generator, means: bool) -> Tensor:
        machine = self.module_.machine()
        h = chains.from_base_rates(machine, n, generator)
        end = chains.run(h, machine, steps, generator)
        return self._rows(machine.visible.mean(end.visible_given) if means else end.visible)

    def _filled(self, x: Tensor, observed: Tensor, steps: int, generator: Generator) -> Tensor:
        v, seen = self._states(x, observed)
        assert seen is not None
        machine = self.module_.machine(x.dtype)
        return self._rows(chains.impute(v, seen, machine, steps, generator))

    def _states(self, x: Tensor, observed: Tensor) -> tuple[Tensor, Tensor | None]:
        """Carry rows to states of the visible side, and say which of its units are observed."""
        return self.module_.layer.encode(x, observed)

    def _rows(self, v: Tensor) -> Tensor:
        """Carry states or means of the visible side to rows."""
        return self.module_.layer.decode(v)
