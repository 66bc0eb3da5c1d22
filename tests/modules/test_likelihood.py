"""The verdict on a pair of bounds, and chains that deserve it."""

import math
from dataclasses import replace

import pytest
import torch

from embudo.errors import ParameterError
from embudo.modules.likelihood import Annealing, Partition, log_partition
from embudo.modules.rbm import RBMModule
from embudo.modules.rbm_likelihood import machinery, model_samples
from oracles.binary import BinaryRBM, numbers

PAIR = Partition(
    method="ais",
    value=10.0,
    error=0.03,
    effective_chains=90.0,
    forward=10.0,
    reverse=10.2,
    reverse_error=0.04,
)


@pytest.fixture
def stuck(module_of):
    """One hidden unit that holds nine tenths of the mass when on, and never switches."""
    W, a = torch.full((8, 1), 4.0), torch.full((8,), -2.0)
    on = 8 * (math.log1p(math.exp(2)) - math.log1p(math.exp(-2)))
    oracle = BinaryRBM(W.numpy(), a.numpy(), torch.tensor([2.2 - on]).numpy())
    assert oracle.moments()[2][0] == pytest.approx(1 / (1 + math.exp(-2.2)))
    return module_of(oracle, n_chains=3)


def test_a_close_pair_is_trusted():
    assert PAIR.trustworthy
    assert PAIR.warning == ""
    assert PAIR.gap == pytest.approx(0.2)


@pytest.mark.parametrize(
    ("reverse", "word"),
    [(9.8, "crossed"), (9.86, ""), (11.1, "apart"), (math.nan, "finite"), (math.inf, "finite")],
)
def test_what_is_wrong_with_a_pair_is_said(reverse, word):
    """Three standard errors of the difference are 0.15."""
    pair = replace(PAIR, reverse=reverse)
    assert word in pair.warning
    assert pair.trustworthy == (word == "")


@pytest.mark.parametrize("side", ["error", "reverse_error"])
def test_a_bracket_of_a_few_chains_is_an_accident(side):
    assert "rest on a few chains" in replace(PAIR, **{side: 0.4}).warning
    assert "rest on a few chains" in replace(PAIR, **{side: math.inf}).warning


def test_chains_that_do_not_mix_cross_the_bounds(stuck, generator):
    annealing = Annealing(n_temperatures=300, n_chains=300, burn_in=20)
    stuck.chains.zero_()
    found = log_partition(machinery(stuck), "ais", annealing, generator)
    truth = machinery(stuck).enumerate()
    assert abs(found.forward - truth) < 3 * found.error < 0.5
    assert found.reverse < truth - 0.5
    assert "do not mix" in found.warning


def test_chains_in_both_modes_bracket_it(stuck, generator):
    annealing = Annealing(n_temperatures=300, n_chains=300, burn_in=20)
    stuck.chains.copy_(torch.ones_like(stuck.chains))
    wider = RBMModule([("bernoulli", 1, 8)], 1, "bernoulli", 10)
    wider.load_state_dict({**stuck.state_dict(), "chains": torch.ones(10, 1)})
    wider.chains[0] = 0  # one in ten
    found = log_partition(machinery(wider), "ais", annealing, generator)
    truth = machinery(stuck).enumerate()
    assert abs(found.reverse - truth) < 3 * found.reverse_error < 0.5
    assert found.trustworthy


@pytest.mark.parametrize("n_temperatures", [1, 4], ids=["Gibbs", "tempered"])
def test_samples_come_from_the_model(module_of, rounded, generator, n_temperatures):
    oracle = rounded(BinaryRBM.random(4, 3))
    plain = module_of(oracle)
    module = RBMModule([("bernoulli", 1, 4)], 3, "bernoulli", 10, n_temperatures)
    module.load_state_dict(
        {**module.state_dict(), **plain.state_dict(), "chains": torch.zeros(10, 3)}
    )
    v = model_samples(module, 20_000, 30, generator)
    counts = torch.bincount(torch.from_numpy(numbers(v.numpy())), minlength=16)
    p = torch.from_numpy(oracle.visible_probabilities())
    spread = (p * (1 - p) / 20_000).sqrt()
    assert ((counts / 20_000 - p).abs() < 4.5 * spread).all()


def test_the_steps_are_told(module_of, generator):
    module = module_of(BinaryRBM.random(4, 3))
    told = []
    annealing = Annealing(n_temperatures=20, n_chains=5, burn_in=7)
    log_partition(machinery(module), "ais", annealing, generator, lambda *steps: told.append(steps))
    total = told[-1][1]
    assert told == [(done, total) for done in range(1, total + 1)]
    assert (total - 7) % 2 == 0


def test_what_cannot_be_listed_is_refused(generator):
    wide = RBMModule([("bernoulli", 1, 30)], 21, "bernoulli", 2)
    with pytest.raises(ParameterError, match=r"2\^21; the limit is 2\^20: take method='ais'"):
        log_partition(machinery(wide), "exact", Annealing(), generator)
    real = RBMModule([("gaussian", 1, 3)], 2, "relu", 2)
    with pytest.raises(ParameterError, match="there is none: take method='ais'"):
        log_partition(machinery(real), "exact", Annealing(), generator)
    with pytest.raises(ParameterError, match="method must be one of auto, exact, ais"):
        log_partition(machinery(real), "best", Annealing(), generator)


def test_auto_lists_where_it_can(module_of, generator):
    small = module_of(BinaryRBM.random(30, 3))
    assert log_partition(machinery(small), "auto", Annealing(), generator).method == "exact"
    few = Annealing(n_temperatures=10, n_chains=2, burn_in=1)
    real = RBMModule([("gaussian", 1, 3)], 2, "relu", 2)
    assert log_partition(machinery(real), "auto", few, generator).method == "ais"
