"""What estimators with a generator have in common: rows of codes, drawn or given."""

from collections.abc import Callable, Iterator
from typing import Any, ClassVar, TypeAlias

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from sklearn.utils.validation import check_is_fitted
from torch import Tensor

from embudo.errors import ParameterError
from embudo.estimators.classes import asked_places
from embudo.estimators.inputs import (
    Floats,
    RowFunction,
    admit_codes,
    as_array,
    check_counts,
    map_rows,
)
from embudo.estimators.normal_codes import NormalCodes
from embudo.estimators.scored import ScoredEstimator
from embudo.kernels.adversarial import spherical
from embudo.modules.adversaries import Adversaries

Codes: TypeAlias = Callable[[slice], Tensor]
"""From places of rows to the codes that they are to be made of."""

_BLOCK_ROWS = 10_000
_UNITS_AT_ONCE = 2**18  # of the widest layer, whose outputs then stay in a cache


class GeneratingEstimator(NormalCodes, ScoredEstimator):
    """Base of the estimators whose module makes rows of codes, perhaps of a class asked for."""

    module_: Adversaries
    module_class: ClassVar[type[Adversaries]] = Adversaries
    classes_: NDArray[Any]

    def sample(
        self,
        n_samples: int = 1,
        *,
        y: Any = None,
        z: ArrayLike | None = None,
        means: bool = False,
        random_state: int | None = None,
    ) -> Any:
        """Make rows, by the moving average of the generator.

        Parameters
        ----------
        n_samples : int, default=1
        y : label or array of shape (n_samples,), optional
            The class to make rows of, or one for each; by default drawn as often as in training.
        z : array of shape (n_samples, n_components), optional
            Codes to make the rows of, in place of so many drawn ones.
        means : bool, default=False
            Whether columns of 0 and 1 alone are left as probabilities.
        random_state : int, optional
            Seed; by default that of the fit.

        Returns
        -------
        X : array or data frame of shape (n_samples, n_features)
            A frame like the one trained on, if it was one.

        Raises
        ------
        ParameterError
            If y is none of ``classes_``, or is not one for each row.
        DataError
            If z has another shape.
        """
        codes, labels, n = self._asked(n_samples, y, z, random_state)
        return self._given_back(self._made(codes, labels, slice(0, n), means))

    def sample_blocks(
        self,
        n_samples: int,
        *,
        y: Any = None,
        means: bool = False,
        random_state: int | None = None,
    ) -> Iterator[Any]:
        """Make the rows of :meth:`sample` some thousands at a time, in bounded memory.

        Parameters
        ----------
        n_samples : int
        y : label or array of shape (n_samples,), optional
        means : bool, default=False
        random_state : int, optional
            As of :meth:`sample`.

        Yields
        ------
        X : array or data frame of shape (some rows, n_features)

        Raises
        ------
        ParameterError
            If y is none of ``classes_``, or is not one for each row.
        """
        codes, labels, n = self._asked(n_samples, y, None, random_state)
        batch = self._rows_at_once
        height = batch * -(-_BLOCK_ROWS // batch)
        for start in range(0, n, height):
            rows = slice(start, min(start + height, n))
            yield self._given_back(self._made(codes, labels, rows, means))

    def inverse_transform(self, H: Any, *, y: Any = None) -> Any:
        """Make rows of codes, such as :meth:`encode` returns.

        Parameters
        ----------
        H : array of shape (n_rows, n_components)
        y : label or array of shape (n_rows,), optional
            The class to make rows of, or one for each; by default the most frequent one.

        Returns
        -------
        X : array or data frame of shape (n_rows, n_features)
            A frame like the one trained on, if it was one.
        """
        check_is_fitted(self)
        codes = self._codes(H)
        n = len(codes)
        labels = self._usual_class(n) if y is None else self._places(y, n)
        return self._given_back(self._made(codes.__getitem__, labels, slice(0, n)))

    def interpolate(self, z1: ArrayLike, z2: ArrayLike, steps: int = 8, *, y: Any = None) -> Any:
        """Make the rows that lie between two codes, on the arc from one to the other.

        Parameters
        ----------
        z1, z2 : array of shape (n_components,)
        steps : int, default=8
            Rows, of which the first and the last are those of the codes themselves.
        y : label, optional
            The class to make rows of; by default the most frequent one.

        Returns
        -------
        X : array or data frame of shape (steps, n_features)
            A frame like the one trained on, if it was one.
        """
        check_is_fitted(self)
        check_counts(steps=steps)
        start, end = (self._codes(np.atleast_2d(np.asarray(z))) for z in (z1, z2))
        arc = spherical(start, end, torch.linspace(0, 1, steps))[:, 0]
        return self.inverse_transform(arc.numpy(force=True), y=y)

    def _decoder(self, dtype: torch.dtype) -> RowFunction:
        module = self.module_
        return lambda z, _: module.draw(z, self._usual_class(z.shape[0]))

    @property
    def _n_codes(self) -> int:
        return self.module_.n_components

    def _codes(self, z: Any) -> Tensor:
        """Let codes in.

        Raises
        ------
        DataError
            If their shape is wrong, or one is not finite.
        """
        admitted = admit_codes(z, self._n_codes)
        device = self.module_.centre.device
        return torch.from_numpy(map_rows(admitted, lambda h, _: h, self._n_codes, device)).to(
            device
        )

    def _asked(
        self, n_samples: int, y: Any, z: ArrayLike | None, random_state: int | None
    ) -> tuple[Codes, Tensor | None, int]:
        """Return the codes to make rows of, their classes, if there are any, and how many."""
        check_is_fitted(self)
        check_counts(n_samples=n_samples)
        module, generator = self.module_, self._generator(random_state)
        given = None if z is None else self._codes(z)
        n = n_samples if given is None else len(given)
        labels = module.classes(n, generator) if y is None else self._places(y, n)

        def codes(rows: slice) -> Tensor:
            n = rows.stop - rows.start
            return self._normal(n, generator) if given is None else given[rows]

        return codes, labels, n

    def _made(
        self, codes: Codes, labels: Tensor | None, rows: slice, means: bool = False
    ) -> Floats:
        """Return some of the rows of codes, made in batches that the processor likes."""
        size, first = self._rows_at_once, rows.start
        out: Floats = np.empty((0, 0), np.float32)
        for start in range(first, rows.stop, size):
            batch = slice(start, min(start + size, rows.stop))
            some = None if labels is None else labels[batch]
            made = as_array(self.module_.draw(codes(batch), some, means=means))
            if start == first:
                out = np.empty((rows.stop - first, made.shape[1]), made.dtype)
            out[batch.start - first : batch.stop - first] = made
        return out

    @property
    def _rows_at_once(self) -> int:
        widest = max(joint.above for joint in self.module_.generator.joints)
        return max(16, _UNITS_AT_ONCE // widest)

    def _places(self, y: Any, n: int) -> Tensor:
        """Return the classes asked for as their places.

        Raises
        ------
        ParameterError
            If none are known, y is not among them, or it is not one for each row.
        """
        if not hasattr(self, "classes_"):
            raise ParameterError(
                f"this {type(self).__name__} was fitted without classes, so that none can be asked "
                "for: leave y out, or fit with labels"
            )
        return torch.from_numpy(asked_places(y, n, self.classes_)).to(self.module_.centre.device)

    @property
    def usual_class_(self) -> Any:
        """The class that was met most often, whose rows are made where none is asked for."""
        return self.classes_[int(self.module_.class_counts.argmax())]

    def _usual_class(self, n: int) -> Tensor | None:
        if not self.module_.n_classes:
            return None
        return self.module_.class_counts.argmax().expand(n)
