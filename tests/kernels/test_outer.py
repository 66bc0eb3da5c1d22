"""A matrix kept as factors behaves as the matrix does."""

import pytest
import torch

from embudo.kernels.outer import Outer, plus

CLOSE = {"rtol": 0, "atol": 1e-12}


def draw(*shape):
    generator = torch.Generator().manual_seed(sum(shape))
    return torch.randn(*shape, dtype=torch.float64, generator=generator)


MATRIX = Outer(draw(7, 4), draw(7, 3))
FORMED = torch.einsum("ki,kj->ij", *MATRIX)


def test_it_is_the_sum_of_its_outer_products():
    torch.testing.assert_close(MATRIX.dense(), FORMED, **CLOSE)
    out = torch.empty_like(FORMED)
    assert MATRIX.dense(out) is out
    torch.testing.assert_close(out, FORMED, **CLOSE)


def test_it_multiplies_and_transposes():
    torch.testing.assert_close(MATRIX @ draw(3), FORMED @ draw(3), **CLOSE)
    torch.testing.assert_close(MATRIX.t() @ draw(4), FORMED.t() @ draw(4), **CLOSE)


@pytest.mark.parametrize("matrix", [MATRIX, FORMED], ids=["factors", "dense"])
def test_something_is_added_in_the_form_that_it_has(matrix):
    left, right = draw(2, 4), draw(2, 3)
    found = plus(matrix, left, right, -0.3)
    assert type(found) is type(matrix)
    found = found if matrix is FORMED else found.dense()
    torch.testing.assert_close(found, FORMED - 0.3 * left.t() @ right, **CLOSE)


@pytest.mark.parametrize("beta", [0.0, 0.9, 1.0])
def test_it_is_added_in_place(beta):
    target = draw(3, 4).t().contiguous()
    expected = beta * target - 0.1 * FORMED
    MATRIX.add_to(target, beta, -0.1)
    torch.testing.assert_close(target, expected, **CLOSE)
