"""The contractive autoencoder as an estimator."""

from dataclasses import dataclass, replace
from typing import Literal, final

import torch

from embudo._types import NonNegativeFloat, OneOrTwo
from embudo.estimators.funnel_parameters import Activation, FunnelParameters
from embudo.kernels.contraction import Penalty, exact, hutchinson, layerwise
from embudo.modules.backprop import Backprop
from embudo.modules.funnel import Funnel
from embudo.modules.network import ActivationName

_METHODS: dict[str, Penalty] = {
    "exact": exact,
    "hutchinson": hutchinson,
    "layerwise": layerwise,
}


@final
@dataclass(eq=False, repr=False, kw_only=True)
class ContractiveAutoencoder(FunnelParameters):
    """Contractive autoencoder.

    Its code is to move little when the row does: the loss has, as a penalty, the squared Frobenius
    norm of the code's derivative by the units (Rifai et al. 2011). Giving rows back pulls the
    other way; what remains are the directions in which rows really differ.

    Parameters
    ----------
    weight : float, default=0.1
        Factor on the penalty, which is in nats beside the loss.
    method : {"auto", "exact", "hutchinson", "layerwise"}, default="auto"
        How the norm is found. Of one layer it has a closed form, which "auto" takes; of a deeper
        encoder "auto" takes "hutchinson", an unbiased estimate from one vector of random signs
        for each row. "exact" probes each unit of the code, which takes about as many times
        longer. "layerwise" is another objective, cheaper for deep encoders: the sum over layers
        of the norm of each one's own derivative.
    order : int, default=1
        1 or 2. With 2 the encoder pays for bending as well: for ``|J(x) - J(x + e)|^2 / s^2`` with
        normal ``e`` of deviation ``s = 0.1``, which for small ``s`` is the squared norm of the
        code's second derivative (Rifai et al. 2011, *Higher order contractive auto-encoder*).
    activation : {"elu", "relu", "sigmoid", "tanh", "linear"}, default="sigmoid"
        Of all layers, the code included.
    tied : bool, default=True
        Whether the way up has the weights of the way down, transposed; otherwise large weights
        there would make up for small ones here, and the penalty would be in vain.

    Examples
    --------
    >>> from embudo import ContractiveAutoencoder
    >>> from sklearn.datasets import load_digits
    >>> X = load_digits().data / 16
    >>> model = ContractiveAutoencoder(hidden=(64,), epochs=5, random_state=0).fit(X)
    >>> model.transform(X).shape
    (1797, 30)
    """

    weight: NonNegativeFloat = 0.1
    method: Literal["auto", "exact", "hutchinson", "layerwise"] = "auto"
    order: OneOrTwo = 1
    activation: Activation = "sigmoid"
    tied: bool = True

    def _code(self) -> ActivationName:
        return self.activation

    def _backprop(self, module: Funnel, precision: torch.dtype) -> Backprop:
        chosen = self.method
        if chosen == "auto":
            chosen = "hutchinson" if self.hidden else "layerwise"
        how = super()._backprop(module, precision)
        contraction, bending = _METHODS[chosen], self.order == 2
        return replace(how, contraction=contraction, weight=self.weight, bending=bending)
