"""A diagnosis finds what was done to the model, and nothing where nothing was."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from embudo.data.batches import Batch
from embudo.modules.examination import diagnose
from embudo.modules.rbm import RBMModule

N = 12


@pytest.fixture
def healthy():
    """Pairs of visible units that agree, four in five times, each held by a hidden unit."""
    module = RBMModule([("bernoulli", 1, N)], N // 2, "bernoulli", 4)
    for j in range(N // 2):
        module.weight[2 * j : 2 * j + 2, j] = 3.0
    module.visible_bias.fill_(-1.5)
    module.hidden_bias.fill_(-3.0)
    return module


def rows(n, seed):
    """What that model generates: h is a fair coin, v_i is on with sigmoid(3 h - 1.5)."""
    rng = np.random.default_rng(seed)
    h = np.repeat(rng.random((n, N // 2)) < 0.5, 2, 1)
    v = rng.random((n, N)) < 1 / (1 + np.exp(-(3.0 * h - 1.5)))
    return Batch(torch.from_numpy(v).float())


def examined(module, data, validation=None, **more):
    settings = {"n_chains": 40, "steps": 200, "training_sweeps": 10_000, "gap_growth": None}
    generator = torch.Generator().manual_seed(0)
    return diagnose(module, data, validation, **{**settings, **more}, generator=generator)


def test_a_model_of_the_data_is_healthy(healthy):
    found = examined(healthy, rows(2000, 0), rows(2000, 1), steps=1000)
    assert found.r_hat == pytest.approx(1, abs=0.02)
    assert 1 <= found.autocorrelation_time < 5
    difference = found.free_energy_of_data - found.free_energy_of_chains
    assert abs(difference) < 5 * found.free_energy_spread / 2000**0.5
    assert abs(found.free_energy_gap) < 4 * found.free_energy_gap_error
    assert abs(found.nearer_data - 0.5) < 4 * found.nearer_data_error
    assert max(found.visible_error, found.hidden_error, found.correlation_error) < 0.03
    assert found.singular_values == pytest.approx((3 * 2**0.5,) * 6)
    assert found.effective_rank == pytest.approx(6)
    assert (found.dead, found.saturated, found.undecided) == ((), (), ())
    assert found.readings == (
        "Nothing conspicuous: the chains mix, and their states look like the data.",
    )


def test_missing_entries_are_drawn_from_the_model(healthy):
    """The free energy of completed rows is that of the model's own rows."""
    data = rows(2000, 0)
    observed = torch.rand(data.x.shape, generator=torch.Generator().manual_seed(5)).round()
    found = examined(healthy, Batch(data.x * observed, observed))
    difference = found.free_energy_of_data - found.free_energy_of_chains
    assert abs(difference) < 5 * found.free_energy_spread / 2000**0.5


def test_chains_that_remember_their_start_are_found(healthy):
    """One switch holds all units: chains from the data stay on, those from base rates off.

    Both sides have the same free energies, so that these alone would not tell.
    """
    healthy.weight.zero_()
    healthy.weight[:, 0] = 12.0
    healthy.visible_bias.fill_(-6.0)
    healthy.hidden_bias.fill_(-72.0)
    found = examined(healthy, Batch(torch.ones(50, N)))
    assert found.r_hat > 1.5
    readings = " ".join(found.readings)
    assert "The chains do not mix" in readings
    assert "fantasies come after 200 sweeps, but the training's chains walked 10,000" in readings


def test_data_the_model_does_not_generate_are_found(healthy):
    v = rows(500, 0).x
    v[:, ::2] = 1 - v[:, 1::2]  # pairs that disagree
    found = examined(healthy, Batch(v), training_sweeps=1)
    assert found.correlation_error > 0.05
    readings = " ".join(found.readings)
    assert "the model does not generate what it was shown" in readings
    assert "made 1 sweeps from the data" in readings


def test_units_that_have_not_learned_are_neither_dead_nor_saturated(healthy):
    healthy.weight[:, 1:3] = 0
    healthy.hidden_bias[1:3] = torch.tensor([-0.3, 0.2])
    found = examined(healthy, rows(500, 0))
    assert (found.dead, found.saturated, found.undecided) == ((), (), (1, 2))
    assert "hardly tell one row from another: 2." in " ".join(found.readings)


def test_idle_units_are_counted(healthy):
    healthy.weight[:, 1:3] = 0
    healthy.hidden_bias[1], healthy.hidden_bias[2] = -9, 9
    found = examined(healthy, rows(500, 0))
    assert (found.dead, found.saturated) == ((1,), (2,))
    readings = " ".join(found.readings)
    assert "Hidden units that are dead, whatever the row is: 1." in readings
    assert "Hidden units that are always on, whatever the row is: 1." in readings


def test_rows_known_by_heart_are_found():
    """A machine whose hidden units each hold one row of the data, and no other."""
    known, fresh = (
        torch.randint(2, (8, 40), generator=torch.Generator().manual_seed(s)) for s in (0, 1)
    )
    module = RBMModule([("bernoulli", 1, 40)], 8, "bernoulli", 4)
    signs = (2.0 * known - 1).t()
    module.weight.copy_(5 * signs)
    energy = torch.nn.functional.softplus(5 * signs).sum(0)
    module.hidden_bias.copy_(40 * np.log(2) - energy)
    found = examined(module, Batch(known.float()), Batch(fresh.float()), n_chains=100)
    assert found.free_energy_gap > 20
    assert "Rows that it has seen are" in " ".join(found.readings)


def test_a_gap_that_grew_is_told(healthy):
    found = examined(healthy, rows(500, 0), gap_growth=3.0)
    assert any(
        reading.startswith("The free-energy gap grew by 3.0 nats") for reading in found.readings
    )
    assert replace(found, gap_growth=0.01).readings != found.readings


def test_figures_of_real_columns_are_on_the_scale_of_the_data(healthy):
    module = RBMModule([("gaussian", 1, 3)], 2, "gaussian", 4)
    module.layer.place_on(torch.tensor([1.0, 2, 3]), torch.tensor([0.1, 10, 100]))
    rng = np.random.default_rng(0)
    x = torch.from_numpy(rng.normal([1, 2, 3], [0.1, 10, 100], (4000, 3))).float()
    found = examined(module, Batch(x))
    entropy = 1.5 * np.log(2 * np.pi * np.e) + np.log(100)  # no weights: log Z of hidden units is 0
    assert found.free_energy_of_data == pytest.approx(entropy, abs=0.1)
    assert found.free_energy_of_chains == pytest.approx(entropy, abs=0.1)
    assert found.dead == (0, 1)
