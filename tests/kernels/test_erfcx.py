"""The scaled complement of the error function from elementary operations is that of torch."""

import pytest
import torch

from embudo.kernels.erfcx import elementary_erfcx


@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float32, 5e-7), (torch.float64, 5e-9)])
def test_it_is_the_function_of_torch(dtype: torch.dtype, tolerance: float) -> None:
    x = torch.cat((torch.linspace(-3, 3, 601), torch.logspace(0.5, 6, 200))).to(dtype)
    expected = torch.special.erfcx(x.double())
    found = elementary_erfcx(x).double()
    torch.testing.assert_close(found, expected, rtol=tolerance, atol=0)


def test_it_grows_beyond_all_floats_on_the_left() -> None:
    assert elementary_erfcx(torch.tensor([-40.0])).isinf().all()
