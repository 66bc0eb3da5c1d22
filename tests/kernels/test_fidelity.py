"""Regions of rows, on sets whose answers are known."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from embudo.kernels.fidelity import density_coverage, precision_recall, twins
from embudo.kernels.modes import class_divergence, class_shares, nearest_modes
from embudo.kernels.neighbours import balls


def drawn(n, width, seed=0):
    return torch.randn((n, width), generator=torch.Generator().manual_seed(seed))


@given(st.integers(1, 40), st.integers(1, 30), st.integers(1, 20), st.integers(1, 50))
def test_balls_are_counted_whatever_the_block(n, queries, width, block):
    x, of = drawn(n, width, n).double(), drawn(queries, width, queries + 99).double()
    radii = drawn(n, 1, 7)[:, 0].abs().double() * 2
    within = np.linalg.norm(x[:, None] - of, axis=2) <= radii[:, None].numpy()
    found = balls(x, radii, of, block)
    np.testing.assert_array_equal(found.around, within.sum(0))
    np.testing.assert_array_equal(found.inside, within.sum(1))


@pytest.mark.parametrize("width", [2, 40])
def test_a_row_on_the_edge_lies_inside(width):
    x = drawn(50, width).double()
    radii = (x - x[7]).norm(dim=1)
    assert balls(x, radii, x[7:8]).around.tolist() == [50]
    assert balls(x, radii * (1 - 1e-9), x[7:8]).around.tolist() == [1]


def test_precision_and_recall_by_hand():
    """Three of four generated rows lie among real ones; the real ones far away are not met."""
    real = torch.tensor([[0.0], [1], [2], [3], [100], [101]])
    generated = torch.tensor([[0.5], [1.5], [2.5], [50]])
    found = precision_recall(real, generated, k=1)
    assert found.precision == 3 / 4
    # Balls of 1 around three generated rows reach 0 to 3; that of 50, of 47.5, reaches 2.5 to 97.5.
    assert found.recall == 4 / 6


def test_density_and_coverage_by_hand():
    real = torch.tensor([[0.0], [1], [3], [10]])  # to the second neighbour: 3, 2, 3, 9
    generated = torch.tensor([[0.5], [2.0]])  # 0.5 lies in all balls but the last, 2 in all
    found = density_coverage(real, generated, k=2)
    assert found.density == (3 + 4) / 2 / 2
    assert found.coverage == 1
    far = density_coverage(real, torch.tensor([[-2.5]]), k=2)
    assert far == (1 / 2, 1 / 4)


@pytest.mark.parametrize("width", [3, 30])
def test_copies_of_the_data_are_perfect(width):
    x = drawn(200, width)
    assert precision_recall(x, x.clone()) == (1, 1)
    assert density_coverage(x, x.clone()) == (6 / 5, 1)  # on the edge of one more ball each


def test_samples_of_one_distribution_have_their_expected_values():
    """Naeem et al. (2020): density 1, and coverage near 1 - 2^-k."""
    x, y = drawn(3000, 2, 1), drawn(3000, 2, 2)
    for k in (1, 3, 5):
        density, coverage = density_coverage(x, y, k)
        assert density == pytest.approx(1, abs=0.05)
        assert coverage == pytest.approx(1 - 2.0**-k, abs=0.03)
    precision, recall = precision_recall(x, y)
    assert precision > 0.95
    assert recall > 0.95


def test_a_lost_mode_costs_recall_and_coverage_and_an_invented_one_precision():
    near, far = drawn(500, 5, 1), drawn(500, 5, 2) + 100
    both, other = torch.cat((near, far)), drawn(500, 5, 3)
    lost = precision_recall(both, other), density_coverage(both, other)
    assert lost[0].precision > 0.8
    assert lost[0].recall < 0.55
    assert lost[1].coverage < 0.55
    invented = precision_recall(other, both)
    assert 0.4 < invented.precision < 0.55
    assert invented.recall > 0.8


def test_blocks_change_nothing():
    x, y = drawn(150, 20, 1), drawn(120, 20, 2) * 1.2
    for block in (17, 64, 1000):
        assert precision_recall(x, y, 3, block) == precision_recall(x, y)
        assert density_coverage(x, y, 5, block) == density_coverage(x, y)
        assert twins(x, 5.0, block) == twins(x, 5.0)


def test_twins_by_hand():
    x = torch.tensor([[0.0], [1], [1], [1], [5], [5.25]])
    exact = twins(x)
    assert exact == (6, 3, 3)
    assert exact.share == 1 / 2
    assert exact.support == 15 / 3
    assert twins(x, 0.25) == (6, 5, 4)
    assert math.isinf(twins(x[:2]).support)


def test_the_birthday_test_finds_how_many_rows_there_are_to_draw():
    """400 rows drawn from 1,000, over and over: the mean of pairs is 79.8, and so on."""
    support, n = drawn(1000, 20), 400
    generator = torch.Generator().manual_seed(1)
    found = [
        twins(support[torch.randint(1000, (n,), generator=generator)]).pairs for _ in range(40)
    ]
    expected = n * (n - 1) / 2 / 1000
    assert np.mean(found) == pytest.approx(expected, abs=4 * math.sqrt(expected / 40))
    estimate = twins(support[torch.randint(1000, (n,), generator=generator)]).support
    assert 600 < estimate < 1600


def test_class_shares_and_their_divergence_by_hand():
    shares = class_shares(torch.tensor([0, 0, 1, -1]), 3)
    np.testing.assert_allclose(shares, [0.5, 0.25, 0])
    p, q = torch.tensor([0.5, 0.5, 0]).double(), torch.tensor([0.25, 0.5, 0.25]).double()
    assert class_divergence(p, q) == pytest.approx(0.5 * math.log(2), rel=1e-12)
    assert class_divergence(p, p) == 0
    assert class_divergence(q, p) == math.inf


def test_a_collapsed_sample_diverges_by_the_logarithm_of_the_modes_lost():
    uniform = torch.full((1000,), 1e-3, dtype=torch.float64)
    shares = class_shares(torch.arange(99), 1000)
    assert class_divergence(shares, uniform) == pytest.approx(math.log(1000 / 99), rel=1e-9)


def test_rows_near_no_centre_are_of_no_mode():
    centres = torch.tensor([[0.0, 0], [10, 0]])
    x = torch.tensor([[0.0, 3], [9, 0], [5.1, 0], [10, -3.01]])
    assert nearest_modes(x, centres, 3.0).tolist() == [0, 1, -1, -1]


def test_memory_does_not_grow_with_the_square_of_the_rows(peak_bytes):
    x, y = drawn(6000, 30, 1), drawn(6000, 30, 2)
    assert peak_bytes(lambda: precision_recall(x, y)) < 60e6
