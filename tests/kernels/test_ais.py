"""Annealed importance sampling agrees with enumeration."""

import pytest
import torch

from embudo.kernels import ais, partition
from embudo.kernels.energies import Machine
from embudo.kernels.units import HIDDEN


@pytest.mark.parametrize("visible", ["bernoulli", "gaussian"])
@pytest.mark.parametrize(("n_visible", "n_hidden"), [(12, 8), (8, 14)])
def test_estimate_agrees_with_enumeration_within_its_error(
    visible: str, n_visible: int, n_hidden: int
) -> None:
    generator = torch.Generator().manual_seed(0)
    machine = Machine(
        torch.randn(n_visible, n_hidden, generator=generator) * 0.5,
        torch.randn(n_visible, generator=generator),
        torch.randn(n_hidden, generator=generator),
        HIDDEN[visible],
        HIDDEN["bernoulli"],
    )
    path = ais.RestrictedPath(machine, torch.zeros(n_visible))
    estimate = ais.log_partition(path, ais.default_betas(500), 200, generator)
    exact = float(partition.log_partition(machine.to(torch.float64)))
    assert abs(estimate.value - exact) < 3 * estimate.error
    assert 0 < estimate.error < 0.15
    assert 1 < estimate.effective_chains <= 200


def test_weightless_machine_is_exact() -> None:
    machine = Machine(
        torch.zeros(5, 3), torch.linspace(-1, 1, 5), torch.zeros(3), *[HIDDEN["bernoulli"]] * 2
    )
    generator = torch.Generator().manual_seed(1)
    path = ais.RestrictedPath(machine, machine.visible_bias)
    estimate = ais.log_partition(path, ais.default_betas(10), 4, generator)
    assert estimate.value == pytest.approx(float(partition.log_partition(machine)), abs=1e-5)
    assert estimate.error == pytest.approx(0.0, abs=1e-6)


def test_temperatures_rise_from_0_to_1() -> None:
    betas = ais.default_betas(1000)
    assert float(betas[0]) == 0.0
    assert float(betas[-1]) == 1.0
    assert bool((betas.diff() > 0).all())
    assert abs(len(betas) - 1000) < 5
