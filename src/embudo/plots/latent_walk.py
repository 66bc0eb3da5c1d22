"""A walk from code to code, and what is decoded on the way."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
from sklearn.utils.validation import check_is_fitted

from embudo.errors import ParameterError
from embudo.estimators.inputs import check_counts
from embudo.estimators.routes import round_trip, stops_of
from embudo.plots.codes import are_pictures, check_decodes
from embudo.plots.film import Film
from embudo.plots.pictures import Shape, fold

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass
class LatentWalkAnimation(Film):
    """A walk through the space of codes as a moving picture, which ends where it started.

    Where all that is met could be data, the model has learned what they have in common.

    Parameters
    ----------
    frames : ndarray of shape (n_frames, 1, height, width) or (n_frames, 1, height, width, 3)
    captions : sequence of str
        One for each frame.

    Attributes
    ----------
    n_frames_ : int
    ax_ : matplotlib axes
    figure_ : matplotlib figure
    """

    described: ClassVar[str] = "a walk through the space of codes"

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        X: Any = None,
        image_shape: Shape | None = None,
        *,
        codes: Any = None,
        steps: int = 8,
        y: Any = None,
        ax: "Axes | None" = None,
    ) -> Self:
        """Walk from the code of each row to that of the next, and from the last one to the first.

        Steps lie on straight lines, or where the model's own ``interpolate`` leads.

        Parameters
        ----------
        estimator : estimator that has ``inverse_transform``
        X : array, CSR matrix or data frame of shape (n_stops, n_features), optional
            The rows to visit, encoded by the model's ``encode`` if it has that, else by its
            ``transform``.
        image_shape : (height, width) or (height, width, 3), optional
            By default a square, if columns without names are as many as a square has pixels.
        codes : array of shape (n_stops, n_components), optional
            The codes to visit, in place of rows.
        steps : int, default=8
            From each stop to the next.
        y : label, optional
            The class of all that is met, of a model that makes rows by class.
        ax : matplotlib axes, optional
            By default new ones.

        Raises
        ------
        ParameterError
            If the model does not decode, its rows are no pictures, there are fewer than 2 stops, or
            neither rows nor codes are given, or both.
        """
        check_is_fitted(estimator)
        check_counts(steps=steps)
        check_decodes(estimator)
        if (X is None) == (codes is None):
            raise ParameterError("a walk needs stops: give either X, rows to visit, or codes")
        if not are_pictures(estimator, image_shape):
            raise ParameterError(
                "a walk is one of pictures, and the columns are a table: give "
                "image_shape=(height, width) if they are pixels, or take InterpolationDisplay"
            )
        stops = stops_of(estimator, X, y) if codes is None else np.asarray(codes)
        met = round_trip(estimator, stops, steps, y)
        captions = [
            f"stop {at + 1} → {(at + 1) % len(stops) + 1}, {step / steps:.0%}"
            for at in range(len(stops))
            for step in range(steps)
        ]
        return cls(fold(met, image_shape)[:, None], captions).plot(ax)

    @property
    def _columns(self) -> int:
        return 1
