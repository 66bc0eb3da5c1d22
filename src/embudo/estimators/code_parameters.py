"""The activation of the code, where a model leaves it open."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

from embudo.estimators.funnel_parameters import FunnelParameters
from embudo.modules.network import ActivationName

Code: TypeAlias = Literal["linear", "elu", "relu", "leaky", "sigmoid", "tanh", "truncated"]


@dataclass(eq=False, repr=False, kw_only=True)
class CodeParameters(FunnelParameters):
    """What the code may be.

    Parameters
    ----------
    code : {"linear", "elu", "relu", "leaky", "sigmoid", "tanh", "truncated"}, default="linear"
        Activation of the code; "truncated" is the mean of a Gaussian cut off at 0.
    """

    code: Code = "linear"

    def _code(self) -> ActivationName:
        return self.code
