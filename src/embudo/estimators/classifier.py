"""What every classifier does with labels: take them in, and answer in them."""

from abc import abstractmethod
from typing import Any, Self

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from sklearn.base import ClassifierMixin
from sklearn.utils.validation import check_is_fitted
from torch import Tensor

from embudo.errors import DataError
from embudo.estimators.base import Estimator
from embudo.estimators.classes import admitted_labels, places_of
from embudo.estimators.inputs import Admitted, Floats, RowFunction, admit


class Classifier(ClassifierMixin, Estimator):  # type: ignore[misc]
    """Base of the estimators that learn from labels, and perhaps from rows without one.

    A concrete one declares ``unlabelled`` and says what the logarithms of the classes'
    probabilities are.
    """

    unlabelled: int | str | None
    classes_: NDArray[Any]
    _named: NDArray[Any] | None = None

    def partial_fit(
        self,
        X: Any,
        y: Any = None,
        classes: ArrayLike | None = None,
        *,
        sample_weight: ArrayLike | None = None,
    ) -> Self:
        """Go on training for one pass over X, at a constant learning rate.

        Parameters
        ----------
        X, y
            As in :meth:`fit`.
        classes : array, optional
            All classes that will ever come; needed by the first call if its ``y`` lacks some.
        sample_weight
            As in :meth:`fit`.

        Returns
        -------
        self
        """
        self._named = None if classes is None else np.unique(np.asarray(classes))
        super().partial_fit(X, y, sample_weight=sample_weight)
        return self

    def predict(self, X: Any) -> NDArray[Any]:
        """Return the most probable class of each row.

        Parameters
        ----------
        X : array, CSR matrix or data frame of shape (n_rows, n_features)

        Returns
        -------
        y : array of shape (n_rows,)
        """
        best = self.predict_log_proba(X).argmax(1)
        found: NDArray[Any] = self.classes_[best]
        return found

    def score(self, X: Any, y: Any = None, sample_weight: ArrayLike | None = None) -> float:
        """Return the share of rows whose class is told right.

        Parameters
        ----------
        X : array, CSR matrix or data frame of shape (n_rows, n_features)
        y : array of shape (n_rows,)
            The true classes.
        sample_weight : array of shape (n_rows,), optional
            How much each row counts.

        Returns
        -------
        accuracy : float
        """
        return float(super().score(X, y, sample_weight))

    def predict_proba(self, X: Any) -> Floats:
        """Return the probability of each class, given each row.

        Parameters
        ----------
        X : array, CSR matrix or data frame of shape (n_rows, n_features)

        Returns
        -------
        p : array of shape (n_rows, n_classes)
            Columns in the order of ``classes_``.
        """
        raw = np.exp(self.predict_log_proba(X))
        found: Floats = raw / raw.sum(1, keepdims=True)
        return found

    def predict_log_proba(self, X: Any) -> Floats:
        """Return the logarithm of the probability of each class, given each row.

        Parameters
        ----------
        X : array, CSR matrix or data frame of shape (n_rows, n_features)

        Returns
        -------
        log_p : array of shape (n_rows, n_classes)
            Columns in the order of ``classes_``.
        """
        check_is_fitted(self)
        X_in = admit(self, X, reset=False)
        return self._map(X_in, self._log_probabilities(X_in.dtype), len(self.classes_))

    @abstractmethod
    def _log_probabilities(self, dtype: torch.dtype) -> RowFunction:
        """Return the function from rows and their presence to log p(class | row)."""

    def _labels(self, y: Any, X: Admitted, *, reset: bool) -> Tensor:
        """Return the places of the labels in ``classes_``, -1 where a row has none.

        Raises
        ------
        DataError
            If y does not fit X, or does not hold at least two classes.
        """
        if y is None:
            raise DataError(
                f"this {type(self).__name__} requires y to be passed, but the target y is None: "
                "give a label for each row of X"
            )
        labels = admitted_labels(y, X.table.n_rows)
        known = np.ones(len(labels), dtype=bool)
        if self.unlabelled is not None:
            known = labels != self.unlabelled
        if reset:
            named, self._named = self._named, None
            self.classes_ = np.unique(labels[known]) if named is None else named
        if len(self.classes_) < 2:
            raise DataError(
                f"y holds {len(self.classes_)} class, {self.classes_.tolist()}; a classifier "
                "needs at least two"
            )
        way_out = "name all of them in the first call of partial_fit"
        return torch.from_numpy(places_of(labels, known, self.classes_, way_out))
