"""The negative phase from tempered chains: the exact gradient, and a ladder that settles."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from embudo.data.batches import Batch
from embudo.modules.learning import Learning
from embudo.modules.rbm import RBMModule
from oracles.binary import BinaryRBM, numbers

CHAINS, RUNGS = 20_000, 4
BOUND = 4.5 * 0.5 / CHAINS**0.5


def settings(**changes):
    chosen = {
        "algorithm": "pt",
        "steps": 1,
        "centered": False,
        "sparsity_target": 0.1,
        "sparsity_weight": 0.0,
        "learned_variance": False,
        "resample": False,
        "precision": torch.float32,
    }
    return Learning(**{**chosen, **changes})


@pytest.fixture
def oracle(rounded):
    return rounded(BinaryRBM.random(5, 3, scale=2))


def module_with(oracle, n_chains=CHAINS):
    """Every replica is drawn from the exact distribution at its temperature."""
    n_visible, n_hidden = oracle.W.shape
    module = RBMModule([("bernoulli", 1, n_visible)], n_hidden, "bernoulli", n_chains, RUNGS)
    module.visible_offset.copy_(torch.linspace(0.1, 0.9, n_visible))
    for name, part in (("weight", oracle.W), ("visible_bias", oracle.a), ("hidden_bias", oracle.b)):
        getattr(module, name).copy_(torch.from_numpy(part))
    rng = np.random.default_rng(2)
    drawn = []
    for machine in rungs(oracle, module):
        p = machine.joint().sum(0)
        drawn.append(machine.hidden_states[rng.choice(len(p), n_chains, p=p)])
    module.tempered.warmer.copy_(torch.from_numpy(np.array(drawn[:-1])))
    module.chains.copy_(torch.from_numpy(drawn[-1]))
    return module


def rungs(oracle, module):
    base = np.log(np.linspace(0.1, 0.9, len(oracle.a)) / np.linspace(0.9, 0.1, len(oracle.a))) / 2
    for beta in module.tempered.betas.double().numpy():
        a = (1 - beta) * base + beta * oracle.a
        yield replace(oracle, W=beta * oracle.W, a=a, b=beta * oracle.b)


@pytest.mark.parametrize("precision", [torch.float32, torch.bfloat16], ids=str)
@pytest.mark.parametrize("steps", [1, 2])
def test_tempered_chains_of_the_model_give_the_exact_gradient(oracle, generator, precision, steps):
    module = module_with(oracle)
    machines = list(rungs(oracle, module))
    (objective,) = module.objectives(settings(precision=precision, steps=steps))
    rows = torch.from_numpy(oracle.visible_states[:7]).float()
    tolerance = 1.3 * BOUND + (0.008 if precision is torch.bfloat16 else 0)
    for _ in range(2):  # both parities
        _, found = objective.gradient(Batch(rows), generator)
        V = rows.numpy()
        H = 1 / (1 + np.exp(-(V @ oracle.W + oracle.b)))
        data = [V.T @ H / 7, V.mean(0), H.mean(0)]
        for part, m, d in zip(found.dense(), oracle.moments(), data, strict=True):
            np.testing.assert_allclose(part.float(), m - d, rtol=0, atol=tolerance)
    states = torch.cat((module.tempered.warmer, module.chains[None])).numpy()
    for h, machine in zip(states, machines, strict=True):
        p = machine.joint().sum(0)
        counts = np.bincount(numbers(h), minlength=len(p)) / CHAINS
        slack = 0.01 if precision is torch.bfloat16 else 0
        assert (np.abs(counts - p) < 4.5 * np.sqrt(p * (1 - p) / CHAINS) + slack).all()
    assert int(module.tempered.sweeps) == 2 * steps


def test_temperatures_settle_where_all_pairs_exchange_equally_often(rounded, generator):
    module = module_with(rounded(BinaryRBM.random(12, 6, seed=4, scale=3)), n_chains=100)
    tempered = module.tempered
    machine = module.machine()
    for step in range(400):
        tempered.run(module.chains, machine, module.warm_bias, 1, generator)
        assert tempered.betas[0] == 0
        assert tempered.betas[-1] == 1
        assert (tempered.betas.diff() > 0).all()
        if step == 20:
            before = tempered.acceptance.clone()
    assert before.max() - before.min() > 0.15
    assert tempered.acceptance.max() - tempered.acceptance.min() < 0.08
    assert (tempered.betas - torch.linspace(0, 1, RUNGS)).abs().max() > 0.02


def test_chains_alone_have_no_ladder():
    assert RBMModule([("bernoulli", 1, 3)], 2, "bernoulli", 5).tempered is None
