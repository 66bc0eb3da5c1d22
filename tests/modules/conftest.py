"""Modules with the parameters of an oracle, rounded to single precision in both."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from embudo.modules.rbm import RBMModule
from oracles.binary import BinaryRBM


@pytest.fixture
def rounded():
    def convert(oracle):
        parts = {name: getattr(oracle, name).astype(np.float32) for name in ("W", "a", "b")}
        return replace(oracle, **{name: part.astype(np.float64) for name, part in parts.items()})

    return convert


@pytest.fixture
def module_of():
    def convert(oracle, n_chains=1):
        visible = "bernoulli" if isinstance(oracle, BinaryRBM) else "gaussian"
        n_visible, n_hidden = oracle.W.shape
        module = RBMModule([(visible, 1, n_visible)], n_hidden, "bernoulli", n_chains)
        module.weight.copy_(torch.from_numpy(oracle.W))
        module.visible_bias.copy_(torch.from_numpy(oracle.a))
        module.hidden_bias.copy_(torch.from_numpy(oracle.b))
        return module

    return convert


@pytest.fixture
def generator():
    return torch.Generator().manual_seed(0)
