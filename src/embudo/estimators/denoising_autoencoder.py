"""The denoising autoencoder as an estimator."""

from dataclasses import dataclass, replace
from typing import final

import torch

from embudo._types import PositiveFloat
from embudo.errors import ParameterError
from embudo.estimators.code_parameters import CodeParameters
from embudo.modules.backprop import Backprop
from embudo.modules.damage import DAMAGES, DamageName
from embudo.modules.funnel import Funnel


@final
@dataclass(eq=False, repr=False, kw_only=True)
class DenoisingAutoencoder(CodeParameters):
    """Denoising autoencoder.

    In training the encoder is shown rows with damage done to them, and the decoder is to give the
    whole ones back (Vincent et al. 2010). What one entry says must then be found in the others,
    too; so it learns how columns hang together, and a code may even be wider than the rows. The
    fitted model is given rows as they are: :meth:`reconstruct` cleans them.

    Parameters
    ----------
    corruption : {"gaussian", "masking", "salt"}, default="gaussian"
        The damage, done anew each time that a row is shown. "gaussian" adds normal noise;
        "masking" hides entries, as if they were missing; "salt" throws entries to 0 or 1, to any
        category, or two standard deviations up or down.
    level : float, default=0.3
        How much: the noise's standard deviation, in units of the column's where that is numeric;
        else the share of the entries, below 1.

    Examples
    --------
    >>> from embudo import DenoisingAutoencoder
    >>> from sklearn.datasets import load_digits
    >>> X = load_digits().data / 16
    >>> model = DenoisingAutoencoder(hidden=(64,), epochs=5, random_state=0).fit(X)
    >>> model.reconstruct(X).shape
    (1797, 64)
    """

    corruption: DamageName = "gaussian"
    level: PositiveFloat = 0.3

    def _backprop(self, module: Funnel, precision: torch.dtype) -> Backprop:
        if self.corruption != "gaussian" and self.level >= 1:
            raise ParameterError(
                f"level={self.level:g} would leave nothing of a row: with "
                f"corruption={self.corruption!r} it is a share of the entries, below 1"
            )
        damage = DAMAGES[self.corruption](module.layer, self.level)
        return replace(super()._backprop(module, precision), damage=damage)
