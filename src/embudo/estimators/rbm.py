"""The restricted Boltzmann machine as an estimator."""

import copy
from dataclasses import dataclass
from typing import final

import torch
from sklearn.utils.validation import check_is_fitted
from torch import Generator, Tensor

from embudo._types import PositiveInt, Sizes
from embudo.data.batches import Batch
from embudo.data.survey import Survey
from embudo.errors import ParameterError
from embudo.estimators.dbm import DBM
from embudo.estimators.dbn import DBN
from embudo.estimators.density import DensityEstimator
from embudo.estimators.handing_on import CAREFUL, shared_parameters
from embudo.estimators.inputs import Admitted
from embudo.estimators.rates import unit_means
from embudo.estimators.rbm_parameters import RBMParameters
from embudo.modules.learning import HiddenKind
from embudo.modules.measures import measures
from embudo.modules.rbm import RBMModule
from embudo.training.objective import Objective


@final
@dataclass(eq=False, repr=False, kw_only=True)
class RBM(DensityEstimator, RBMParameters):
    """Restricted Boltzmann machine.

    A visible and a hidden layer without connections inside a layer. It encodes by
    ``y = sigmoid(x W + b_h)``, decodes by ``r = sigmoid(y W' + b_v)`` (for Gaussian units without
    the sigmoid), and learns the distribution of the data by following the difference between
    their moments (positive phase) and the model's own (negative phase).

    Parameters
    ----------
    n_components : int, default=256
        Number of hidden units.
    hidden : {"bernoulli", "relu", "gaussian"}, default="bernoulli"
        Kind of the hidden units: on or off, a Gaussian cut off at 0, or a Gaussian.

    Attributes
    ----------
    components_ : array of shape (n_components, n_features)
        The weights, one row for each hidden unit: ``W'``.
    intercept_hidden_ : array of shape (n_components,)
        Biases of the hidden units.
    intercept_visible_ : array of shape (n_features,)
        Biases of the visible units.
    module_ : RBMModule
        Parameters and chains as torch tensors.

    Examples
    --------
    >>> from embudo import RBM
    >>> from sklearn.datasets import load_digits
    >>> X = load_digits().data / 16
    >>> rbm = RBM(n_components=64, epochs=5, random_state=0).fit(X)
    >>> rbm.transform(X).shape
    (1797, 64)
    """

    n_components: PositiveInt = 256
    hidden: HiddenKind = "bernoulli"

    def to_dbn(self, hidden: Sizes) -> DBN:
        """Hand the machine on as the lowest layer of a stack, to be fitted with those above.

        Parameters
        ----------
        hidden : tuple of int
            Units of each layer that is put on top, from the lowest to the topmost.

        Returns
        -------
        dbn : DBN
            Not fitted; its ``fit`` leaves this machine as it is and trains the layers above. It
            has this one's ``visible``, ``device`` and seed. A clone of it starts anew.

        Raises
        ------
        ParameterError
            If no layer is put on top, or if the hidden units are not on or off.

        Examples
        --------
        >>> from embudo import RBM
        >>> from sklearn.datasets import load_digits
        >>> X = load_digits().data / 16
        >>> rbm = RBM(n_components=64, epochs=5, random_state=0).fit(X)
        >>> dbn = rbm.to_dbn((32, 16)).set_params(epochs=5).fit(X)
        >>> dbn.transform(X).shape
        (1797, 16)
        """
        dbn = DBN(hidden=self._deepened(hidden), **shared_parameters(self))
        dbn._learned = copy.deepcopy(self.module_)
        return dbn

    def to_dbm(self, hidden: Sizes) -> DBM:
        """Hand the machine on as the lowest layer of a deep Boltzmann machine.

        The layers above start at small weights, which leaves the likelihood where it is; then all
        layers learn together.

        Parameters
        ----------
        hidden : tuple of int
            Units of each layer that is put on top, from the lowest to the topmost.

        Returns
        -------
        dbm : DBM
            Not fitted, without pretraining, and with 0.03 of an RBM's ``learning_rate``: large
            steps would undo what was learned. It has this one's ``visible``, ``device`` and seed.
            A clone of it starts anew.

        Raises
        ------
        ParameterError
            If no layer is put on top, or if the hidden units are not on or off.

        Examples
        --------
        >>> from embudo import RBM
        >>> from sklearn.datasets import load_digits
        >>> X = load_digits().data / 16
        >>> rbm = RBM(n_components=64, epochs=5, random_state=0).fit(X)
        >>> dbm = rbm.to_dbm((32,)).set_params(epochs=5).fit(X)
        >>> dbm.transform(X).shape
        (1797, 32)
        """
        dbm = DBM(
            hidden=self._deepened(hidden),
            pretrain_epochs=0,
            learning_rate=CAREFUL * self._rbm_rate(self.module_),
            **shared_parameters(self),
        )
        dbm._learned = copy.deepcopy(self.module_)
        return dbm

    def _deepened(self, above: Sizes) -> Sizes:
        """Return the sizes of all hidden layers, with those that are put on top."""
        check_is_fitted(self)
        if not above:
            raise ParameterError("hidden is empty: name the units of each layer to put on top")
        if self.hidden != "bernoulli":
            raise ParameterError(
                f"layers go on top of hidden units that are on or off, but hidden is "
                f"{self.hidden!r}: train the machine with hidden='bernoulli'"
            )
        return (self.n_components, *above)

    def _build(
        self,
        X: Admitted,
        weight: Tensor | None,
        facts: Survey,
        device: torch.device,
        generator: Generator,
    ) -> RBMModule:
        sizes = (self.n_components, self.hidden, *self._replicas)
        module = RBMModule(self.layout_.kinds, *sizes).to(device)
        rates = unit_means(module, X.table, facts.mean, weight)
        module.initialise(facts.mean.to(device), facts.scale.to(device), rates, generator)
        return module

    def _objectives(self, module: RBMModule, one_batch: bool) -> tuple[Objective, ...]:
        return module.objectives(self._learning(module, one_batch))

    def _rate(self, module: RBMModule) -> float:
        return self._rbm_rate(module)

    def _measures(
        self, module: RBMModule, train: Batch, validation: Batch | None
    ) -> dict[str, float]:
        return measures(module, train, validation)
