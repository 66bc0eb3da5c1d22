"""Ending a training when what a model makes up comes no nearer to the data."""

from typing import Any

import torch
from torch import Generator

from embudo.errors import ParameterError
from embudo.kernels import distances
from embudo.metrics.checks import at_least, check_rows
from embudo.metrics.features import Extractor, features_of
from embudo.training.early_stopping import EarlyStopping
from embudo.training.events import Callback
from embudo.training.run import Run

_MEASURE = "frechet_score"


class FrechetStopping(Callback):
    """Early stopping of a GAN by the Fréchet distance in features of your choice.

    Give it to the ``callbacks`` of the estimator. After each epoch as many rows as there are real
    ones are made, always of the same codes, and the history's row gets ``frechet_score``, minus
    their distance. When it has not risen for some epochs, training ends, and the model goes back
    to the best of them.

    Parameters
    ----------
    real : array of shape (n_rows, n_features)
        Rows to come near to, best such as the model does not learn from; some thousands do.
    features : estimator that has ``transform``, or callable, optional
        What they are compared in; by default the rows themselves.
    patience : int, default=10
        Epochs without an improvement before training ends.
    random_state : int, default=0
        Seed of the codes.

    Raises
    ------
    DataError
        If the rows are fewer than 2, or have no features that are finite.

    Examples
    --------
    >>> from embudo import GAN
    >>> from embudo.metrics import FrechetStopping
    >>> from sklearn.datasets import load_digits
    >>> from sklearn.decomposition import PCA
    >>> X = load_digits().data / 16
    >>> stopping = FrechetStopping(X[1500:], PCA(10).fit(X[:1500]), patience=2)
    >>> gan = GAN(width=32, epochs=3, callbacks=[stopping], random_state=0).fit(X[:1500])
    >>> gan.history_["frechet_score"][-1] < 0
    True
    """

    def __init__(
        self, real: Any, features: Any = None, *, patience: int = 10, random_state: int = 0
    ) -> None:
        at_least(1, patience=patience)
        self._extractor = Extractor.of(features)
        known = features_of(real, self._extractor, "real")
        check_rows(known, "real", 2)
        self._n_rows, self._seed = len(known), random_state
        self._known = distances.moments(known)
        self._stopping = EarlyStopping(_MEASURE, patience)

    def on_start(self, run: Run) -> None:
        """Refuse a model that makes nothing up, and one that stops by another measure as well."""
        if not hasattr(run.module, "generate"):
            raise ParameterError(
                "FrechetStopping measures what a model makes up while it learns, which this one "
                "does not: leave it out of callbacks, or train a GAN"
            )
        if self._stopping.exhausted(run):
            run.stop(self._stopping.reason)

    def on_epoch(self, run: Run) -> None:
        """Measure, and stop if there was no improvement for long."""
        if run.epoch == 1 and run.best is not None:
            raise ParameterError(
                "this training stops by another measure already: set early_stopping=False, or "
                "leave FrechetStopping out of callbacks"
            )
        made = features_of(self._made(run.module), self._extractor, "generated")
        distance = distances.frechet_distance(self._known, distances.moments(made))
        run.history[-1].values[_MEASURE] = -distance
        self._stopping.update(run)

    def on_end(self, run: Run) -> None:
        """Go back to the best epoch, unless training is to be gone on with."""
        if run.stopped != "interrupted":
            self._stopping.restore(run)

    @torch.no_grad()
    def _made(self, module: Any) -> Any:
        generator = Generator(module.centre.device).manual_seed(self._seed)
        return module.generate(self._n_rows, generator).numpy(force=True)
