"""Sparsity: the penalty is a Kullback-Leibler divergence, and its gradient is its own."""

import numpy as np
import pytest
import torch

from embudo.kernels.energies import hidden_field
from embudo.kernels.losses import sparsity_gradient, sparsity_penalty
from oracles.binary import BinaryRBM

TARGET = 0.1


def test_penalty_sums_the_divergence_of_each_unit():
    activity = np.array([0.1, 0.3, 0.9])
    parts = [
        TARGET * np.log(TARGET / q) + (1 - TARGET) * np.log((1 - TARGET) / (1 - q))
        for q in activity
    ]
    found = sparsity_penalty(torch.from_numpy(activity), TARGET)
    assert float(found) == pytest.approx(sum(parts), abs=1e-14)
    assert float(sparsity_penalty(torch.full((4,), TARGET), TARGET)) == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize("weighted", [False, True])
def test_gradient_equals_automatic_differentiation(binary, machine_of, weighted):
    machine = machine_of(binary)
    v = torch.from_numpy(binary.visible_states[1:])
    weight = torch.linspace(0.1, 2, len(v), dtype=torch.float64) if weighted else None
    shares = torch.ones(len(v), dtype=torch.float64) if weight is None else weight
    parameters = [t.clone().requires_grad_() for t in (machine.weight, machine.hidden_bias)]
    actual = machine._replace(weight=parameters[0], hidden_bias=parameters[1])
    activity = shares / shares.sum() @ torch.sigmoid(hidden_field(v, actual))
    weight_slope, hidden_slope = torch.autograd.grad(sparsity_penalty(activity, TARGET), parameters)
    h = torch.sigmoid(hidden_field(v, machine))
    found = sparsity_gradient(v, h, TARGET, weight)
    torch.testing.assert_close(found.weight.dense(), weight_slope, rtol=0, atol=1e-12)
    torch.testing.assert_close(found.hidden, hidden_slope, rtol=0, atol=1e-12)
    assert not found.visible.any()


def test_units_that_are_always_on_or_off_give_a_finite_pull(machine_of):
    machine = machine_of(BinaryRBM(np.zeros((3, 2)), np.zeros(3), np.array([800.0, -800.0])))
    v = torch.ones(4, 3, dtype=torch.float64)
    found = sparsity_gradient(v, torch.sigmoid(hidden_field(v, machine)), TARGET)
    assert all(part.isfinite().all() for part in found.dense())
