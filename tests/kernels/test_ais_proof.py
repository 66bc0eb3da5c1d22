"""Annealing agrees with enumeration, quadrature and closed forms, for every kind of unit."""

import numpy as np
import pytest
import torch

from embudo.kernels import ais
from embudo.kernels.energies import Machine
from embudo.kernels.units import HIDDEN, Bernoulli, Gaussian, Mixed, Softmax
from oracles import gaussian_pair
from oracles.general import GeneralRBM

KINDS = [
    ((("bernoulli", 1),) * 6, "bernoulli"),
    ((("softmax", 3),) * 3, "bernoulli"),
    ((("gaussian", 1),) * 2, "bernoulli"),
    ((("bernoulli", 1), ("gaussian", 1), ("softmax", 3)), "bernoulli"),
    ((("bernoulli", 1),) * 6, "relu"),
    ((("softmax", 3),) * 3, "relu"),
    ((("gaussian", 1),) * 2, "relu"),
    ((("bernoulli", 1),) * 6, "gaussian"),
    ((("gaussian", 1),) * 2, "gaussian"),
    ((("bernoulli", 1), ("gaussian", 1), ("softmax", 3)), "gaussian"),
]
MODELS_OF_EACH = 5  # fifty models


def machine_of(oracle):
    units = {"bernoulli": Bernoulli(), "gaussian": Gaussian(), "softmax": Softmax(3)}
    parts = tuple((units[kind], k) for kind, k in oracle.variables)
    tensors = (torch.from_numpy(part).float() for part in (oracle.W, oracle.a, oracle.b))
    return Machine(*tensors, Mixed(parts), HIDDEN[oracle.hidden])


def models():
    for variables, hidden in KINDS:
        for seed in range(MODELS_OF_EACH):
            oracle = GeneralRBM.random(variables, hidden, n_hidden=3, seed=seed, scale=0.5)
            yield oracle, machine_of(oracle)


def drawn(oracle, n, rng):
    """Exact samples; real units stand on the nodes of a rule that integrates what is smooth."""
    V, _ = oracle.visible_table()
    p = oracle.visible_probabilities()
    return torch.from_numpy(V[rng.choice(len(V), n, p=p / p.sum())]).float()


@pytest.mark.slow
def test_fifty_models_agree_within_three_standard_errors_from_both_sides():
    generator, rng = torch.Generator().manual_seed(0), np.random.default_rng(0)
    betas = ais.default_betas(28)
    scores, errors = [], []
    for oracle, machine in models():
        path = ais.RestrictedPath(machine, torch.zeros(len(oracle.a)))
        exact = oracle.log_partition()
        forward = ais.log_partition(path, betas, 100, generator)
        samples = drawn(oracle, 100, rng)
        reverse = ais.reverse_log_partition(path, betas, samples, generator)
        scores.append([(e.value - exact) / e.error for e in (forward, reverse)])
        errors.append([forward.error, reverse.error])
    scores = np.abs(scores)
    assert len(scores) == 50
    assert np.median(errors) < 0.05
    assert (scores > 3).sum(0).max() <= 1
    assert scores.mean() > 0.5  # the errors are not merely large: |N(0, 1)| has the mean 0.8


@pytest.mark.slow
def test_the_pair_brackets_the_truth_on_average():
    """Few temperatures and few chains lie off by nearly half the variance, on either side."""
    generator, rng = torch.Generator().manual_seed(1), np.random.default_rng(1)
    betas = torch.tensor([0, 0.5, 1])
    off = []
    for oracle, machine in models():
        path = ais.RestrictedPath(machine, torch.zeros(len(oracle.a)))
        exact = oracle.log_partition()
        for _ in range(8):
            forward = ais.log_partition(path, betas, 2, generator)
            samples = drawn(oracle, 2, rng)
            reverse = ais.reverse_log_partition(path, betas, samples, generator)
            off.append((forward.value - exact, reverse.value - exact))
    low, high = np.mean(off, 0)
    error_low, error_high = np.std(off, 0) / np.sqrt(len(off))
    assert low < -3 * error_low
    assert high > 3 * error_high


@pytest.mark.parametrize("gain", [0.3, 0.8])
def test_two_real_layers_have_the_determinant(gain):
    rng = np.random.default_rng(2)
    W = rng.normal(size=(12, 7))
    W *= gain / np.linalg.norm(W, 2)
    a, b = rng.normal(size=12), rng.normal(size=7)
    tensors = (torch.from_numpy(part).float() for part in (W, a, b))
    machine = Machine(*tensors, Gaussian(), HIDDEN["gaussian"])
    generator = torch.Generator().manual_seed(2)
    path = ais.RestrictedPath(machine, torch.zeros(12))
    found = ais.log_partition(path, ais.default_betas(300), 200, generator)
    assert abs(found.value - gaussian_pair.log_partition(W, a, b)) < 3 * found.error < 0.3


@pytest.mark.parametrize(
    "step", [(0.4, 0.4001), (0.4001, 0.4), (0.0, 1e-3), (1.0, 0.0), (0.0, 1.0)]
)
@pytest.mark.parametrize("kind", HIDDEN)
def test_a_change_of_temperature_is_as_exact_as_the_field(kind, step):
    field = torch.linspace(-60, 60, 1001)
    found = HIDDEN[kind].log_normaliser_change(field[:, None], *step)
    wide = [HIDDEN[kind].log_normaliser(beta * field[:, None].double()) for beta in step]
    assert found.dtype == torch.float64
    torch.testing.assert_close(found, wide[1] - wide[0], rtol=1e-5, atol=1e-12)


def test_accuracy_does_not_suffer_from_many_temperatures():
    """Without weights every path has the same weight, whatever is added up on the way."""
    biases = torch.linspace(-3, 3, 200)
    machine = Machine(
        torch.zeros(50, 200), torch.linspace(-1, 1, 50), biases, *[HIDDEN["bernoulli"]] * 2
    )
    exact = sum(np.logaddexp(0, part.double().numpy()).sum() for part in machine[1:3])
    generator = torch.Generator().manual_seed(3)
    path = ais.RestrictedPath(machine, machine.visible_bias + 0.0)
    found = ais.log_partition(path, ais.default_betas(1500), 2, generator)
    assert found.value == pytest.approx(float(exact), abs=1e-4)


def test_progress_is_told_after_every_temperature():
    machine = Machine(torch.zeros(2, 2), torch.zeros(2), torch.zeros(2), *[HIDDEN["bernoulli"]] * 2)
    told = []
    path, betas = ais.RestrictedPath(machine, torch.zeros(2)), torch.linspace(0, 1, 5)
    ais.log_partition(path, betas, 3, torch.Generator(), told.append)
    assert told == [1, 2, 3, 4]
