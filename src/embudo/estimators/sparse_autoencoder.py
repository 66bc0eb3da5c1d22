"""The sparse autoencoder as an estimator."""

from dataclasses import dataclass
from typing import Any, Literal, final

from embudo._types import NonNegativeFloat, PositiveInt, Probability, Sizes
from embudo.estimators.funnel_parameters import FunnelParameters
from embudo.modules.network import ActivationName


@final
@dataclass(eq=False, repr=False, kw_only=True)
class SparseAutoencoder(FunnelParameters):
    """Sparse autoencoder.

    Of a code that may be wider than the rows, few components are to be on at once; each comes to
    stand for something that a row either has or has not.

    Parameters
    ----------
    n_components : int, default=256
        Units of the code.
    hidden : tuple of int or None, default=None
        Units of each layer from the columns down to the code; the way up has them in reverse.
        None joins the columns straight to the code.
    penalty : {"topk", "l1", "kl"}, default="topk"
        What keeps most components at rest: "topk" leaves the ``k`` largest of a row and sets the
        others to 0 (Makhzani and Frey 2013); "l1" charges the sum of their absolute values, in
        rectified units; "kl" charges the divergence of each sigmoid unit's mean activity from
        ``sparsity_target``.
    k : int, default=25
        With "topk", how many components stay.
    transform_k : int or None, default=None
        With "topk", how many components ``transform`` gives, each with what it exceeds the next
        smaller one by; None gives the ``k`` of the code. A classifier learns more from some
        hundred of them (Coates and Ng 2011), while all else, ``inverse_transform`` too, stays with
        the code.
    sparsity_weight : float, default=0.1
        Factor on the penalty of "l1" and "kl".
    sparsity_target : float, default=0.05
        Mean activity that "kl" pulls towards.

    Examples
    --------
    >>> from embudo import SparseAutoencoder
    >>> from sklearn.datasets import load_digits
    >>> X = load_digits().data / 16
    >>> model = SparseAutoencoder(n_components=100, k=10, epochs=5, random_state=0).fit(X)
    >>> (model.transform(X) != 0).sum(1).max() <= 10
    True
    """

    n_components: PositiveInt = 256
    hidden: Sizes | None = None
    penalty: Literal["topk", "l1", "kl"] = "topk"
    k: PositiveInt = 25
    transform_k: PositiveInt | None = None
    sparsity_weight: NonNegativeFloat = 0.1
    sparsity_target: Probability = 0.05

    def _code(self) -> ActivationName:
        kinds: dict[str, ActivationName] = {"topk": "linear", "l1": "relu", "kl": "sigmoid"}
        return kinds[self.penalty]

    def _bottleneck(self) -> dict[str, Any]:
        fields: dict[str, dict[str, float | None]] = {
            "topk": {"k": self.k, "transform_k": self.transform_k},
            "l1": {"weight": self.sparsity_weight},
            "kl": {"weight": self.sparsity_weight, "target": self.sparsity_target},
        }
        return {"name": self.penalty, **fields[self.penalty]}
