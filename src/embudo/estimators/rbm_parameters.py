"""How restricted Boltzmann machines are trained, be it one or a stack of them."""

from dataclasses import dataclass, replace

from embudo._types import NonNegativeFloat, Probability
from embudo.errors import ParameterError
from embudo.estimators.chain_parameters import ChainParameters
from embudo.modules.learning import Algorithm, Learning
from embudo.modules.rbm import RBMModule


@dataclass(eq=False, repr=False, kw_only=True)
class RBMParameters(ChainParameters):
    """What else pulls at the hidden units.

    Parameters
    ----------
    sparsity_target : float, default=0.1
        Mean activation that hidden units are pulled towards, if ``sparsity_weight`` is not 0.
    sparsity_weight : float, default=0.0
        How strongly, as the factor on the Kullback-Leibler divergence from target to activation.
    """

    sparsity_target: Probability = 0.1
    sparsity_weight: NonNegativeFloat = 0.0

    def _learning(
        self, module: RBMModule, one_batch: bool, algorithm: Algorithm | None = None
    ) -> Learning:
        """Return how a machine is to learn, by the estimator's algorithm if no other is named.

        Raises
        ------
        ParameterError
            If it cannot learn that way, for example since its states are too many to list.
        """
        learning = super()._learning(module, one_batch, algorithm)
        hidden = module.hidden.name
        if self.sparsity_weight and hidden != "bernoulli":
            raise ParameterError(
                f"sparsity_weight={self.sparsity_weight:g} pulls the activations of units that "
                f"are on or off towards a target, but hidden={hidden!r} units have none: "
                "take hidden='bernoulli' or sparsity_weight=0"
            )
        return replace(
            learning,
            sparsity_target=self.sparsity_target,
            sparsity_weight=self.sparsity_weight,
        )
