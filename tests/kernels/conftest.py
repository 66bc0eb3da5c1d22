"""Small machines, each as an oracle (numpy) and as tensors in double precision."""

import pytest
import torch

from embudo.kernels.energies import Machine
from embudo.kernels.units import HIDDEN
from oracles.binary import BinaryRBM
from oracles.gaussian import GaussianRBM


@pytest.fixture
def machine_of():
    def convert(oracle):
        visible = "bernoulli" if isinstance(oracle, BinaryRBM) else "gaussian"
        tensors = (torch.from_numpy(x) for x in (oracle.W, oracle.a, oracle.b))
        return Machine(*tensors, HIDDEN[visible], HIDDEN["bernoulli"])

    return convert


@pytest.fixture(params=[(5, 3), (3, 5)], ids=["5 visible, 3 hidden", "3 visible, 5 hidden"])
def binary(request):
    return BinaryRBM.random(*request.param)


@pytest.fixture(params=[(2, 3), (4, 2)], ids=["2 visible, 3 hidden", "4 visible, 2 hidden"])
def gaussian(request):
    return GaussianRBM.random(*request.param)


@pytest.fixture
def generator():
    return torch.Generator().manual_seed(0)
