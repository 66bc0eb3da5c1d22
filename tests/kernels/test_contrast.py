"""The closed-form gradient equals automatic differentiation, plain, weighted and centred."""

import numpy as np
import pytest
import torch

from embudo.kernels.contrast import Moments, Phase, centre, contrast, difference, moments
from embudo.kernels.energies import free_energy, hidden_mean
from embudo.kernels.partition import model_moments
from oracles.binary import BinaryRBM
from oracles.gaussian import GaussianRBM

CLOSE = {"rtol": 0, "atol": 1e-12}
ROWS, CHAINS = 7, 4  # a short batch against fewer chains


def draw_rows(machine, n, seed):
    rng = np.random.default_rng(seed)
    size = (n, len(machine.visible_bias))
    binary = machine.visible.name == "bernoulli"
    return torch.from_numpy(rng.integers(0, 2, size) * 1.0 if binary else rng.normal(0, 1, size))


def draw_weights(n, seed):
    return torch.from_numpy(np.random.default_rng(seed).uniform(0.1, 2, n)) / n


def means(v, machine):
    return hidden_mean(v, machine)


def phase(machine, v, row_weight=None):
    return Phase(v, means(v, machine), row_weight)


def tensors(parts):
    return parts.dense() if isinstance(parts, Moments) else parts


def closed_form(machine, data, model, data_weight=None, model_weight=None):
    return contrast(phase(machine, data, data_weight), phase(machine, model, model_weight))


def rebuilt(machine, parts):
    return machine._replace(weight=parts[0], visible_bias=parts[1], hidden_bias=parts[2])


def by_autograd(loss, machine):
    leaves = [t.clone().requires_grad_() for t in machine[:3]]
    with torch.enable_grad():
        value = loss(rebuilt(machine, leaves))
        return torch.autograd.grad(value, leaves)


def total_free_energy(v, machine, weight=None, observed=None):
    energies = free_energy(v, machine, observed)
    return energies.mean() if weight is None else weight @ energies


def assert_same(found, expected):
    for name, one, other in zip(Moments._fields, tensors(found), tensors(expected), strict=True):
        torch.testing.assert_close(one, other, **CLOSE, msg=lambda text, n=name: f"{n}: {text}")


@pytest.fixture(params=[BinaryRBM, GaussianRBM], ids=["binary", "gaussian"])
def machine(request, machine_of):
    return machine_of(request.param.random(5, 3))


@pytest.mark.parametrize("data_weighted", [False, True], ids=["equal rows", "weighted rows"])
@pytest.mark.parametrize("model_weighted", [False, True], ids=["equal chains", "weighted chains"])
def test_contrast_is_the_gradient_of_the_free_energy_difference(
    machine, data_weighted, model_weighted
):
    data, model = draw_rows(machine, ROWS, 1), draw_rows(machine, CHAINS, 2)
    data_weight = draw_weights(ROWS, 3) if data_weighted else None
    model_weight = draw_weights(CHAINS, 4) if model_weighted else None
    expected = by_autograd(
        lambda m: (
            total_free_energy(data, m, data_weight) - total_free_energy(model, m, model_weight)
        ),
        machine,
    )
    assert_same(closed_form(machine, data, model, data_weight, model_weight), expected)


def test_missing_entries_drop_out_of_both_phases(machine):
    observed = torch.from_numpy((np.random.default_rng(5).random((ROWS, 1)) < 0.5) * 1.0)
    observed = torch.cat((observed, torch.ones(ROWS, len(machine.visible_bias) - 1)), 1)
    data = draw_rows(machine, ROWS, 1) * observed
    model = draw_rows(machine, ROWS, 2) * observed
    weight = draw_weights(ROWS, 3)
    expected = by_autograd(
        lambda m: (
            total_free_energy(data, m, weight, observed)
            - total_free_energy(model, m, weight, observed)
        ),
        machine,
    )
    assert_same(closed_form(machine, data, model, weight, weight), expected)


def test_a_whole_weight_equals_the_row_standing_there_as_often(machine):
    times = torch.tensor([1, 3, 2, 1])
    data, model = draw_rows(machine, 4, 1), draw_rows(machine, CHAINS, 2)
    weighted = closed_form(machine, data, model, times / times.sum().double())
    assert_same(weighted, closed_form(machine, data.repeat_interleave(times, 0), model))


def test_weights_are_taken_as_they_are(machine):
    data, model = draw_rows(machine, ROWS, 1), draw_rows(machine, ROWS, 2)
    weight = draw_weights(ROWS, 3)
    once = closed_form(machine, data, model, weight, weight)
    thrice = closed_form(machine, data, model, 3 * weight, 3 * weight)
    assert_same(thrice, [3 * part for part in once.dense()])


def test_data_distributed_like_the_model_leave_nothing_to_learn(binary, machine_of):
    machine = machine_of(binary)
    V = torch.from_numpy(binary.visible_states)
    p = torch.from_numpy(binary.visible_probabilities())
    data = moments(phase(machine, V, p))
    nothing = [torch.zeros_like(t) for t in data.dense()]
    assert_same(difference(data, model_moments(machine)), nothing)
    after_a_sweep = p @ torch.from_numpy(binary.transition())
    found = contrast(phase(machine, V, p), phase(machine, V, after_a_sweep))
    assert_same(found, nothing)


