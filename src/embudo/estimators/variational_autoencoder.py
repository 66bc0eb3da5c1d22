"""The variational autoencoder as an estimator."""

from dataclasses import dataclass, replace
from typing import Any, final

import torch
from sklearn.utils.validation import check_is_fitted
from torch import Tensor

from embudo._types import NonNegativeFloat
from embudo.estimators.funnel_parameters import FunnelParameters
from embudo.estimators.inputs import Floats, as_array, check_counts
from embudo.estimators.normal_codes import NormalCodes
from embudo.modules.backprop import Backprop
from embudo.modules.funnel import Funnel
from embudo.modules.importance import importance_weighted_bound


@final
@dataclass(eq=False, repr=False, kw_only=True)
class VariationalAutoencoder(NormalCodes, FunnelParameters):
    """Variational autoencoder.

    The encoder gives each row not a code but a normal distribution of codes, from which training
    draws one anew each time; that it differs from the standard normal has its price (Kingma and
    Welling 2014). Loss and price together bound the log-likelihood of a model in which codes are
    standard normal and rows are drawn from what the decoder makes of them: so new rows can be
    drawn, and likelihoods estimated. :meth:`transform` gives the means.

    Parameters
    ----------
    beta : float, default=1.0
        Factor on the price. At 1 the loss is the bound; above, codes carry less, and their
        components come apart (Higgins et al. 2017); at 0 it is an autoencoder with noise.
    resample : bool, default=False
        Whether to take values of Bernoulli columns as probabilities, from which states are drawn
        anew each time that a row is shown in training.

    Examples
    --------
    >>> from embudo import VariationalAutoencoder
    >>> from sklearn.datasets import load_digits
    >>> X = load_digits().data / 16
    >>> vae = VariationalAutoencoder(n_components=8, hidden=(64,), epochs=5, random_state=0).fit(X)
    >>> vae.sample(3).shape
    (3, 64)
    """

    beta: NonNegativeFloat = 1.0
    resample: bool = False

    def sample(
        self, n_samples: int = 1, *, means: bool = False, random_state: int | None = None
    ) -> Any:
        """Draw rows from the model: a standard normal code, and what the decoder makes of it.

        Parameters
        ----------
        n_samples : int, default=1
        means : bool, default=False
            Whether to return the means that rows are drawn from, in place of these; of categories,
            the likeliest.
        random_state : int, optional
            Seed; by default that of the fit.

        Returns
        -------
        X : array or data frame of shape (n_samples, n_features)
            A frame like the one trained on, if it was one.
        """
        check_is_fitted(self)
        check_counts(n_samples=n_samples)
        generator = self._generator(random_state)
        z = self._normal(n_samples, generator)
        return self._given_back(as_array(self.module_.draw(z, None if means else generator)))

    def log_likelihood(
        self, X: Any, *, n_draws: int = 100, random_state: int | None = None
    ) -> Floats:
        """Return a lower bound on log p(x) of each row, in nats, by importance sampling.

        It is ``log (1/K) sum p(x | z) p(z) / q(z | x)`` over K draws of the encoder's distribution
        ``q``, at most the log-likelihood in expectation, and the nearer the more draws (Burda,
        Grosse and Salakhutdinov 2016). Of numeric columns it is the density on their scale; where
        entries are missing it is that of the others.

        Parameters
        ----------
        X : array, CSR matrix or data frame of shape (n_rows, n_features)
        n_draws : int, default=100
            Draws for each row.
        random_state : int, optional
            Seed of the draws; by default that of the fit.

        Returns
        -------
        log_p : array of shape (n_rows,)
        """
        check_is_fitted(self)
        check_counts(n_draws=n_draws)
        generator, module = self._generator(random_state), self.module_

        def bound(x: Tensor, observed: Tensor | None) -> Tensor:
            return importance_weighted_bound(module, x, observed, n_draws, generator)

        return self._apply(X, lambda _: bound, None)

    def _bottleneck(self) -> dict[str, Any]:
        return {"name": "normal", "beta": self.beta}

    def _backprop(self, module: Funnel, precision: torch.dtype) -> Backprop:
        return replace(super()._backprop(module, precision), resample=self.resample)
