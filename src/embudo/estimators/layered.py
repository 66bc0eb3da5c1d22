"""What every model of several hidden layers can do once it is fitted."""

from functools import partial
from typing import Any, Protocol

import torch
from sklearn.utils.validation import check_is_fitted
from torch import Tensor

from embudo.errors import ParameterError
from embudo.estimators.inputs import Floats, RowFunction, admit_codes
from embudo.estimators.scored import ScoredEstimator
from embudo.modules.trip import divergences
from embudo.modules.visible import VisibleLayer


class Layers(Protocol):
    """What is asked of a module with several hidden layers."""

    @property
    def layer(self) -> VisibleLayer:
        """The visible layer."""

    @property
    def hidden_sizes(self) -> tuple[int, ...]:
        """Units of each hidden layer, from the lowest to the topmost."""

    def encode(self, x: Tensor, observed: Tensor | None, depth: int) -> Tensor:
        """Return the means of the hidden layer ``depth`` (from 1) given rows."""

    def decode(self, h: Tensor, depth: int) -> Tensor:
        """Return the visible units' means given those of the hidden layer ``depth``."""


class LayeredEstimator(ScoredEstimator):
    """Base of the estimators whose module has several hidden layers."""

    module_: Layers

    def transform(self, X: Any, layer: int = -1) -> Floats:
        """Encode rows as the means of a hidden layer.

        Parameters
        ----------
        X : array, CSR matrix or data frame of shape (n_rows, n_features)
        layer : int, default=-1
            Which hidden layer, counted from 0 upwards or from -1 downwards.

        Returns
        -------
        codes : array of shape (n_rows, units of the layer)
        """
        check_is_fitted(self)
        depth = self._depth(layer)
        width = self.module_.hidden_sizes[depth - 1]
        return self._apply(X, lambda _: self._features(depth), width)

    def inverse_transform(self, H: Any, layer: int = -1) -> Any:
        """Decode codes of a hidden layer into rows on the scale of the data.

        Parameters
        ----------
        H : array of shape (n_rows, units of the layer)
        layer : int, default=-1
            Which hidden layer, counted from 0 upwards or from -1 downwards.

        Returns
        -------
        X : array or data frame of shape (n_rows, n_features)
            A frame like the one trained on, if it was one.
        """
        check_is_fitted(self)
        depth, module = self._depth(layer), self.module_
        H_in = admit_codes(H, module.hidden_sizes[depth - 1])

        def decode(h: Tensor, _: Tensor | None) -> Tensor:
            return module.layer.decode(module.decode(h, depth))

        return self._given_back(self._map(H_in, decode, self.n_features_in_))

    def score_samples(self, X: Any) -> Floats:
        """Return how well a trip up and down the stack gives each row back.

        Parameters
        ----------
        X : array, CSR matrix or data frame of shape (n_rows, n_features)

        Returns
        -------
        scores : array of shape (n_rows,)
            Minus the Kullback-Leibler divergence from row to reconstruction, in nats; higher is
            more usual.
        """
        return super().score_samples(X)

    def score_columns(self, X: Any) -> Floats:
        """Return the same for each entry: what makes a row usual or unusual.

        Parameters
        ----------
        X : array, CSR matrix or data frame of shape (n_rows, n_features)

        Returns
        -------
        scores : array of shape (n_rows, n_features)
            In nats, 0 where an entry is missing. They sum to those of :meth:`score_samples`.
        """
        return super().score_columns(X)

    @property
    def visible_(self) -> str:
        """The kind of visible units in use: "bernoulli", "gaussian", "softmax" or "mixed"."""
        kinds = self.module_.layer.kind_names
        return min(kinds) if len(kinds) == 1 else "mixed"

    def _features(self, depth: int) -> RowFunction:
        """Return the function from rows and their presence to what ``transform`` gives."""
        return partial(self.module_.encode, depth=depth)

    def _encoder(self, dtype: torch.dtype) -> RowFunction:
        module, depth = self.module_, len(self.module_.hidden_sizes)
        return lambda x, observed: module.encode(x, observed, depth)

    def _decoder(self, dtype: torch.dtype) -> RowFunction:
        module, depth = self.module_, len(self.module_.hidden_sizes)
        return lambda h, _: module.layer.decode(module.decode(h, depth))

    def _entry_scorer(self, dtype: torch.dtype) -> RowFunction:
        module, depth = self.module_, len(self.module_.hidden_sizes)

        def score(x: Tensor, observed: Tensor | None) -> Tensor:
            mean = module.decode(module.encode(x, observed, depth), depth)
            return -divergences(module.layer, x, observed, mean)

        return score

    def _depth(self, layer: int) -> int:
        n = len(self.module_.hidden_sizes)
        if not -n <= layer < n:
            raise ParameterError(
                f"layer must be from 0 to {n - 1}, or from -1 down to {-n}, but is {layer!r}"
            )
        return layer % n + 1

    @property
    def _n_features_out(self) -> int:
        return self.module_.hidden_sizes[-1]