def test_exact_gradient_is_the_slope_of_the_log_likelihood(binary, machine_of):
    machine = machine_of(binary)
    V, weight = binary.visible_states[1::2], np.arange(1.0, 1 + len(binary.visible_states) // 2)
    weight /= weight.sum()
    data = torch.from_numpy(V)
    found = difference(
        moments(phase(machine, data, torch.from_numpy(weight))), model_moments(machine)
    )
    for part, name in zip(found.dense(), ("W", "a", "b"), strict=True):
        slopes = slopes_of_log_likelihood(binary, name, V, weight)
        np.testing.assert_allclose(part, -slopes, rtol=0, atol=1e-8)


def slopes_of_log_likelihood(oracle, name, V, weight, step=1e-5):
    values = getattr(oracle, name)
    slopes = np.empty_like(values)
    for index in np.ndindex(values.shape):
        ends = []
        for sign in (1, -1):
            moved = values.copy()
            moved[index] += sign * step
            parts = {"W": oracle.W, "a": oracle.a, "b": oracle.b, name: moved}
            ends.append(BinaryRBM(**parts).log_likelihood(V, weight))
        slopes[index] = (ends[0] - ends[1]) / (2 * step)
    return slopes


def offsets(machine):
    rng = np.random.default_rng(8)
    return tuple(torch.from_numpy(rng.random(len(t))) for t in machine[1:3])


def test_centred_gradient_is_taken_in_centred_coordinates_and_carried_back(machine):
    """In (v - m) and (h - l) the biases are a + W l and b + W' m, and W stays as it is."""
    data, model = draw_rows(machine, ROWS, 1), draw_rows(machine, CHAINS, 2)
    m, l = offsets(machine)

    def plain(weight, visible_bias, hidden_bias):
        return weight, visible_bias - weight @ l, hidden_bias - weight.t() @ m

    def loss(centred):
        actual = rebuilt(machine, plain(*centred[:3]))
        return total_free_energy(data, actual) - total_free_energy(model, actual)

    weight, a, b = machine[:3]
    centred = machine._replace(visible_bias=a + weight @ l, hidden_bias=b + weight.t() @ m)
    expected = plain(*by_autograd(loss, centred))
    assert_same(centre(closed_form(machine, data, model), m, l), expected)


def test_centring_at_zero_changes_nothing(machine):
    gradient = closed_form(machine, draw_rows(machine, ROWS, 1), draw_rows(machine, CHAINS, 2))
    zeros = (torch.zeros_like(machine.visible_bias), torch.zeros_like(machine.hidden_bias))
    assert_same(centre(gradient, *zeros), gradient)


def flip_visible(parts, flipped):
    """Carry parameters, or an update of them, to the machine that sees some bits as 1 - v."""
    weight, visible, hidden = tensors(parts)
    sign = 1 - 2 * flipped
    return (weight * sign[:, None], visible * sign, hidden + flipped @ weight)


def flip_hidden(parts, flipped):
    weight, visible, hidden = tensors(parts)
    sign = 1 - 2 * flipped
    return (weight * sign, visible + weight @ flipped, hidden * sign)


def update(machine, data, model, m=None, l=None):
    plain = closed_form(machine, data, model)
    return plain if m is None else centre(plain, m, l)


def test_flipped_bits_of_the_data_do_not_matter_to_the_centred_update(binary, machine_of):
    machine = machine_of(binary)
    data, model = draw_rows(machine, ROWS, 1), draw_rows(machine, CHAINS, 2)
    m, l = offsets(machine)
    flipped = torch.zeros_like(m)
    flipped[[0, 2]] = 1
    other = rebuilt(machine, flip_visible(machine[:3], flipped))
    data_2, model_2, m_2 = (x + flipped - 2 * x * flipped for x in (data, model, m))
    expected = flip_visible(update(machine, data, model, m, l), flipped)
    assert_same(update(other, data_2, model_2, m_2, l), expected)
    plain = flip_visible(update(machine, data, model), flipped)
    assert not torch.allclose(update(other, data_2, model_2).dense()[0], plain[0], atol=1e-3)


def test_flipped_hidden_units_do_not_matter_to_the_centred_update(binary, machine_of):
    machine = machine_of(binary)
    data, model = draw_rows(machine, ROWS, 1), draw_rows(machine, CHAINS, 2)
    m, l = offsets(machine)
    flipped = torch.zeros_like(l)
    flipped[[1]] = 1
    other = rebuilt(machine, flip_hidden(machine[:3], flipped))
    l_2 = l + flipped - 2 * l * flipped
    expected = flip_hidden(update(machine, data, model, m, l), flipped)
    assert_same(update(other, data, model, m, l_2), expected)


@pytest.mark.parametrize(("rows", "chains"), [(100, 64), (60, 100), (37, 100), (100, 100)])
def test_low_precision_rounds_entries_but_does_not_shift_them_all(generator, rows, chains):
    v, v_model = (
        torch.rand(n, 500, generator=generator).lt(0.7).bfloat16() for n in (rows, chains)
    )
    h, h_model = (torch.rand(n, 300, generator=generator).bfloat16() for n in (rows, chains))
    found = contrast(Phase(v, h), Phase(v_model, h_model))
    expected = contrast(Phase(v.double(), h.double()), Phase(v_model.double(), h_model.double()))
    for part, exact in zip(found.dense(), expected.dense(), strict=True):
        assert abs(float((part.double() - exact).mean())) < 4e-4
