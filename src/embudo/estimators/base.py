"""What every estimator of embudo has in common; a model adds its declaration and its verbs."""

from os import PathLike
from typing import Any, Self

from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.utils import Tags
from sklearn.utils.validation import check_is_fitted
from torch import Generator, Tensor

from embudo import container
from embudo.declarations.parameters import check_parameters
from embudo.estimators.card import card
from embudo.estimators.contract import Contract
from embudo.estimators.inputs import (
    Admitted,
    Floats,
    RowFunction,
    TypedRowFunction,
    admit,
    admit_codes,
    map_rows,
)
from embudo.estimators.manifest import to_parts
from embudo.estimators.session import Session


class Estimator(ClassNamePrefixFeaturesOutMixin, TransformerMixin, BaseEstimator, Contract):  # type: ignore[misc]
    """Base of all estimators: training, encoding, decoding, saving.

    A concrete estimator is a dataclass that declares its parameters and says how to build its
    module, which objectives to follow and what to measure.
    """

    def fit(
        self,
        X: Any,
        y: Any = None,
        *,
        sample_weight: ArrayLike | None = None,
        resume: bool | str | PathLike[str] = False,
    ) -> Self:
        """Train the model.

        Parameters
        ----------
        X : array, CSR matrix or data frame of shape (n_rows, n_features)
            NaN stands for a missing value.
        y : None
            Ignored.
        sample_weight : array of shape (n_rows,), optional
            How much each row counts; a weight of 2 equals the row standing there twice.
        resume : bool or path, default=False
            True goes on where Ctrl-C interrupted this estimator; a path names the checkpoint to
            go on from (see :class:`embudo.Checkpoint`). The data and parameters must be the same.

        Returns
        -------
        self

        Raises
        ------
        ParameterError
            If a parameter is outside its limits.
        DataError
            If a value cannot be used; the message names row and column.
        DivergenceError
            If training leaves the finite numbers; the last good state is kept.
        """
        check_parameters(self)
        X_in = admit(self, X, reset=True)
        Session.fit(self, X_in, self._labels(y, X_in, reset=True), sample_weight, resume)
        return self

    def partial_fit(self, X: Any, y: Any = None, *, sample_weight: ArrayLike | None = None) -> Self:
        """Go on training for one pass over X, at a constant learning rate.

        Chains, momentum and generator go on from where the last call left them.

        Parameters
        ----------
        X, y, sample_weight
            As in :meth:`fit`.

        Returns
        -------
        self
        """
        check_parameters(self)
        first = not hasattr(self, "module_")
        X_in = admit(self, X, reset=first)
        Session.more(self, X_in, self._labels(y, X_in, reset=first), sample_weight)
        return self

    def transform(self, X: Any) -> Floats:
        """Encode rows.

        Parameters
        ----------
        X : array, CSR matrix or data frame of shape (n_rows, n_features)

        Returns
        -------
        codes : array of shape (n_rows, n_components)
        """
        check_is_fitted(self)
        return self._apply(X, self._encoder, self._n_features_out)

    def inverse_transform(self, H: Any) -> Any:
        """Decode codes into rows on the scale of the data.

        Parameters
        ----------
        H : array of shape (n_rows, n_components)

        Returns
        -------
        X : array or data frame of shape (n_rows, n_features)
            A frame like the one trained on, if it was one.
        """
        check_is_fitted(self)
        H_in = admit_codes(H, self._n_codes)
        return self._given_back(self._map(H_in, self._decoder(H_in.dtype), self.n_features_in_))

    def reconstruct(self, X: Any) -> Any:
        """Encode rows and decode them again; missing entries are filled on the way.

        Parameters
        ----------
        X : array, CSR matrix or data frame of shape (n_rows, n_features)

        Returns
        -------
        X : array or data frame of shape (n_rows, n_features)
            A frame like the one trained on, if it was one.
        """
        check_is_fitted(self)
        X_in = admit(self, X, reset=False)
        encode, decode = self._encoder(X_in.dtype), self._decoder(X_in.dtype)
        values = self._map(X_in, lambda x, seen: decode(encode(x, seen), None), self.n_features_in_)
        return self._given_back(values, X_in.index)

    def save(self, path: str | PathLike[str]) -> None:
        """Write the fitted model to one file; ``embudo.load`` reads it.

        Parameters
        ----------
        path : path-like
            Usually ending in ``.embudo``. An existing file is replaced in one move.

        Raises
        ------
        OutputError
            If the file cannot be written; what stood there before is untouched.
        """
        check_is_fitted(self)
        container.write(path, *to_parts(self))

    def _labels(self, y: Any, X: Admitted, *, reset: bool) -> Tensor | None:
        """Return the classes of the rows; most models learn without them."""
        return None

    def _apply(self, X: Any, function: TypedRowFunction, width: int | None) -> Floats:
        """Map rows that come to what the function for their precision makes of them."""
        check_is_fitted(self)
        X_in = admit(self, X, reset=False)
        return self._map(X_in, function(X_in.dtype), width)

    def _map(self, X: Admitted, function: RowFunction, width: int | None) -> Floats:
        return map_rows(X, function, width, next(self.module_.parameters()).device)

    def _generator(self, random_state: int | None) -> Generator:
        seed = self._progress.identity["seed"] if random_state is None else random_state
        device = next(self.module_.parameters()).device
        return Generator(device).manual_seed(seed)

    def _given_back(self, values: Floats, index: Any = None) -> Any:
        """Return rows on the data's scale as what the caller trained on: an array, or a frame."""
        return self.layout_.frame(values, index) if self.layout_.is_frame else values

    @property
    def _n_features_out(self) -> int:
        return int(self.module_.n_hidden)

    @property
    def _n_codes(self) -> int:
        """How many numbers a row is decoded from."""
        return self._n_features_out

    def __sklearn_tags__(self) -> Tags:
        """Tell scikit-learn that sparse and missing input is welcome."""
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        tags.input_tags.allow_nan = True
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags

    def _html_repr(self) -> str:
        """Show a card with a sparkline once fitted, scikit-learn's diagram before."""
        if not hasattr(self, "module_"):
            return str(super()._html_repr())
        facts = [
            ("columns", f"{self.n_features_in_} → {self._n_features_out}"),
            ("kinds", ", ".join(f"{n} {kind}" for kind, n in self.layout_.summary.items())),
            ("epochs", f"{len(self.history_)}"),
        ]
        name = self.told if self.told in self.history_.columns else ""
        return card(type(self).__name__, facts, name, self.history_[name] if name else [])
