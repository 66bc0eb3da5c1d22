"""What an RBM that has a label among its visible units can do once it is fitted."""

from functools import partial
from typing import Any, ClassVar

import numpy as np
import torch
from numpy.typing import ArrayLike
from sklearn.utils.validation import check_is_fitted

from embudo.estimators.classes import asked_places
from embudo.estimators.classifier import Classifier
from embudo.estimators.density import DensityEstimator
from embudo.estimators.inputs import Floats, RowFunction, admit, as_array, check_counts
from embudo.modules.label_measures import log_posterior
from embudo.modules.label_rbm import LabelRBMModule
from embudo.modules.likelihood import Method, Partition


class LabelledEstimator(Classifier, DensityEstimator):
    """Base of the classifiers that hold the joint distribution of a row and its label.

    What is asked of a row without its label is answered with the label summed over.
    """

    module_: LabelRBMModule
    module_class: ClassVar[type[LabelRBMModule]] = LabelRBMModule

    def log_joint(
        self,
        X: Any,
        y: ArrayLike,
        partition: Partition | None = None,
        *,
        method: Method = "auto",
        n_temperatures: int = 10_000,
        n_chains: int = 100,
        burn_in: int = 1000,
        random_state: int | None = None,
    ) -> Floats:
        """Return log p(x, y) of each row and its label, in nats.

        It is the sum of :meth:`log_likelihood` and of the row's log p(y | x); of a row without a
        label it is log p(x).

        Parameters
        ----------
        X : array, CSR matrix or data frame of shape (n_rows, n_features)
        y : array of shape (n_rows,)
            Labels.
        partition : Partition, optional
            What :meth:`log_partition` returned; by default it is computed anew.
        method, n_temperatures, n_chains, burn_in, random_state
            As for :meth:`log_partition`, if no partition is given.

        Returns
        -------
        log_p : array of shape (n_rows,)

        Raises
        ------
        DataError
            If an entry is missing, or a label is none of ``classes_``.
        """
        check_is_fitted(self)
        labels = self._labels(y, admit(self, X, reset=False), reset=False).numpy()
        log_p = self.log_likelihood(
            X,
            partition,
            method=method,
            n_temperatures=n_temperatures,
            n_chains=n_chains,
            burn_in=burn_in,
            random_state=random_state,
        )
        given = self.predict_log_proba(X)[np.arange(len(labels)), labels.clip(min=0)]
        found: Floats = log_p + np.where(labels >= 0, given, 0).astype(log_p.dtype)
        return found

    def sample(
        self,
        n_samples: int = 1,
        *,
        y: Any = None,
        steps: int = 1000,
        means: bool = False,
        random_state: int | None = None,
    ) -> Any:
        """Draw rows by block Gibbs sampling, from the model or from some of its classes.

        Parameters
        ----------
        n_samples : int, default=1
            Number of independent chains, each giving one row.
        y : label or array of shape (n_samples,), optional
            The class to draw from, or one for each row; it is held while the chains run. By
            default it is drawn along with the row.
        steps : int, default=1000
            Sweeps of each chain, which starts at the visible units' base rates.
        means : bool, default=False
            Whether to return the last sweep's means in place of the states drawn from them; of
            categories, the likeliest.
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
        """
        if y is None:
            return super().sample(n_samples, steps=steps, means=means, random_state=random_state)
        check_is_fitted(self)
        check_counts(n_samples=n_samples, steps=steps)
        module, generator = self.module_, self._generator(random_state)
        places = asked_places(y, n_samples, self.classes_)
        labels = torch.from_numpy(places).to(module.weight.device)
        v = module.sample_given(labels, steps, generator, means=means)
        return self._given_back(as_array(module.layer.decode(v)))

    @property
    def components_(self) -> Floats:
        """The weights of the columns, one row for each hidden unit."""
        return as_array(self.module_.weight.data[: self.module_.layer.label.start].t())

    @property
    def components_label_(self) -> Floats:
        """The weights of the label, one row for each hidden unit."""
        return as_array(self.module_.weight.data[self.module_.layer.label].t())

    @property
    def intercept_visible_(self) -> Floats:
        """Biases of the columns' units."""
        return as_array(self.module_.visible_bias.data[: self.module_.layer.label.start])

    @property
    def intercept_label_(self) -> Floats:
        """Biases of the label's units."""
        return as_array(self.module_.visible_bias.data[self.module_.layer.label])

    @property
    def visible_(self) -> str:
        """The kind of the columns' units: "bernoulli", "gaussian", "softmax" or "mixed"."""
        kinds = set(self.layout_.summary)
        return min(kinds) if len(kinds) == 1 else "mixed"

    def _log_probabilities(self, dtype: torch.dtype) -> RowFunction:
        return partial(log_posterior, self.module_, self.module_.machine_of_rows(dtype))
