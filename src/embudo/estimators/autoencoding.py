"""What every autoencoder can do once it is fitted."""

from functools import partial
from typing import Any, ClassVar

from sklearn.utils.validation import check_is_fitted
from torch import Tensor

from embudo.data.batches import Batch
from embudo.estimators.inputs import RowFunction, admit, check_counts
from embudo.estimators.layered import LayeredEstimator
from embudo.kernels.feedforward import through
from embudo.modules.funnel import Funnel
from embudo.modules.trip import losses


class AutoencodingEstimator(LayeredEstimator):
    """Base of the estimators whose module is a funnel: an encoder and its decoder."""

    module_: Funnel
    module_class: ClassVar[type[Funnel]] = Funnel
    watched: ClassVar[str] = "validation_score"
    _unrolled: Funnel | None = None
    """What ``fit`` starts from in place of random weights."""

    def impute(self, X: Any, *, steps: int = 5, random_state: int | None = None) -> Any:
        """Fill missing entries, and only those, with what the reconstruction has there.

        The first reconstruction is made without them, each further one with what the last one
        filled in. A missing category becomes the likeliest one, a missing integer of a frame the
        nearest.

        Parameters
        ----------
        X : array, CSR matrix or data frame of shape (n_rows, n_features)
            NaN stands for a missing value.
        steps : int, default=5
            How many reconstructions.
        random_state : int, optional
            Not looked at: nothing is drawn. Models that draw have it.

        Returns
        -------
        X : array or data frame of shape (n_rows, n_features)
            A frame like the one trained on, if it was one.
        """
        check_is_fitted(self)
        check_counts(steps=steps)
        X_in = admit(self, X, reset=False)

        def fill(x: Tensor, observed: Tensor | None) -> Tensor:
            return x if observed is None else self.module_.impute(x, observed, steps)

        return self._given_back(self._map(X_in, fill, self.n_features_in_), X_in.index)

    def _features(self, depth: int) -> RowFunction:
        return partial(self.module_.features, depth=depth)


def trip_measures(module: Funnel, train: Batch, validation: Batch | None) -> dict[str, float]:
    """Return the measures of one epoch, each a mean over rows.

    ``kl_divergence``
        KL between input and reconstruction, summed over columns, in nats.
    ``reconstruction_error``
        Mean squared error of an entry, on the data's scale.
    ``penalty``
        What the code pays, in nats, where it does.
    ``idle_units``
        Share of the code's units that are on for no row, where only some may be on.
    ``validation_kl_divergence``, ...
        The same of validation rows.
    ``validation_score``
        Minus their divergence and penalty: larger is better.
    """

    def lost(rows: Batch) -> dict[str, float]:
        v, seen = module.layer.encode(rows.x, rows.observed)
        output = through(module.centred(v, seen), module.encoder.layers(v.dtype))
        found = losses(module.layer, rows, module.reconstruct(v, seen))
        return found | module.bottleneck.watched(output)

    found = lost(train)
    if validation is not None:
        found |= {f"validation_{name}": value for name, value in lost(validation).items()}
        penalty = found.get("validation_penalty", 0.0)
        found["validation_score"] = -found["validation_kl_divergence"] - penalty
    return found
