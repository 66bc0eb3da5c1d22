"""What models that make rows of standard normal codes have in common."""

import torch
from sklearn.utils.validation import check_is_fitted
from torch import Generator, Tensor

from embudo.estimators.base import Estimator
from embudo.estimators.inputs import Floats, as_array, check_counts


class NormalCodes(Estimator):
    """Base of the estimators whose rows are made of standard normal codes."""

    n_components: int

    def sample_codes(self, n_samples: int = 1, *, random_state: int | None = None) -> Floats:
        """Draw standard normal codes, such as :meth:`sample` makes its rows of.

        Parameters
        ----------
        n_samples : int, default=1
        random_state : int, optional
            Seed; by default that of the fit.

        Returns
        -------
        z : array of shape (n_samples, n_components)
        """
        check_is_fitted(self)
        check_counts(n_samples=n_samples)
        return as_array(self._normal(n_samples, self._generator(random_state)))

    def _normal(self, n: int, generator: Generator) -> Tensor:
        return torch.randn((n, self.n_components), generator=generator, device=generator.device)
