"""What a model makes up while it learns."""

import copy
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
from sklearn.utils.validation import check_is_fitted

from embudo.errors import ParameterError
from embudo.estimators.inputs import check_counts
from embudo.estimators.sampling import chained
from embudo.plots.film import Film, square
from embudo.plots.pictures import Shape, fold

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from embudo.training.snapshots import Snapshots


@dataclass
class SampleAnimation(Film):
    """What a model makes up, epoch after epoch of its training, as a moving picture.

    Each place of the sheet is drawn from the same random numbers in every frame, so that it shows
    one sample on its way. Frames of other origin can be given as they are, with captions.

    Parameters
    ----------
    frames : ndarray of shape (n_frames, n, height, width) or (n_frames, n, height, width, 3)
    captions : sequence of str
        One for each frame.

    Attributes
    ----------
    n_frames_ : int
    ax_ : matplotlib axes
    figure_ : matplotlib figure
    """

    described: ClassVar[str] = "samples while a model learns"

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        snapshots: "Snapshots",
        image_shape: Shape | None = None,
        *,
        n: int = 36,
        steps: int = 200,
        random_state: int = 0,
        ax: "Axes | None" = None,
    ) -> Self:
        """Let a model draw rows as it was at each snapshot.

        Parameters
        ----------
        estimator : fitted estimator that has ``sample``
        snapshots : Snapshots
            Which were among the estimator's ``callbacks`` during ``fit``.
        image_shape : (height, width) or (height, width, 3), optional
            By default a square.
        n : int, default=36
            How many rows.
        steps : int, default=200
            Gibbs sweeps of each chain, where the model draws by chains.
        random_state : int, default=0
            Seed.
        ax : matplotlib axes, optional
            By default new ones.

        Raises
        ------
        ParameterError
            If the model does not draw rows, or the snapshots are none, or those of another one.
        """
        check_is_fitted(estimator)
        check_counts(n=n, steps=steps)
        if not hasattr(estimator, "sample"):
            raise ParameterError(
                f"{type(estimator).__name__} makes up no rows: take a model that has sample"
            )
        how = chained(estimator, steps)
        drawn = [
            fold(
                np.asarray(past.sample(n, means=True, random_state=random_state, **how)),
                image_shape,
            )
            for past in _pasts(estimator, snapshots)
        ]
        captions = [_caption(epoch) for epoch in snapshots.epochs]
        return cls(np.stack(drawn), captions).plot(ax)

    @property
    def _columns(self) -> int:
        return square(self.frames.shape[1])


def _pasts(estimator: Any, snapshots: "Snapshots") -> Iterator[Any]:
    """Yield the estimator as it was, time after time."""
    if not snapshots.states:
        raise ParameterError(
            "there is no snapshot: give callbacks=[snapshots] to the estimator before fit"
        )
    past = copy.copy(estimator)
    past.module_ = copy.deepcopy(estimator.module_)
    for state in snapshots.states:
        try:
            past.module_.load_state_dict(state)
        except RuntimeError:
            raise ParameterError(
                f"these snapshots are not of this {type(estimator).__name__}: give those that were "
                "among its callbacks during fit"
            ) from None
        yield past


def _caption(epoch: int) -> str:
    return f"epoch {epoch}" if epoch else "before training"
