"""The scaled complement of the error function, ``exp(x^2) erfc(x)``, in elementary operations.

For graphs that are read where it is no operation of its own; everywhere else there is
``torch.special.erfcx``. In float32 it is as exact as that one.
"""

import torch
from jaxtyping import Float
from torch import Tensor

_COEFFICIENTS = (
    *(1.27697838143, -0.0927637627749, -0.166030383526, 0.164049454139, -0.0542202666151),
    *(-0.00801896307874, 0.00872460763961, 0.00121741059231, -0.00146407091028),
    *(-0.000357920448008, 0.000221571549842, 6.33694584372e-05, -2.02559893664e-05),
)
"""Of ``(1 + 2x) erfcx(x)`` as powers of ``(x - 2) / (x + 2)``, for which all x > 0 lie in [-1, 1).

The Chebyshev series up to the twelfth degree, written as powers: off by 4e-9 at most.
"""


def elementary_erfcx(x: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
    """Return ``exp(x^2) erfc(x)``."""
    size = x.abs()
    place = (size - 2) / (size + 2)
    series = torch.zeros_like(x)
    for coefficient in reversed(_COEFFICIENTS):
        series = series * place + coefficient
    above = series / (1 + 2 * size)
    return torch.where(x < 0, 2 * x.square().exp() - above, above)
