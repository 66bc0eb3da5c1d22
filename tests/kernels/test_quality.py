"""Measures of codes, against scikit-learn and scipy, and by hand."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.linalg import subspace_angles
from sklearn.manifold import trustworthiness as peer_trustworthiness
from sklearn.neighbors import KNeighborsClassifier

from embudo.kernels import quality


def data_and_code(n, width, component, dtype=torch.float32):
    """Rows, and a code that keeps a part of them."""
    generator = torch.Generator().manual_seed(n + width)
    x = torch.randn((n, width), generator=generator, dtype=dtype)
    noise = torch.randn((n, component), generator=generator, dtype=dtype)
    return x, x[:, :component] + noise / 2


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("k", [1, 5, 30])
@pytest.mark.parametrize(("n", "width", "component"), [(61, 3, 2), (500, 40, 2), (1300, 60, 20)])
def test_trustworthiness_and_continuity_are_scikit_learns(n, width, component, k, dtype):
    """The peer has all in float64: in float32 it rounds distances until some are equal."""
    x, code = data_and_code(n, width, component, dtype)
    rows, few = x.double().numpy(), code.double().numpy()
    trust = peer_trustworthiness(rows, few, n_neighbors=k)
    continuity = peer_trustworthiness(few, rows, n_neighbors=k)
    assert 0.5 < trust < 0.99
    for block in (None, 128, 77):
        assert quality.trustworthiness(x, code, k, block) == pytest.approx(trust, abs=1e-12)
        assert quality.continuity(x, code, k, block) == pytest.approx(continuity, abs=1e-12)


def test_trustworthiness_by_hand():
    """The last row moves between the first two: three neighbours of rank 4, all else in place."""
    x = torch.tensor([[0.0], [1], [3], [7], [15]])
    code = torch.tensor([[0.0], [1], [3], [7], [0.4]])
    assert quality.trustworthiness(x, code, 1) == pytest.approx(1 - 2 * 9 / (5 * (10 - 3 - 1)))


def test_a_code_that_keeps_all_distances_is_trusted_wholly():
    x, _ = data_and_code(400, 20, 2)
    turned = 3 * x @ torch.linalg.qr(x[:20]).Q + 100
    for code in (x, turned):
        assert quality.trustworthiness(x, code) == quality.continuity(x, code) == 1


def test_a_shuffled_code_is_trusted_by_half():
    x, _ = data_and_code(3000, 20, 2)
    code = x[torch.randperm(3000, generator=torch.Generator().manual_seed(0)), :2]
    assert quality.trustworthiness(x, code) == pytest.approx(0.5, abs=0.015)
    assert quality.continuity(x, code) == pytest.approx(0.5, abs=0.015)


@pytest.mark.parametrize("k", [0, 5, 10])
def test_trustworthiness_refuses_neighbours_beyond_half_of_the_rows(k):
    x, code = data_and_code(10, 3, 2)
    with pytest.raises(ValueError, match=f"k = {k} .* choose k from 1 to 4"):
        quality.trustworthiness(x, code, k)


def test_trustworthiness_needs_no_square_matrix(peak_bytes):
    x, code = data_and_code(4000, 100, 2)
    assert peak_bytes(lambda: quality.trustworthiness(x, code)) < 40e6
    assert peak_bytes(lambda: quality.trustworthiness(x, code, block=300)) < 8e6


@pytest.mark.parametrize("k", [1, 2, 4, 5, 12])
@pytest.mark.parametrize("component", [2, 20])
def test_neighbour_accuracy_is_scikit_learns(k, component):
    rng = np.random.default_rng(component)
    labels = rng.choice([-7, 0, 3, 40], 900)
    codes = (rng.normal(size=(900, component)) + labels[:, None] / 20).astype(np.float32)
    peer = KNeighborsClassifier(k).fit(codes[:600], labels[:600])
    expected = peer.score(codes[600:], labels[600:])
    assert 0.4 < expected < 0.99
    known, told = torch.from_numpy(codes).split([600, 300]), torch.from_numpy(labels)
    for block in (None, 100):
        found = quality.neighbour_accuracy(known[0], told[:600], known[1], told[600:], k, block)
        assert found == pytest.approx(expected, abs=1e-12)


@given(st.lists(st.lists(st.integers(-3, 3), min_size=4, max_size=4), min_size=1, max_size=8))
def test_of_equal_votes_the_smallest_class_is_chosen(votes):
    """Every test row has four training rows around it, which vote."""
    labels = torch.tensor(votes)
    centres = 100 * torch.arange(len(votes))[:, None].float()
    codes = (centres + torch.tensor([-2.0, -1, 1, 2])).reshape(-1, 1)
    majority = [min(sorted(row), key=lambda label, row=row: -row.count(label)) for row in votes]

    def accuracy(told):
        return quality.neighbour_accuracy(codes, labels.reshape(-1), centres, told, 4)

    assert accuracy(torch.tensor(majority)) == 1
    assert accuracy(torch.tensor(majority) + 1) == 0


def test_neighbour_accuracy_of_no_rows_is_not_a_number():
    codes, labels = torch.zeros(6, 2), torch.zeros(6, dtype=torch.int64)
    assert math.isnan(quality.neighbour_accuracy(codes, labels, codes[:0], labels[:0]))


def test_votes_are_counted_in_bounded_memory(peak_bytes):
    codes = torch.randn((500, 2), generator=torch.Generator().manual_seed(1))
    queries, labels = codes.repeat(20, 1), torch.arange(500) % 7

    def count():
        quality.neighbour_accuracy(codes, labels, queries, labels.repeat(20), 100)

    assert peak_bytes(count) < 100e6


def test_peak_signal_to_noise_by_hand():
    zeros, ones = torch.zeros(2, 3, 4), torch.ones(2, 3, 4)
    tenth = torch.stack((zeros[0] + 0.1, zeros[1] + 0.01)).double()
    np.testing.assert_allclose(quality.peak_signal_to_noise(tenth, zeros.double()), [20, 40])
    np.testing.assert_allclose(quality.peak_signal_to_noise(zeros, ones, 10.0), [20, 20])
    assert quality.peak_signal_to_noise(ones, ones).tolist() == [math.inf, math.inf]
    assert len(quality.peak_signal_to_noise(ones[:0], ones[:0])) == 0


def test_peak_signal_to_noise_of_many_rows(peak_bytes):
    generator = torch.Generator().manual_seed(2)
    x, y = torch.rand((2, 30_000, 400), generator=generator)
    expected = -10 * (x.double() - y).square().mean(1).log10()
    np.testing.assert_allclose(quality.peak_signal_to_noise(x, y), expected, rtol=1e-12)
    assert peak_bytes(lambda: quality.peak_signal_to_noise(x, y)) < 75e6


@pytest.mark.parametrize("peak", [0.0, -1.0, math.nan])
def test_a_peak_that_is_not_positive_is_refused(peak):
    with pytest.raises(ValueError, match=f"peak = {peak} .* give a number above 0"):
        quality.peak_signal_to_noise(torch.zeros(1, 2), torch.ones(1, 2), peak)


@given(st.integers(1, 12), st.integers(1, 8), st.integers(1, 8), st.integers(0, 10**6))
def test_principal_angles_are_scipys(rows, one, other, seed):
    rng = np.random.default_rng(seed)
    a, b = rng.normal(size=(rows, one)), rng.normal(size=(rows, other))
    found = quality.principal_angles(torch.from_numpy(a), torch.from_numpy(b))
    np.testing.assert_allclose(found, subspace_angles(a, b), atol=2e-7)


@pytest.mark.parametrize("small", [1e-14, 1e-9, 1e-4, 0.7, 1.5])
def test_angles_of_all_sizes_keep_their_digits(small):
    """Two planes turned by known angles against the axes, spanned by other vectors of theirs."""
    angles = torch.tensor([math.pi / 2 - 1e-9, small], dtype=torch.float64)
    a = torch.zeros((6, 2), dtype=torch.float64)
    b = torch.zeros((6, 3), dtype=torch.float64)
    a[0, 0] = a[1, 1] = b[4, 2] = 1
    for i, angle in enumerate(angles):
        b[i, i], b[i + 2, i] = angle.cos(), angle.sin()
    mixed = b @ torch.tensor([[1.0, 2, 0], [0, 1, 1], [3, 0, 1]], dtype=torch.float64)
    expected = angles.sort(descending=True).values
    for one, two in ((a, mixed), (mixed, a)):
        found = quality.principal_angles(one, two)
        np.testing.assert_allclose(found, expected, rtol=1e-14, atol=2e-15)


def test_directions_that_repeat_others_do_not_count():
    a = torch.eye(4)[:, :2]
    repeated = torch.stack((a[:, 0], 2 * a[:, 0], torch.zeros(4)), 1)
    np.testing.assert_allclose(quality.principal_angles(a, repeated), [0], atol=1e-15)
    assert len(quality.principal_angles(a, torch.zeros(4, 2))) == 0
    across = torch.eye(4)[:, 2:]
    np.testing.assert_allclose(quality.principal_angles(a, across), [math.pi / 2] * 2)
