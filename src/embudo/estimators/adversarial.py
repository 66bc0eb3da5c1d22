"""What a generator and its discriminator can do once they are fitted."""

from functools import partial
from os import PathLike
from typing import Any, ClassVar, Self

import numpy as np
import torch
from numpy.typing import ArrayLike
from sklearn.utils.validation import check_is_fitted
from torch import Tensor

from embudo.errors import DataError
from embudo.estimators.classes import admitted_labels, places_of
from embudo.estimators.generating import GeneratingEstimator
from embudo.estimators.inputs import Admitted, Floats, RowFunction, admit, as_array, check_counts
from embudo.kernels.feedforward import through
from embudo.modules.attribution import contributions
from embudo.modules.projection import projected

_STEPS = 100


class AdversarialEstimator(GeneratingEstimator):
    """Base of the estimators whose module holds a generator and a discriminator."""

    watched: ClassVar[str] = "validation_score"
    told: ClassVar[str] = "generator_loss"
    learns_labels: ClassVar[bool] = True

    def fit(
        self,
        X: Any,
        y: Any = None,
        *,
        sample_weight: ArrayLike | None = None,
        resume: bool | str | PathLike[str] = False,
    ) -> Self:
        """Train both players, of classes if there are labels.

        Parameters
        ----------
        X : array, CSR matrix or data frame of shape (n_rows, n_features)
            NaN stands for a missing value; a made row then has the same gaps as the real one that
            it stands beside.
        y : array of shape (n_rows,), optional
            Labels. Given, the generator is told the class that it is to make a row of, and the
            discriminator the one that a row is said to be of.
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
        return super().fit(X, y, sample_weight=sample_weight, resume=resume)

    def encode(self, X: Any, y: Any = None, *, steps: int = _STEPS) -> Floats:
        """Return the codes whose made rows come nearest to given ones.

        They are looked for by gradient descent on the squared distance, in units of a column's
        deviation, from the best of 64 codes of each class.

        Parameters
        ----------
        X : array, CSR matrix or data frame of shape (n_rows, n_features)
        y : label or array of shape (n_rows,), optional
            Classes of the rows, where there are classes; by default that of the best start.
        steps : int, default=100
            Of the descent.

        Returns
        -------
        z : array of shape (n_rows, n_components)
        """
        check_counts(steps=steps)
        return self._placed(X, y, steps)[0]

    def reconstruct(self, X: Any) -> Any:
        """Return the made rows that come nearest; missing entries are filled on the way.

        Parameters
        ----------
        X : array, CSR matrix or data frame of shape (n_rows, n_features)

        Returns
        -------
        X : array or data frame of shape (n_rows, n_features)
            A frame like the one trained on, if it was one.
        """
        z, labels, X_in = self._placed(X, None, _STEPS)
        codes = self._codes(z.astype(np.float64))
        rows = self._made(codes.__getitem__, labels, slice(0, len(codes)))
        return self._given_back(rows.astype(z.dtype), X_in.index)

    def discriminate(self, X: Any, y: Any = None) -> Floats:
        """Return the probability that each row is authentic, rather than made by the generator.

        Parameters
        ----------
        X : array, CSR matrix or data frame of shape (n_rows, n_features)
        y : label or array of shape (n_rows,), optional
            What the rows are said to be, where there are classes; by default the class that each
            passes for best.

        Returns
        -------
        p : array of shape (n_rows,)
            From 0, false, to 1, authentic.
        """
        if y is None:
            scores = self.score_samples(X)
        else:
            heads = self._apply(X, self._headed, max(1, self.module_.n_classes))
            chosen = self._places(y, len(heads)).numpy(force=True)
            scores = np.take_along_axis(heads, chosen[:, None], 1)[:, 0]
            scores -= scores.dtype.type(float(self.module_.origin))
        return as_array(self.module_.authentic(torch.from_numpy(scores)))

    def score_samples(self, X: Any) -> Floats:
        """Return the discriminator's score of each row, as of the class that it passes for best.

        Of the classic and the relativistic loss it is an estimate of the logarithm of how many
        times likelier a row is among the real ones than among the made ones.

        Parameters
        ----------
        X : array, CSR matrix or data frame of shape (n_rows, n_features)

        Returns
        -------
        scores : array of shape (n_rows,)
            Higher is more usual.
        """
        return super().score_samples(X)

    def score_columns(self, X: Any) -> Floats:
        """Return what each entry adds to the score: what makes a row seem authentic or false.

        These are integrated gradients (Sundararajan, Taly and Yan 2017), from the mean row on;
        what that row scores is shared out evenly.

        Parameters
        ----------
        X : array, CSR matrix or data frame of shape (n_rows, n_features)

        Returns
        -------
        scores : array of shape (n_rows, n_features)
            0 where an entry is missing. They sum to those of :meth:`score_samples`.
        """
        return super().score_columns(X)

    @property
    def verdict_(self) -> str:
        """How the duel stood after the last epoch, in words, and what to change."""
        return self.history_[-1].remark

    def _labels(self, y: Any, X: Admitted, *, reset: bool) -> Tensor | None:
        """Return the places of the labels in ``classes_``, or None where there are none.

        Raises
        ------
        DataError
            If y does not fit X, or classes come or go between two calls of ``partial_fit``.
        """
        if reset:
            self.__dict__.pop("classes_", None)
        elif hasattr(self, "classes_") != (y is not None):
            before = "with" if y is None else "without"
            raise DataError(f"this {type(self).__name__} was fitted {before} y: go on likewise")
        if y is None:
            return None
        labels = admitted_labels(y, X.table.n_rows)
        if reset:
            self.classes_ = np.unique(labels)
        known = np.ones(len(labels), dtype=bool)
        way_out = "fit anew on data that hold it"
        return torch.from_numpy(places_of(labels, known, self.classes_, way_out))

    def _placed(self, X: Any, y: Any, steps: int) -> tuple[Floats, Tensor | None, Admitted]:
        """Return the codes of rows, and the classes that they were found with."""
        check_is_fitted(self)
        X_in, module = admit(self, X, reset=False), self.module_
        width, taken = self._n_codes, 0
        given = None if y is None else self._places(y, X_in.table.n_rows)

        def place(x: Tensor, observed: Tensor | None) -> Tensor:
            nonlocal taken
            labels = None if given is None else given[taken : taken + len(x)]
            taken += len(x)
            z, labels = projected(module, x, observed, labels, steps)
            return torch.cat((z, z.new_zeros(len(z), 1) if labels is None else labels[:, None]), 1)

        found = self._map(X_in, place, width + 1)
        device = module.centre.device
        labels = torch.from_numpy(found[:, width].round().astype(np.int64)).to(device)
        return found[:, :width], labels if module.n_classes else None, X_in

    def _entry_scorer(self, dtype: torch.dtype) -> RowFunction:
        return partial(contributions, self.module_)

    def _row_scorer(self, dtype: torch.dtype) -> RowFunction:
        heads, module = self._headed(dtype), self.module_
        return lambda x, observed: module.best(heads(x, observed))

    def _headed(self, dtype: torch.dtype) -> RowFunction:
        """Return the function from rows and their presence to a score for each class."""
        module, judges = self.module_, self.module_.judges(dtype)
        return lambda x, observed: module.heads(
            module.shown(*module.layer.encode(x, observed)), judges
        )

    def _encoder(self, dtype: torch.dtype) -> RowFunction:
        module, judges = self.module_, self.module_.judges(dtype)[:-1]
        return lambda x, observed: through(module.shown(*module.layer.encode(x, observed)), judges)

    @property
    def _n_features_out(self) -> int:
        return self.module_.n_features
