"""Distances between sets of rows, against closed forms and peers."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.linalg import sqrtm

from embudo.kernels.distances import Moments, frechet_distance, kernel_distance, moments


def drawn(n, width, seed=0):
    return torch.randn((n, width), generator=torch.Generator().manual_seed(seed)).double()


def rows_with(mean, covariance, n=200):
    """Rows whose mean and covariance are exactly these."""
    x = drawn(n, len(mean))
    x -= x.mean(0)
    white = x @ torch.linalg.inv(torch.linalg.cholesky(x.T @ x / (n - 1))).T
    return white @ torch.linalg.cholesky(covariance).T + mean


def positive(width, seed):
    a = drawn(width, width, seed)
    return a @ a.T + 0.1 * torch.eye(width)


@given(st.integers(2, 60), st.integers(1, 9), st.integers(1, 70), st.floats(-1e6, 1e6))
def test_moments_are_numpys_whatever_the_block(n, width, block, offset):
    x = drawn(n, width, n + width) + offset
    found = moments(x, block)
    np.testing.assert_allclose(found.mean, x.numpy().mean(0), rtol=1e-12, atol=1e-12)
    expected = np.cov(x.numpy(), rowvar=False).reshape(width, width)
    np.testing.assert_allclose(found.covariance, expected, rtol=1e-9, atol=1e-9)


def test_one_row_has_no_covariance():
    with pytest.raises(ValueError, match="1 rows have no covariance"):
        moments(torch.zeros(1, 3))


def test_distance_of_two_normal_distributions_on_a_line():
    """(m - n)^2 + (s - t)^2."""
    a = Moments(torch.tensor([1.0]).double(), torch.tensor([[4.0]]).double())
    b = Moments(torch.tensor([-2.0]).double(), torch.tensor([[25.0]]).double())
    assert frechet_distance(a, b) == pytest.approx(9 + 9, rel=1e-14)


@pytest.mark.parametrize("width", [1, 3, 20])
def test_distance_of_samples_with_known_moments(width):
    """Against the root of the product, by another way, in general position."""
    mean, other = drawn(2, width, 5)
    a, b = positive(width, 1), positive(width, 2)
    found = frechet_distance(moments(rows_with(mean, a)), moments(rows_with(other, b)))
    root = np.real(sqrtm((a @ b).numpy()))
    expected = (mean - other).square().sum() + a.trace() + b.trace() - 2 * np.trace(root)
    assert found == pytest.approx(float(expected), rel=1e-8)


def test_distance_is_what_the_best_transport_costs():
    """The map T, symmetric and positive, is the cheapest from N(0, A) to N(0, TAT)."""
    a, t = positive(12, 3), positive(12, 4)
    zero = torch.zeros(12, dtype=torch.float64)
    cost = ((t - torch.eye(12)) @ a @ (t - torch.eye(12))).trace()
    found = frechet_distance(Moments(zero, a), Moments(zero, t @ a @ t))
    assert found == pytest.approx(float(cost), rel=1e-10)


def test_covariances_without_full_rank_lose_no_digits():
    """Five rows of 40 numbers, moved along one axis and stretched by 3."""
    x = drawn(5, 40)
    shift = torch.zeros(40, dtype=torch.float64)
    shift[0] = 0.5
    a = moments(x)
    assert frechet_distance(a, a) < 1e-12
    assert frechet_distance(a, moments(x + shift)) == pytest.approx(0.25, abs=1e-12)
    centred = moments(x - x.mean(0))
    thrice = moments(3 * (x - x.mean(0)))
    expected = 4 * float(a.covariance.trace())
    assert frechet_distance(centred, thrice) == pytest.approx(expected, rel=1e-12)


def test_distance_is_symmetric_and_blind_to_rotations():
    a, b = moments(drawn(50, 8, 1)), moments(2 * drawn(60, 8, 2) + 1)
    turn = torch.linalg.qr(drawn(8, 8, 3)).Q
    turned = [Moments(turn @ m.mean, turn @ m.covariance @ turn.T) for m in (a, b)]
    expected = frechet_distance(a, b)
    assert frechet_distance(b, a) == pytest.approx(expected, rel=1e-12)
    assert frechet_distance(*turned) == pytest.approx(expected, rel=1e-12)


def test_kernel_distance_is_written_out():
    """All rows in one subset, by two loops."""
    x, y = drawn(7, 3, 1).numpy(), 2 * drawn(7, 3, 2).numpy()

    def k(a, b):
        return (a @ b / 3 + 1) ** 3

    pairs = [(i, j) for i in range(7) for j in range(7)]
    apart = [(i, j) for i, j in pairs if i != j]
    expected = sum(k(x[i], x[j]) + k(y[i], y[j]) for i, j in apart) / len(apart)
    expected -= 2 * sum(k(x[i], y[j]) for i, j in pairs) / len(pairs)
    tensors = torch.from_numpy(x), torch.from_numpy(y)
    found = kernel_distance(*tensors, torch.Generator().manual_seed(0), n_subsets=3, size=7)
    assert found.mean == pytest.approx(expected, rel=1e-12)
    assert found.deviation == pytest.approx(0, abs=1e-12)


def test_kernel_distance_of_one_distribution_is_zero_in_expectation():
    """Subsets of eight: a biased estimate would give many standard errors more."""
    found = [
        kernel_distance(
            drawn(8, 4, 2 * seed),
            drawn(8, 4, 2 * seed + 1),
            torch.Generator().manual_seed(0),
            n_subsets=1,
            size=8,
        ).mean
        for seed in range(1000)
    ]
    error = np.std(found) / math.sqrt(len(found))
    assert abs(np.mean(found)) < 3 * error
    assert error < 0.1


@pytest.mark.slow
def test_kernel_distance_of_a_shift():
    """For numbers, E(xy + 1)^3 of N(m, 1) and N(n, 1) by the moments 1, m, m^2 + 1, m^3 + 3m."""
    m = 0.7

    def expected(a, b):
        first, second = ([1, c, c**2 + 1, c**3 + 3 * c] for c in (a, b))
        return sum(math.comb(3, i) * first[i] * second[i] for i in range(4))

    truth = expected(0, 0) + expected(m, m) - 2 * expected(0, m)
    x, y = drawn(60_000, 1, 1), drawn(60_000, 1, 2) + m
    found = kernel_distance(x, y, torch.Generator().manual_seed(0))
    error = found.deviation * math.sqrt(1 / 100 + 1 / 60)  # 100 subsets of rows for 60
    assert found.mean == pytest.approx(truth, abs=4 * error)
    assert found.deviation < truth


def test_kernel_distance_repeats_itself_and_leaves_the_global_seed_alone():
    x, y = drawn(300, 5, 1), drawn(200, 5, 2)
    state = torch.get_rng_state()
    both = [
        kernel_distance(x, y, torch.Generator().manual_seed(3), n_subsets=5, size=50)
        for _ in range(2)
    ]
    assert both[0] == both[1]
    assert torch.equal(state, torch.get_rng_state())


@pytest.mark.parametrize("size", [1, 21])
def test_subsets_that_cannot_be_drawn_are_refused(size):
    with pytest.raises(ValueError, match=f"subsets of {size} rows .* choose 2 to 20"):
        kernel_distance(drawn(20, 2), drawn(30, 2), torch.Generator(), size=size)


def test_memory_is_bounded(peak_bytes):
    x = torch.zeros(50_000, 300)
    assert peak_bytes(lambda: moments(x)) < 120e6
    some = x[:5000]
    assert peak_bytes(lambda: kernel_distance(some, some, torch.Generator(), n_subsets=2)) < 60e6


def test_distances_are_torchmetrics():
    """Where it is installed; it has its own way to the root, and takes any features."""
    image = pytest.importorskip("torchmetrics.image")
    x, y = drawn(400, 16, 1), 1.5 * drawn(400, 16, 2) + 0.3

    class Rows(torch.nn.Module):
        num_features = 16

        def forward(self, rows):
            return rows

    peer = image.fid.FrechetInceptionDistance(feature=Rows()).set_dtype(torch.float64)
    peer.update(x, real=True)
    peer.update(y, real=False)
    assert frechet_distance(moments(x), moments(y)) == pytest.approx(
        float(peer.compute()), rel=1e-6
    )
